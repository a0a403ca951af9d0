package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * The index for a thread that may wait: questions are asked again while the index catches up, but
 * nothing waits for ever, nor longer than until the order to stop.
 */
final class PatientIndex {
  /** The thread is to end its work. */
  static final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StoppedException() {
      super("told to stop", null, false, false);
    }
  }

  private static final long ASK_AGAIN_MILLIS = 200;

  private final NeedleIndex index;
  private final CompletableFuture<Void> stopped;
  private final Duration patience;

  PatientIndex(NeedleIndex index, CompletableFuture<Void> stopped, Duration patience) {
    this.index = index;
    this.stopped = stopped;
    this.patience = patience;
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

  /** Waits a moment before the next attempt of something; false when the patience is at an end. */
  boolean rest(long sinceNanos) {
    if (System.nanoTime() - sinceNanos > patience.toNanos()) {
      return false;
    }
    try {
      stopped.get(ASK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
      throw new StoppedException();
    } catch (TimeoutException e) {
      return true;
    } catch (ExecutionException e) {
      throw new StoppedException();
    } catch (InterruptedException e) {
      throw interrupted();
    }
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
    try {
      CompletableFuture.anyOf(answer, stopped).get(patience.toNanos(), TimeUnit.NANOSECONDS);
      if (!answer.isDone()) {
        throw new StoppedException();
      }
      return answer.join();
    } catch (ExecutionException | CompletionException e) {
      throw e.getCause() instanceof BackpackException known
          ? known
          : new BackpackException(
              ErrorCode.INDEX_UNAVAILABLE, "the index failed: " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new BackpackException(
          ErrorCode.INDEX_UNAVAILABLE, "the index did not answer within " + patience, e);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static StoppedException interrupted() {
    Thread.currentThread().interrupt();
    return new StoppedException();
  }
}
