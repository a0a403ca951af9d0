package io.backpack.repair;

import io.backpack.cluster.ClusterView;
import java.time.Duration;

/**
 * Whether the cluster map says who the peers are. A connection to ZooKeeper that breaks and is back
 * within a moment does not count: what changed meanwhile is known as soon as it is back. Used on
 * one context.
 */
final class MapWatch {
  private final ClusterView cluster;
  private final long toleratedNanos;
  private boolean live;
  private boolean current;
  private boolean seen;
  private long lastLive;

  MapWatch(ClusterView cluster, Duration tolerated) {
    this.cluster = cluster;
    this.toleratedNanos = tolerated.toNanos();
  }

  /**
   * Looks. To be called before the map is taken.
   *
   * @return whether the map is live after it was not known to be, as at the start
   */
  boolean back() {
    long now = System.nanoTime();
    live = cluster.live();
    if (live) {
      boolean back = !current;
      current = true;
      seen = true;
      lastLive = now;
      return back;
    }
    current &= now - lastLive <= toleratedNanos;
    return false;
  }

  /** Whether it was live once since the start, before {@link #back} looks. */
  boolean seen() {
    return seen;
  }

  /** Whether what the map lacks did not exist when {@link #back} looked. */
  boolean live() {
    return live;
  }

  /** What keeps the map from being relied on; empty for nothing. */
  String doubt() {
    if (current) {
      return "";
    }
    return seen
        ? "it does not know its shard for sure while ZooKeeper is away"
        : "it does not know its shard for sure until ZooKeeper answers";
  }
}
