package io.backpack.coordinator;

import java.time.Duration;

/**
 * How a coordinator watches over the sizes of the shards.
 *
 * @param reconcileInterval between two times that the nodes of a shard are asked how much they hold
 * @param fullWarning used share of the capacity from which on it is warned that a shard gets full
 * @param fullTime it is warned as well when at the pace of the last day a shard is full within this
 */
public record ShardSettings(Duration reconcileInterval, double fullWarning, Duration fullTime) {
  public static final Duration DEFAULT_RECONCILE_INTERVAL = Duration.ofMinutes(10);
  public static final double DEFAULT_FULL_WARNING = 0.9;
  public static final Duration DEFAULT_FULL_TIME = Duration.ofDays(7);
  public static final ShardSettings DEFAULT =
      new ShardSettings(DEFAULT_RECONCILE_INTERVAL, DEFAULT_FULL_WARNING, DEFAULT_FULL_TIME);

  public ShardSettings {
    if (fullWarning <= 0 || fullWarning > 1) {
      throw new IllegalArgumentException("fullWarning out of range");
    }
  }
}
