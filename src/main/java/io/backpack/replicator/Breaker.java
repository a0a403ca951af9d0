package io.backpack.replicator;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/**
 * Whether a target is worth a try. After some failures in a row that were the target's own it is
 * left alone for a while, which doubles each time a single probe fails as well. Not safe for use by
 * several threads, but for {@link #isOpen}.
 */
final class Breaker {
  static final int FAILURES_TO_OPEN = 3;

  private final long firstNanos;
  private final long maxNanos;
  private final LongSupplier nanoTime;
  private int failures;
  private long pause;
  private long openUntil;
  private volatile boolean open;

  Breaker(Duration first, Duration max, LongSupplier nanoTime) {
    this.firstNanos = first.toNanos();
    this.maxNanos = max.toNanos();
    this.nanoTime = nanoTime;
  }

  void succeeded() {
    failures = 0;
    pause = 0;
    open = false;
  }

  /** One failure that was the target's own; not that of a copy begun before it was left alone. */
  void failed() {
    failures++;
    boolean pausing = open && !probing();
    if (failures < FAILURES_TO_OPEN || pausing) {
      return;
    }
    pause = pause == 0 ? firstNanos : Math.min(maxNanos, pause * 2);
    // Replicators that lost a target at the same moment should not knock at the same moment.
    long jitter = ThreadLocalRandom.current().nextLong(1 + pause / 4);
    openUntil = nanoTime.getAsLong() + pause - jitter;
    open = true;
  }

  /** Whether the last tries failed; copies are then tried one at a time, or not at all. */
  boolean isOpen() {
    return open;
  }

  /** Whether the pause is over and one copy may be tried. */
  boolean probing() {
    return open && millisToProbe() == 0;
  }

  /** Milliseconds until a probe may be made; 0 when it may. */
  long millisToProbe() {
    long left = openUntil - nanoTime.getAsLong();
    return !open || left <= 0 ? 0 : left / 1_000_000 + 1;
  }
}
