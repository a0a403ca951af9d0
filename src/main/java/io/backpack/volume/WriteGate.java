package io.backpack.volume;

import io.backpack.volume.DirectoryInfo.State;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Whether a directory is written. It goes out at the first write that fails, or when its free bytes
 * come near the reserve, and comes back with hysteresis:
 *
 * <ul>
 *   <li>after a failure only when a probe was written; the first one may be tried at once, the
 *       later ones after a pause that doubles up to four minutes, until a minute went by without a
 *       failure;
 *   <li>after it was full only when more than a margin above the reserve is free.
 * </ul>
 *
 * One thread tells, any thread asks.
 */
final class WriteGate {
  static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  static final long LONGEST_PAUSE_NANOS = TimeUnit.MINUTES.toNanos(4);
  static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final int MAX_DOUBLINGS = 12;

  /** With less than this above the reserve, or this part of the margin, a directory is full... */
  private static final long LEAST_FREE = 1L << 20;

  /** ... since it would refuse most photos while others are told that it takes them. */
  private static final int LEAST_PART = 8;

  /** What is so now; replaced as a whole. */
  record Standing(State state, String reason, Instant since, boolean failed, long retryAt) {}

  private final LongSupplier nanos;
  private final boolean readOnly;
  private int failures;
  private long lastFailure;
  private Optional<Standing> failure = Optional.empty();
  private boolean full;
  private volatile Standing standing;

  /**
   * @param readOnly the file system took no writes at the start: it stays closed
   * @param nanos the time, as {@link System#nanoTime} tells it
   */
  WriteGate(boolean readOnly, LongSupplier nanos) {
    this.nanos = nanos;
    this.readOnly = readOnly;
    this.standing =
        readOnly
            ? new Standing(
                State.READ_ONLY,
                "its file system was read-only at the start: mount it for writing and start the"
                    + " node again",
                Instant.now(),
                true,
                Long.MAX_VALUE)
            : new Standing(State.WRITABLE, "", Instant.now(), false, 0);
  }

  Standing standing() {
    return standing;
  }

  /** It takes photos. */
  boolean open() {
    return standing.state == State.WRITABLE;
  }

  /** It takes deletes: the last write did not fail. */
  boolean sound() {
    return !standing.failed;
  }

  /** The last write failed, and a probe may be written now. */
  boolean probeDue() {
    Standing now = standing;
    return now.failed && !readOnly && nanos.getAsLong() - now.retryAt >= 0;
  }

  /** A write or a probe failed. */
  void failed(State state, String reason) {
    long now = nanos.getAsLong();
    forgive(now);
    failures++;
    lastFailure = now;
    long pause =
        failures == 1
            ? 0
            : Math.min(
                LONGEST_PAUSE_NANOS, FIRST_PAUSE_NANOS << Math.min(failures - 2, MAX_DOUBLINGS));
    full |= state == State.FULL;
    failure = Optional.of(new Standing(state, reason, Instant.now(), true, now + pause));
    tell();
  }

  /** A probe was written. */
  void probed() {
    failure = Optional.empty();
    tell();
  }

  /**
   * How much room there is now.
   *
   * @param free bytes above the reserve, may be negative
   * @param margin so much must be free before a full directory is written again
   */
  void space(long free, long margin) {
    boolean before = full;
    full = full ? free <= margin : free <= 0 || free < Math.min(LEAST_FREE, margin / LEAST_PART);
    if (full != before) {
      tell();
    }
  }

  private void forgive(long now) {
    if (failures > 0 && now - lastFailure >= QUIET_NANOS && failure.isEmpty()) {
      failures = 0;
    }
  }

  private void tell() {
    if (readOnly) {
      return;
    }
    Standing next =
        failure.orElseGet(
            () ->
                full
                    ? new Standing(
                        State.FULL,
                        "no more than the reserve is free: free space on its disk, or give the"
                            + " node a further directory; it is written again by itself",
                        Instant.now(),
                        false,
                        0)
                    : new Standing(State.WRITABLE, "", Instant.now(), false, 0));
    Instant since = next.state == standing.state ? standing.since : next.since;
    standing = new Standing(next.state, next.reason, since, next.failed, next.retryAt);
  }
}
