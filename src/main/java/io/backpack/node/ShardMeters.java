package io.backpack.node;

import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.ClusterView;
import io.backpack.coordinator.Coordinator;
import io.backpack.metrics.Metrics;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;

/** The sizes of the shards among the metrics of a coordinator; of one that left the map, NaN. */
final class ShardMeters {
  private final Metrics metrics;
  private final ClusterView view;
  private final Coordinator coordinator;
  private final Set<String> known = ConcurrentHashMap.newKeySet();

  private ShardMeters(Metrics metrics, ClusterView view, Coordinator coordinator) {
    this.metrics = metrics;
    this.view = view;
    this.coordinator = coordinator;
  }

  /** Registers them, also those of shards that come later. */
  static void register(Metrics metrics, ClusterView view, Coordinator coordinator) {
    ShardMeters meters = new ShardMeters(metrics, view, coordinator);
    view.onChange(meters::follow);
    meters.follow(view.current());
  }

  private void follow(ClusterMap map) {
    map.shards().keySet().stream().filter(known::add).forEach(this::register);
  }

  private void register(String shard) {
    gauge(
        "shard_used_bytes",
        "Bytes of photos in a shard, as the coordinators count",
        shard,
        () -> view.current().size(shard).current());
    gauge(
        "shard_capacity_bytes",
        "Bytes of photos that a shard may hold",
        shard,
        () -> view.current().size(shard).capacity());
    gauge(
        "shard_soon_full",
        "1 when a shard is full or will soon be, else 0",
        shard,
        () -> coordinator.shardWarnings().containsKey(shard) ? 1 : 0);
  }

  private void gauge(String name, String help, String shard, DoubleSupplier value) {
    metrics.gauge(
        name,
        help,
        () -> view.current().shard(shard).isPresent() ? value.getAsDouble() : Double.NaN,
        "shard",
        shard);
  }
}
