package io.backpack.metrics;

import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Count, bytes and mean duration of one kind of operation, as the original's {@code /stats} shows
 * them. Safe for use by any thread.
 */
public final class OperationStats {
  private static final int WINDOW = 1000;

  private final LongAdder count = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final AtomicLong meanNanos = new AtomicLong();

  /** Counts one operation that succeeded. */
  public void record(long size, long nanos) {
    count.increment();
    bytes.add(size);
    long n = Math.min(WINDOW, Math.max(1, count.sum()));
    meanNanos.updateAndGet(mean -> mean + (nanos - mean) / n);
  }

  public long count() {
    return count.sum();
  }

  public long bytes() {
    return bytes.sum();
  }

  /**
   * {@code {"count", "bytes", "avg"}}; {@code avg} is in milliseconds, over about the last 1,000.
   */
  public JsonObject toJson() {
    return new JsonObject()
        .put("count", count())
        .put("bytes", bytes())
        .put("avg", TimeUnit.NANOSECONDS.toMicros(meanNanos.get()) / 1000.0);
  }
}
