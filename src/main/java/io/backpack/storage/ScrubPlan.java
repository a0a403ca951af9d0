package io.backpack.storage;

import io.backpack.volume.VolumeInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * When the scrub reads what, and how fast: each volume again when its last verification, or its
 * creation, is a period ago; the one that waits longest first.
 *
 * @param period within which everything is verified once; zero for never
 */
record ScrubPlan(Duration period) {
  /** Slower than this is of no use to anybody. */
  static final long FLOOR = 1 << 20;

  /** Somewhat faster than needed, to make up for pauses. */
  /** Clocks differ by less than this. */
  private static final Duration AHEAD = Duration.ofDays(1);

  private static final double HASTE = 1.25;

  static ScrubPlan of(MaintenanceSettings settings) {
    return new ScrubPlan(Duration.ofDays(settings.scrubDays()));
  }

  private static Instant since(VolumeInfo volume) {
    return volume.verified().orElse(Instant.ofEpochMilli(volume.created()));
  }

  /**
   * The volume to verify now, if one is due.
   *
   * @param may leaves out those that cannot be verified for now
   */
  Optional<VolumeInfo> next(
      Collection<VolumeInfo> volumes, Instant now, Predicate<VolumeInfo> may) {
    if (period.isZero()) {
      return Optional.empty();
    }
    return volumes.stream()
        .filter(may)
        // A time that lies ahead comes from a clock that was set back since.
        .filter(
            each -> !since(each).plus(period).isAfter(now) || since(each).isAfter(now.plus(AHEAD)))
        .min(Comparator.comparing(ScrubPlan::since));
  }

  /** Bytes a second that are enough to get round in the period. */
  long rate(Collection<VolumeInfo> volumes) {
    double total = volumes.stream().mapToLong(VolumeInfo::length).sum();
    return Math.max(FLOOR, (long) (total / Math.max(1, period.toSeconds()) * HASTE));
  }

  /** Every byte was written or verified after this; empty without volumes. */
  static Optional<Instant> lastComplete(Collection<VolumeInfo> volumes) {
    return volumes.stream().map(ScrubPlan::since).min(Comparator.naturalOrder());
  }
}
