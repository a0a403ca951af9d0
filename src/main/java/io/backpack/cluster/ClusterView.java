package io.backpack.cluster;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/** The cluster map as a role follows it. Safe for use by any thread; never blocks. */
public interface ClusterView {
  /** The newest snapshot: an old one while ZooKeeper is away, never null. */
  ClusterMap current();

  /**
   * Whether the snapshot is known to be current, so that what it lacks does not exist. False while
   * ZooKeeper is away.
   */
  boolean live();

  /** Calls back with every later snapshot, on a thread of the view; must not block. */
  void onChange(Consumer<ClusterMap> listener);

  /**
   * Adds to the {@code current} of shards by compare-and-set.
   *
   * @param bytes by shard id; may be negative
   */
  Future<Void> addToSizes(Map<String, Long> bytes);

  /**
   * Moves the {@code current} of a shard half of the way to what its nodes report, by
   * compare-and-set. Half, because what is reported and what is counted are never of the same
   * moment.
   */
  Future<Void> correctSize(String shardId, long reported);

  /**
   * Asks whether it is this process's turn to do something for a shard that one process is to do at
   * a time, by compare-and-set.
   *
   * @return true when nobody in the cluster was told so within the interval, by clocks that may be
   *     apart; false for a shard without a size
   */
  Future<Boolean> takeTurn(String shardId, Turn what, Duration interval);

  /** What one process does at a time. */
  enum Turn {
    /** Asks the nodes of a shard how much they hold. */
    RECONCILED,
    /** Warns that a shard will be full. */
    WARNED
  }
}
