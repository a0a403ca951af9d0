package io.backpack.cluster;

import io.vertx.core.Future;
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
}
