package io.backpack.api;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stamps versions that are unique and rising, also while the machine's clock stands still or steps
 * back. Safe for use by any thread.
 *
 * <p>Uniqueness across processes rests on the stamper id: two processes must not share one.
 */
public final class VersionClock {
  /** How far ahead of the local clock a version may be before it is refused. */
  public static final Duration DEFAULT_MAX_AHEAD = Duration.ofMinutes(10);

  private final int stamper;
  private final InstantSource time;
  private final long maxAheadMillis;
  private final AtomicLong lastTicks = new AtomicLong();

  /**
   * @param stamper unique in the cluster, 0 to {@link Version#STAMPERS} - 1
   * @param time the machine's clock
   * @param maxAhead how far in the future a version of somebody else may lie
   */
  public VersionClock(int stamper, InstantSource time, Duration maxAhead) {
    if (stamper < 0 || stamper >= Version.STAMPERS) {
      throw new IllegalArgumentException("stamper id out of range: " + stamper);
    }
    this.stamper = stamper;
    this.time = time;
    this.maxAheadMillis = maxAhead.toMillis();
  }

  public VersionClock(int stamper) {
    this(stamper, InstantSource.system(), DEFAULT_MAX_AHEAD);
  }

  /** A version above every one this clock has stamped or observed. */
  public Version next() {
    long now = time.millis() << Version.COUNTER_BITS;
    return Version.of(lastTicks.updateAndGet(last -> Math.max(last + 1, now)), stamper);
  }

  /**
   * A version above {@code floor} as well, which may lie ahead of the local clock. One that lies
   * too far ahead, from a time when a clock was wrong, does not take this clock along: only the
   * version that must be above it is.
   */
  public Version nextAfter(Version floor) {
    if (floor.millis() - time.millis() > maxAheadMillis) {
      return Version.of(floor.ticks() + 1, stamper);
    }
    lastTicks.accumulateAndGet(floor.ticks(), Math::max);
    return next();
  }

  /**
   * Takes note of a version seen elsewhere, so that what is stamped next is above it.
   *
   * @throws BackpackException {@link ErrorCode#VERSION_AHEAD} when it lies too far in the future;
   *     the clock is then unchanged
   */
  public void observe(Version seen) {
    long ahead = seen.millis() - time.millis();
    if (ahead > maxAheadMillis) {
      throw new BackpackException(
          ErrorCode.VERSION_AHEAD,
          "version "
              + seen
              + " lies "
              + ahead / 1000
              + " s in the future, at most "
              + maxAheadMillis / 1000
              + " s are accepted: check the clocks of this node and of who stamped it");
    }
    lastTicks.accumulateAndGet(seen.ticks(), Math::max);
  }
}
