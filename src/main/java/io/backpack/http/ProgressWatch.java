package io.backpack.http;

import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;

/**
 * Notices when the other side of a transfer makes no progress. Only time in which this side waits
 * counts, so a slow client of ours does not make a server look dead. One timer per transfer, armed
 * anew only when it fires. The flags may be set by any thread.
 */
final class ProgressWatch {
  private final Vertx vertx;
  private final long timeoutNanos;
  private final Runnable stalled;
  private volatile boolean waiting;
  private volatile boolean stopped;
  private volatile long last = System.nanoTime();
  private volatile long timer;

  ProgressWatch(Vertx vertx, long timeoutMillis, Runnable stalled) {
    this.vertx = vertx;
    this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    this.stalled = stalled;
    arm(timeoutNanos);
  }

  private void arm(long nanos) {
    timer = vertx.setTimer(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)), id -> check());
  }

  private void check() {
    if (stopped) {
      return;
    }
    long idle = System.nanoTime() - last;
    if (!waiting) {
      arm(timeoutNanos);
    } else if (idle >= timeoutNanos) {
      stopped = true;
      stalled.run();
    } else {
      arm(timeoutNanos - idle);
    }
  }

  /** The other side did something. */
  void progress() {
    last = System.nanoTime();
  }

  /** Whether it is the other side's turn from now on. */
  void waiting(boolean now) {
    last = System.nanoTime();
    waiting = now;
  }

  void stop() {
    stopped = true;
    vertx.cancelTimer(timer);
  }
}
