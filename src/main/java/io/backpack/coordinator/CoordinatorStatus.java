package io.backpack.coordinator;

import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.ClusterView;
import io.backpack.cluster.Shard;
import io.backpack.cluster.ShardSize;
import io.backpack.http.ServiceStatus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What a coordinator tells about itself. It is down without a shard in its map, and degraded while
 * ZooKeeper or every queue server is away or no shard takes photos: reads go on then.
 */
final class CoordinatorStatus implements ServiceStatus {
  private static final Duration QUEUE_TIMEOUT = Duration.ofSeconds(2);

  private final Vertx vertx;
  private final ClusterView view;
  private final CoordinatorStats stats;
  private final Supplier<Future<Long>> queueLength;
  private final Supplier<Map<String, String>> warnings;
  private final LongSupplier nanos;
  private final long startedNanos;

  CoordinatorStatus(
      Vertx vertx,
      ClusterView view,
      CoordinatorStats stats,
      Supplier<Future<Long>> queueLength,
      Supplier<Map<String, String>> warnings,
      LongSupplier nanos) {
    this.vertx = vertx;
    this.view = view;
    this.stats = stats;
    this.queueLength = queueLength;
    this.warnings = warnings;
    this.nanos = nanos;
    this.startedNanos = nanos.getAsLong();
  }

  @Override
  public Future<JsonObject> stats() {
    ClusterMap map = view.current();
    long total = 0;
    long used = 0;
    JsonObject shards = new JsonObject();
    Map<String, String> soonFull = warnings.get();
    for (Shard shard : map.shards().values()) {
      ShardSize size = map.size(shard.id());
      total += size.capacity();
      used += size.current();
      JsonObject described =
          new JsonObject()
              .put("capacity", size.capacity())
              .put("current", size.current())
              .put("read_only", shard.readOnly());
      if (soonFull.containsKey(shard.id())) {
        described.put("warning", soonFull.get(shard.id()));
      }
      shards.put(shard.id(), described);
    }
    JsonObject json =
        new JsonObject()
            .put("uptime", TimeUnit.NANOSECONDS.toSeconds(nanos.getAsLong() - startedNanos))
            .mergeIn(stats.toJson())
            .put("total_size", total)
            .put("used_size", used)
            .put("usage_ratio", total == 0 ? 0.0 : (double) used / total)
            .put("available_space", Math.max(0, total - used))
            .put("total_shards", map.shards().size())
            .put("writable_shards", writable(map))
            .put("shards", shards);
    return waiting().map(length -> json.put("queue_length", length.orElse(null)));
  }

  @Override
  public Future<JsonObject> health() {
    ClusterMap map = view.current();
    boolean live = view.live();
    long writable = writable(map);
    return waiting()
        .map(
            length -> {
              boolean sound = live && writable > 0 && length.isPresent();
              return new JsonObject()
                  .put("status", map.shards().isEmpty() ? "down" : sound ? "up" : "degraded")
                  .put("zookeeper", live ? "up" : "down")
                  .put("queue", length.isPresent() ? "up" : "down")
                  .put("queue_servers", map.queue().servers().size())
                  .put("total_shards", map.shards().size())
                  .put("writable_shards", writable)
                  .put("soon_full_shards", new JsonArray(List.copyOf(warnings.get().keySet())));
            });
  }

  @Override
  public boolean ready() {
    return !view.current().shards().isEmpty();
  }

  /** Tasks that wait in the queue; empty when no server of it tells. */
  private Future<Optional<Long>> waiting() {
    return Lane.of(vertx)
        .within(QUEUE_TIMEOUT, queueLength)
        .transform(
            length ->
                Future.succeededFuture(
                    length.succeeded() ? Optional.of(length.result()) : Optional.empty()));
  }

  private static long writable(ClusterMap map) {
    return map.shards().values().stream().filter(shard -> !shard.readOnly()).count();
  }
}
