package io.backpack.repair;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;

/**
 * A pace of so many bytes a second that blocks nobody, as a token bucket: work may run ahead by a
 * quarter of a second, and pays afterwards what it took. Used on one context.
 */
final class Pacer {
  private static final double SECOND = 1e9;
  private static final double BURST_SECONDS = 0.25;

  private final Vertx vertx;
  private final double rate;
  private double credit;
  private long last = System.nanoTime();

  Pacer(Vertx vertx, long bytesPerSecond) {
    this.vertx = vertx;
    this.rate = bytesPerSecond;
  }

  /** Takes note of bytes; completes when more may be begun. */
  Future<Void> spent(long bytes) {
    long now = System.nanoTime();
    credit = Math.min(rate * BURST_SECONDS, credit + (now - last) / SECOND * rate) - bytes;
    last = now;
    long millis = (long) (-credit / rate * 1000);
    return millis <= 0
        ? Future.succeededFuture()
        : vertx.timer(millis, TimeUnit.MILLISECONDS).mapEmpty();
  }
}
