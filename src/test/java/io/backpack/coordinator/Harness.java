package io.backpack.coordinator;

import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.PhotoStore;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.api.VersionClock;
import io.backpack.bus.NodeSighting;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.QueueSettings;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.backpack.cluster.ShardSize;
import io.backpack.http.HttpSettings;
import io.backpack.testing.Futures;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** A coordinator over nodes in memory. */
final class Harness implements AutoCloseable {
  static final Duration TIMEOUT = Duration.ofMillis(200);

  final Vertx vertx = Vertx.vertx();
  final FakeCluster cluster = new FakeCluster();
  final RecordingQueue queue = new RecordingQueue();
  final VersionClock clock = new VersionClock(9);
  final Map<String, FakeNode> nodes = new TreeMap<>();
  final Map<String, NodeSighting> sightings = new ConcurrentHashMap<>();
  final List<String> events = new CopyOnWriteArrayList<>();
  private final Map<String, Server> servers = new TreeMap<>();
  private final Map<String, Shard> shards = new TreeMap<>();
  private final Map<String, ShardSize> sizes = new TreeMap<>();
  private Coordinator coordinator;

  /** Where a node is asked; a test may put a network in between. */
  Function<Server, PhotoStore> connect = server -> nodes.get(server.id());

  static CoordinatorSettings settings(
      int copies, boolean strict, int retain, long memory, Duration timeout) {
    return new CoordinatorSettings(
        HttpSettings.DEFAULT,
        copies,
        strict,
        retain,
        memory,
        CoordinatorSettings.DEFAULT_MAX_SHARE,
        timeout,
        timeout,
        Duration.ofMillis(20),
        4);
  }

  static CoordinatorSettings settings(int copies, boolean strict) {
    return settings(copies, strict, 64 << 10, 8 << 20, TIMEOUT);
  }

  Harness shard(String id, String... ids) {
    return shard(new Shard(id, List.of(ids), false), new ShardSize(1 << 30, 0));
  }

  Harness shard(Shard shard, ShardSize size) {
    for (String id : shard.nodes()) {
      nodes.computeIfAbsent(id, key -> new FakeNode(100 + nodes.size()));
      servers.put(id, new Server(id, "127.0.0.1", 1000 + servers.size()));
    }
    shards.put(shard.id(), shard);
    sizes.put(shard.id(), size);
    cluster.set(new ClusterMap(servers, shards, sizes, QueueSettings.NONE));
    return this;
  }

  Harness start(CoordinatorSettings settings) {
    CoordinatorEvents recorder =
        new CoordinatorEvents() {
          @Override
          public void stored(String shardId, PhotoInfo info) {
            events.add("stored " + shardId + ":" + info.name());
          }

          @Override
          public void deleted(String shardId, PhotoName name, Version version) {
            events.add("deleted " + shardId + ":" + name);
          }

          @Override
          public void shardFull(String shardId) {
            events.add("full " + shardId);
          }
        };
    coordinator =
        new Coordinator(
            vertx,
            settings,
            cluster,
            server -> connect.apply(server),
            queue,
            id -> Optional.ofNullable(sightings.get(id)),
            clock,
            recorder,
            () ->
                queue.down
                    ? Future.failedFuture("down")
                    : Future.succeededFuture((long) queue.tasks.size()));
    Futures.await(coordinator.start());
    return this;
  }

  Coordinator coordinator() {
    return coordinator;
  }

  PhotoStore store() {
    return coordinator.store();
  }

  FakeNode node(String id) {
    return nodes.get(id);
  }

  /** Announces a node as ready, which makes it the first to be asked. */
  Harness first(String id) {
    sightings.put(id, new NodeSighting(id, "http://127.0.0.1", 1, "ready"));
    return this;
  }

  Future<StoredPhoto> put(String name, String text) {
    return put(PhotoAddress.of(PhotoName.of(name)), Buffer.buffer(text));
  }

  Future<StoredPhoto> put(PhotoAddress address, Buffer bytes) {
    return store().put(address, PutOptions.DEFAULT, Upload.of(bytes));
  }

  static PhotoAddress at(String shard, String name) {
    return new PhotoAddress(shard, PhotoName.of(name));
  }

  /** A name that the chooser gives to this shard while nothing fails. */
  PhotoName nameFor(String shard) {
    ShardChooser chooser = new ShardChooser(1, System::nanoTime, full -> {});
    for (int i = 0; ; i++) {
      PhotoName name = PhotoName.of("photo-" + i);
      if (chooser.order(name, cluster.current()).get(0).id().equals(shard)) {
        return name;
      }
    }
  }

  @Override
  public void close() {
    Futures.await(coordinator.close().recover(failure -> Future.succeededFuture()));
    Futures.await(vertx.close());
  }
}
