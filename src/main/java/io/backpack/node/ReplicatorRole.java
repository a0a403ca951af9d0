package io.backpack.node;

import io.backpack.api.PhotoInfo;
import io.backpack.bus.BusEvent;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.Shard;
import io.backpack.http.PhotoServer;
import io.backpack.http.ServiceStatus;
import io.backpack.metrics.Metrics;
import io.backpack.node.config.NodeConfiguration;
import io.backpack.queue.BehindMark;
import io.backpack.replicator.Counters;
import io.backpack.replicator.ReplicatorVerticle;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/** The replicator of this process, with a server for its pages where it is to have one. */
final class ReplicatorRole implements Part {
  /** What the pages say. */
  private record Status(ReplicatorVerticle replicator, Surroundings around)
      implements ServiceStatus {
    @Override
    public Future<JsonObject> stats() {
      return QueueLength.of(around.queue())
          .map(Optional::of)
          .otherwise(Optional.empty())
          .map(
              length ->
                  replicator.stats().put("queue_length", length.map(n -> (Object) n).orElse(null)));
    }

    @Override
    public Future<JsonObject> health() {
      boolean live = around.view().live();
      return QueueLength.of(around.queue())
          .map(length -> live ? "up" : "degraded")
          .otherwise("degraded")
          .map(
              status ->
                  new JsonObject().put("status", status).put("zookeeper", live ? "up" : "away"));
    }

    @Override
    public boolean ready() {
      return true;
    }
  }

  private final Surroundings around;
  private final String deployment;
  private final Optional<PhotoServer> server;
  private final int port;

  private ReplicatorRole(
      Surroundings around, String deployment, Optional<PhotoServer> server, int port) {
    this.around = around;
    this.deployment = deployment;
    this.server = server;
    this.port = port;
  }

  static Future<Part> start(Surroundings around, NodeConfiguration.Replicator wanted) {
    String name = wanted.settings().name();
    RepairCalls repairs =
        new RepairCalls(
            server -> around.stores().repair(server.url()), wanted.settings().requestTimeout());
    ReplicatorVerticle replicator =
        new ReplicatorVerticle(
                wanted.settings(), around.view(), around.queue(), around.clients(), repairs)
            .onCopied((target, info) -> copied(around, target, info));
    Optional<PhotoServer> server =
        wanted
            .http()
            .map(
                http ->
                    PhotoServer.create(
                        around.vertx(),
                        PhotoServer.Kind.NODE,
                        http,
                        new NoPhotos("a replicator has no photos, only pages below /_/"),
                        new Status(replicator, around),
                        metrics(name, replicator)));
    return around
        .vertx()
        .deployVerticle(replicator)
        .compose(
            deployment ->
                server
                    .map(PhotoServer::listen)
                    .orElse(Future.succeededFuture(0))
                    .map(port -> new ReplicatorRole(around, deployment, server, port)));
  }

  private static Metrics metrics(String name, ReplicatorVerticle replicator) {
    Metrics metrics = Metrics.create("replicator", name);
    Counters made = replicator.counters();
    metrics.counter("copied_photos", "Photos written to a node that lacked them", made::copied);
    metrics.counter("copied_bytes", "Bytes of these photos", made::copiedBytes);
    metrics.counter("copied_deletes", "Deletes brought to a node", made::tombstones);
    metrics.counter("copies_failed", "Tries of a copy that failed and count", made::failed);
    metrics.counter(
        "copies_postponed", "Tries that failed because a node was away", made::postponed);
    metrics.counter("copies_given_up", "Copies that became dead letters", made::dead);
    metrics.gauge(
        "queue_tasks",
        "Missing copies on the queue servers that answer",
        () -> replicator.queueStatus().total());
    metrics.gauge(
        "queue_dead_letters",
        "Copies that were given up, on the queue servers that answer",
        () -> replicator.queueStatus().dead());
    metrics.gauge(
        "queue_behind_nodes",
        "Nodes with copies that were not queued because there were too many",
        () -> replicator.queueStatus().marks().stream().map(BehindMark::target).distinct().count());
    metrics.gauge(
        "queue_servers_away",
        "Queue servers that do not answer or are given no tasks",
        () ->
            replicator.queueStatus().servers().stream().filter(each -> !each.takesTasks()).count());
    return metrics;
  }

  private static void copied(Surroundings around, String target, PhotoInfo info) {
    if (around.bus().heard()) {
      around
          .bus()
          .publish(BusEvent.replicated(shardOf(around.view().current(), target), info, target));
    }
  }

  private static String shardOf(ClusterMap map, String node) {
    return map.shards().values().stream()
        .filter(shard -> shard.nodes().contains(node))
        .map(Shard::id)
        .findFirst()
        .orElse("");
  }

  @Override
  public String name() {
    return "replicator";
  }

  @Override
  public String url() {
    return server.isPresent() ? around.url(port) : "";
  }

  @Override
  public boolean ready() {
    return true;
  }

  @Override
  public Future<Void> close() {
    return server
        .map(PhotoServer::close)
        .orElse(Future.succeededFuture())
        .eventually(() -> around.vertx().undeploy(deployment));
  }
}
