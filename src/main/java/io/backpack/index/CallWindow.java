package io.backpack.index;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * The calls of a catch-up that are under way to Redis: with one alone, Redis and the caller would
 * take turns; with many, look-ups would wait behind them. Calls are made by one thread, which
 * blocks.
 */
final class CallWindow {
  private static final int CALLS = 6;

  private final Duration patience;
  private final Semaphore free = new Semaphore(CALLS);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  /**
   * @param patience how long a call can take at most
   */
  CallWindow(Duration patience) {
    this.patience = patience;
  }

  /**
   * Makes a call once there is room for it.
   *
   * @param succeeded told when it has ended well, on the thread that hears of it
   * @throws BackpackException when an earlier one has failed
   */
  void call(Supplier<? extends Future<?>> call, Runnable succeeded) {
    acquire(1);
    try {
      check();
    } catch (BackpackException e) {
      free.release();
      throw e;
    }
    call.get()
        .onComplete(
            answer -> {
              if (answer.succeeded()) {
                succeeded.run();
              } else {
                failure.compareAndSet(null, answer.cause());
              }
              free.release();
            });
  }

  /**
   * Returns when all calls have ended well.
   *
   * @throws BackpackException when one has failed
   */
  void awaitAll() {
    acquire(CALLS);
    free.release(CALLS);
    check();
  }

  private void check() {
    Throwable cause = failure.get();
    if (cause != null) {
      throw Applier.unavailable(cause);
    }
  }

  private void acquire(int permits) {
    try {
      if (!free.tryAcquire(permits, patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new BackpackException(ErrorCode.INDEX_UNAVAILABLE, "Redis did not answer in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BackpackException(ErrorCode.INDEX_UNAVAILABLE, "interrupted", e);
    }
  }
}
