package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks an index and waits for the answer, for as long as the pace lets it. For one thread. */
final class IndexQuestions {
  /** The pace said that the work is to end. */
  static final class EndedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    EndedException() {
      super("told to end", null, false, false);
    }
  }

  private static final int ATTEMPTS = 5;
  private static final long SLICE_MILLIS = 100;
  private static final long MAX_MILLIS = 60_000;

  private final NeedleIndex index;
  private final Pace pace;

  IndexQuestions(NeedleIndex index, Pace pace) {
    this.index = index;
    this.pace = pace;
  }

  /** Asks again a few times: a reconnect is no reason to begin with a volume once more. */
  List<NeedleIndex.Standing> standing(List<NeedleEntry> entries) {
    for (int attempt = 1; ; attempt++) {
      try {
        return await(index.standing(entries));
      } catch (BackpackException e) {
        if (!e.code().retryable() || attempt == ATTEMPTS) {
          throw e;
        }
      }
      rest();
    }
  }

  void forget(Collection<Integer> volumes) {
    await(index.forget(volumes));
  }

  /** A moment in which batches that were under way become known to the index. */
  void rest() {
    await(new CompletableFuture<>().completeOnTimeout(null, SLICE_MILLIS, TimeUnit.MILLISECONDS));
  }

  private <T> T await(CompletableFuture<T> answer) {
    for (long waited = 0; waited < MAX_MILLIS; waited += SLICE_MILLIS) {
      if (!pace.proceed(0)) {
        throw new EndedException();
      }
      try {
        return answer.get(SLICE_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException notYet) {
        // Asks the pace again.
      } catch (ExecutionException e) {
        throw e.getCause() instanceof BackpackException known
            ? known
            : new BackpackException(
                ErrorCode.INDEX_UNAVAILABLE, "the index does not answer: " + e.getCause(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new BackpackException(ErrorCode.NOT_READY, "interrupted", e);
      }
    }
    throw new BackpackException(ErrorCode.INDEX_UNAVAILABLE, "the index does not answer");
  }
}
