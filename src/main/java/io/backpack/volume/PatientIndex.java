package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The index for a thread that may wait. Nothing waits for ever, nor much longer than until the
 * thread is told to stop; what the index cannot answer while it catches up is asked again for a
 * while. For one thread, which gets {@link ErrorCode#NOT_READY} when it is interrupted.
 */
final class PatientIndex {
  /** The thread is to end its work. */
  static final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StoppedException() {
      super("told to stop", null, false, false);
    }
  }

  /** How long nobody asks whether to go on, and the pause between two questions. */
  private static final long SLICE_MILLIS = 100;

  private final NeedleIndex index;
  private final BooleanSupplier going;
  private final Duration forAnswer;
  private final Duration forCatchUp;

  /**
   * @param going false when the thread is to end its work
   * @param forAnswer how long one answer may take
   * @param forCatchUp how long questions that the index cannot answer yet are asked again
   */
  PatientIndex(NeedleIndex index, BooleanSupplier going, Duration forAnswer, Duration forCatchUp) {
    this.index = index;
    this.going = going;
    this.forAnswer = forAnswer;
    this.forCatchUp = forCatchUp;
  }

  List<NeedleIndex.Standing> standing(List<NeedleEntry> entries) {
    return ask(() -> index.standing(entries));
  }

  Map<Integer, Long> deadBytes() {
    return ask(index::deadBytes);
  }

  /** Once: what became of a batch that failed only the index itself can find out. */
  void apply(IndexBatch batch) {
    await(index.apply(batch));
  }

  void forget(Collection<Integer> volumes) {
    await(index.forget(volumes));
  }

  /** A moment in which batches that were under way become known to the index. */
  void rest() {
    await(new CompletableFuture<>().completeOnTimeout(null, SLICE_MILLIS, TimeUnit.MILLISECONDS));
  }

  /** Rests before the next attempt of something; false when it was tried for long enough. */
  boolean rest(long sinceNanos) {
    if (passed(sinceNanos, forCatchUp)) {
      return false;
    }
    rest();
    return true;
  }

  private static boolean passed(long sinceNanos, Duration patience) {
    return System.nanoTime() - sinceNanos > patience.toNanos();
  }

  private <T> T ask(Supplier<CompletableFuture<T>> question) {
    long since = System.nanoTime();
    while (true) {
      try {
        return await(question.get());
      } catch (BackpackException e) {
        boolean passing =
            e.code() == ErrorCode.INDEX_UNAVAILABLE || e.code() == ErrorCode.OVERLOADED;
        if (!passing || !rest(since)) {
          throw e;
        }
      }
    }
  }

  private <T> T await(CompletableFuture<T> answer) {
    long since = System.nanoTime();
    do {
      if (!going.getAsBoolean()) {
        throw new StoppedException();
      }
      try {
        return answer.get(SLICE_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException notYet) {
        // Asks whether to go on.
      } catch (ExecutionException e) {
        throw e.getCause() instanceof BackpackException known
            ? known
            : new BackpackException(
                ErrorCode.INDEX_UNAVAILABLE, "the index failed: " + e.getCause(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new BackpackException(ErrorCode.NOT_READY, "interrupted", e);
      }
    } while (!passed(since, forAnswer));
    throw new BackpackException(
        ErrorCode.INDEX_UNAVAILABLE,
        "the index did not answer in " + forAnswer.toSeconds() + " seconds");
  }
}
