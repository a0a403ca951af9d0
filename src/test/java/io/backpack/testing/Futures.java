package io.backpack.testing;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Awaits futures from a test's thread. */
public final class Futures {
  private static final long SECONDS = 30;

  private Futures() {}

  /** The result; a failure is thrown as it is when unchecked. */
  public static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      throw new AssertionError(e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("nothing after " + SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** The failure, which must be a {@link BackpackException} of this code. */
  public static BackpackException awaitFailure(ErrorCode code, Future<?> future) {
    try {
      Object result = await(future);
      throw new AssertionError("expected " + code + ", got " + result);
    } catch (BackpackException failure) {
      if (failure.code() != code) {
        throw new AssertionError(
            "expected " + code + ", got " + failure.code() + ": " + failure.getMessage(), failure);
      }
      return failure;
    }
  }
}
