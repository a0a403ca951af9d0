package io.backpack.repair;

import java.time.Duration;

/**
 * How a node repairs itself.
 *
 * @param rate bytes of photos a second that it copies at the most
 * @param interval between comparisons of a node that is complete; zero for none
 * @param answer how long a peer may take to begin an answer
 */
public record RepairSettings(long rate, Duration interval, Duration answer) {
  /** The default of {@link #rate}. */
  public static final long DEFAULT_RATE = 50L << 20;

  /** The defaults: 50 MiB/s, every 10 minutes. */
  public static final RepairSettings DEFAULT =
      new RepairSettings(DEFAULT_RATE, Duration.ofMinutes(10), Duration.ofSeconds(12));

  public RepairSettings {
    if (rate < 1 || interval.isNegative() || answer.toMillis() < 1) {
      throw new IllegalArgumentException("repair settings out of range");
    }
  }
}
