package io.backpack.replicator;

import static io.backpack.testing.Futures.await;

import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PhotoStore;
import io.backpack.api.PutOptions;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.QueueSettings;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.backpack.queue.CopyTask;
import io.backpack.queue.QueueLimits;
import io.backpack.queue.QueueStatus;
import io.backpack.queue.RedisCopyQueue;
import io.backpack.testing.FixedView;
import io.backpack.testing.InMemoryPhotoStore;
import io.backpack.testing.TestRedis;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Replicators over two real queue servers; shard 1 is nodes 1, 2 and 3. */
abstract class ReplicatorTestBase {
  static final QueueLimits LIMITS =
      new QueueLimits(100_000, 1 << 30, 1000, Duration.ofMillis(500), Duration.ofSeconds(2));
  static final Tuning TUNING =
      new Tuning(
          Duration.ofMillis(5),
          Duration.ofMillis(50),
          Duration.ofMillis(400),
          Duration.ofSeconds(2),
          Duration.ofMillis(20));

  @TempDir Path directory;
  final Vertx vertx = Vertx.vertx();
  final List<TestRedis> servers = new ArrayList<>();
  final Map<String, InMemoryPhotoStore> nodes = new ConcurrentHashMap<>();
  final List<RedisCopyQueue> queues = new ArrayList<>();
  final FakeRepairs repairs = new FakeRepairs();
  FixedView view;
  RedisCopyQueue queue;

  @BeforeEach
  void start() throws Exception {
    for (int i = 0; i < 2; i++) {
      servers.add(TestRedis.start(Files.createDirectories(directory.resolve("r" + i))));
    }
    for (int i = 1; i <= 3; i++) {
      nodes.put("" + i, new InMemoryPhotoStore(i, 1 << 20));
    }
    view = new FixedView(map(List.of("1", "2", "3"), servers));
    queue = queue();
  }

  @AfterEach
  void stop() {
    vertx.deploymentIDs().forEach(id -> await(vertx.undeploy(id)));
    queues.forEach(each -> await(each.close()));
    await(vertx.close());
    servers.forEach(TestRedis::close);
  }

  RedisCopyQueue queue() {
    return queue(LIMITS);
  }

  RedisCopyQueue queue(QueueLimits limits) {
    RedisCopyQueue made = RedisCopyQueue.create(vertx, limits);
    queues.add(made);
    made.configure(ReplicatorVerticle.queueServers(view.current().queue()));
    Awaitility.await()
        .until(() -> await(made.status()).servers().stream().allMatch(s -> s.reachable()));
    return made;
  }

  static ClusterMap map(List<String> shard, List<TestRedis> queueServers) {
    Map<String, Server> all = new LinkedHashMap<>();
    for (int i = 1; i <= 3; i++) {
      all.put("" + i, new Server("" + i, "127.0.0.1", 8000 + i));
    }
    QueueSettings settings =
        new QueueSettings(
            queueServers.stream()
                .map(server -> new QueueSettings.Endpoint("127.0.0.1", server.port()))
                .toList(),
            "test");
    return new ClusterMap(all, Map.of("1", new Shard("1", shard, false)), Map.of(), settings);
  }

  static ReplicatorSettings settings(String name, int maxAttempts, Duration lease) {
    return new ReplicatorSettings(
        name,
        4,
        lease,
        maxAttempts,
        Duration.ofMillis(20),
        Duration.ofMillis(100),
        Duration.ofSeconds(1),
        Duration.ofSeconds(2),
        "");
  }

  final ReplicatorVerticle replicator(String name) {
    return replicator(settings(name, 1000, Duration.ofSeconds(30)), id -> nodes.get(id));
  }

  final ReplicatorVerticle replicator(
      ReplicatorSettings settings, Function<String, PhotoStore> stores) {
    return replicator(settings, stores, queue());
  }

  ReplicatorVerticle replicator(
      ReplicatorSettings settings, Function<String, PhotoStore> stores, RedisCopyQueue its) {
    ReplicatorVerticle verticle =
        new ReplicatorVerticle(
            settings, view, its, server -> stores.apply(server.id()), repairs, TUNING);
    await(vertx.deployVerticle(verticle));
    return verticle;
  }

  static PhotoAddress address(String name) {
    return PhotoAddress.of(PhotoName.of(name));
  }

  static Version version(int n) {
    return new Version(1_000_000L + n);
  }

  final void put(String node, String name, Version version) {
    await(
        nodes
            .get(node)
            .put(
                address(name),
                PutOptions.DEFAULT.asReplica(version),
                Upload.of(Buffer.buffer("bytes of " + name))));
  }

  final void push(String name, Version version, boolean tombstone, String to) {
    await(queue.push(new CopyTask(PhotoName.of(name), version, tombstone, List.of("1"), to)));
  }

  final void putAndPush(String prefix, int count, String to) {
    for (int i = 0; i < count; i++) {
      put("1", prefix + i, version(i));
      push(prefix + i, version(i), false, to);
    }
  }

  final boolean has(String node, String name) {
    return nodes.get(node).stat(address(name), Trace.NONE).succeeded();
  }

  final boolean hasAll(String node, String prefix, int count) {
    for (int i = 0; i < count; i++) {
      if (!has(node, prefix + i)) {
        return false;
      }
    }
    return true;
  }

  final List<QueueStatus.DeadLetter> letters() {
    List<QueueStatus.DeadLetter> all = new ArrayList<>();
    await(queue.status()).servers().forEach(server -> all.addAll(server.letters()));
    return all;
  }

  final void flush(TestRedis server) {
    Redis client = Redis.createClient(vertx, server.uri());
    await(client.send(Request.cmd(Command.FLUSHALL)));
    await(client.close());
  }
}
