package io.backpack.cluster;

/**
 * How full a shard is, as the coordinators count.
 *
 * @param capacity bytes of photos that one copy of the shard may hold
 * @param current bytes of photos stored
 */
public record ShardSize(long capacity, long current) {
  public static final ShardSize UNKNOWN = new ShardSize(0, 0);

  /** The share that is free, 0 to 1. */
  public double freeRatio() {
    return capacity <= 0 ? 0 : Math.max(0, 1 - (double) current / capacity);
  }
}
