package io.backpack.replicator;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The role over two real queue servers; shard 1 is nodes 1, 2 and 3. */
class ReplicatorVerticleTest {
  private static final QueueLimits LIMITS =
      new QueueLimits(100_000, 1000, Duration.ofMillis(500), Duration.ofSeconds(2));
  private static final Tuning TUNING =
      new Tuning(
          Duration.ofMillis(5),
          Duration.ofMillis(50),
          Duration.ofMillis(400),
          Duration.ofSeconds(2));

  @TempDir Path directory;
  private final Vertx vertx = Vertx.vertx();
  private final List<TestRedis> servers = new ArrayList<>();
  private final Map<String, InMemoryPhotoStore> nodes = new ConcurrentHashMap<>();
  private final List<RedisCopyQueue> queues = new ArrayList<>();
  private FixedView view;
  private RedisCopyQueue queue;

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

  private RedisCopyQueue queue() {
    RedisCopyQueue made = RedisCopyQueue.create(vertx, LIMITS);
    queues.add(made);
    made.configure(ReplicatorVerticle.queueServers(view.current().queue()));
    Awaitility.await()
        .until(() -> await(made.status()).servers().stream().allMatch(s -> s.reachable()));
    return made;
  }

  private static ClusterMap map(List<String> shard, List<TestRedis> queueServers) {
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

  private static ReplicatorSettings settings(String name, int maxAttempts, Duration lease) {
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

  private ReplicatorVerticle replicator(String name) {
    return replicator(settings(name, 1000, Duration.ofSeconds(30)), id -> nodes.get(id));
  }

  private ReplicatorVerticle replicator(
      ReplicatorSettings settings, Function<String, PhotoStore> stores) {
    ReplicatorVerticle verticle =
        new ReplicatorVerticle(
            settings, view, queue(), server -> stores.apply(server.id()), TUNING);
    await(vertx.deployVerticle(verticle));
    return verticle;
  }

  private static PhotoAddress address(String name) {
    return PhotoAddress.of(PhotoName.of(name));
  }

  private static Version version(int n) {
    return new Version(1_000_000L + n);
  }

  private void put(String node, String name, Version version) {
    await(
        nodes
            .get(node)
            .put(
                address(name),
                PutOptions.DEFAULT.asReplica(version),
                Upload.of(Buffer.buffer("bytes of " + name))));
  }

  private void push(String name, Version version, boolean tombstone, String to) {
    await(queue.push(new CopyTask(PhotoName.of(name), version, tombstone, List.of("1"), to)));
  }

  private void putAndPush(String prefix, int count, String to) {
    for (int i = 0; i < count; i++) {
      put("1", prefix + i, version(i));
      push(prefix + i, version(i), false, to);
    }
  }

  private boolean has(String node, String name) {
    return nodes.get(node).stat(address(name), Trace.NONE).succeeded();
  }

  private boolean hasAll(String node, String prefix, int count) {
    for (int i = 0; i < count; i++) {
      if (!has(node, prefix + i)) {
        return false;
      }
    }
    return true;
  }

  private List<QueueStatus.DeadLetter> letters() {
    List<QueueStatus.DeadLetter> all = new ArrayList<>();
    await(queue.status()).servers().forEach(server -> all.addAll(server.letters()));
    return all;
  }

  @Test
  void whatIsQueuedArrivesAndTheQueueIsEmptyThen() {
    putAndPush("p", 50, "2");
    push("p0", version(100), true, "3");
    ReplicatorVerticle replicator = replicator("a");
    Awaitility.await().until(() -> hasAll("2", "p", 50) && await(queue.status()).total() == 0);
    assertEquals(50, replicator.counters().copied());
    assertEquals(1, replicator.counters().tombstones());
    awaitFailure(ErrorCode.DELETED, nodes.get("3").stat(address("p0"), Trace.NONE));
    assertEquals(50L, replicator.stats().getLong("copied"));
    assertTrue(replicator.stats().getJsonObject("targets").containsKey("3"));
  }

  @Test
  void aDeadTargetDoesNotDelayALivingOneAndItsTasksLoseNoAttempts() {
    nodes.get("2").fail(new BackpackException(ErrorCode.UNAVAILABLE, "connection refused"));
    putAndPush("dead", 100, "2");
    ReplicatorVerticle replicator =
        replicator(settings("a", 2, Duration.ofSeconds(30)), id -> nodes.get(id));
    Awaitility.await()
        .until(
            () ->
                replicator.counters().postponed() > 5
                    && replicator
                        .stats()
                        .getJsonObject("targets")
                        .getJsonObject("2")
                        .getBoolean("away"));
    putAndPush("live", 50, "3");
    Awaitility.await().atMost(Duration.ofSeconds(3)).until(() -> hasAll("3", "live", 50));
    assertTrue(replicator.counters().postponed() < 100, "probes come one at a time");
    assertEquals(List.of(), letters());
    nodes.get("2").heal();
    Awaitility.await().until(() -> hasAll("2", "dead", 100) && await(queue.status()).total() == 0);
  }

  @Test
  void whatNobodyHasBecomesADeadLetterAndMayBeRequeued() {
    push("nowhere", version(1), false, "2");
    ReplicatorVerticle replicator =
        replicator(settings("a", 3, Duration.ofSeconds(30)), id -> nodes.get(id));
    Awaitility.await().until(() -> letters().size() == 1);
    QueueStatus.DeadLetter letter = letters().get(0);
    assertEquals(2, letter.attempts(), "before the last one");
    assertTrue(letter.reason().contains("node 1: NOT_FOUND"), letter.reason());
    assertTrue(letter.reason().contains("node 3: NOT_FOUND"), letter.reason());
    assertEquals(3, replicator.counters().failed());
    put("1", "nowhere", version(1));
    assertEquals(1, await(queue.requeueAll()));
    Awaitility.await().until(() -> has("2", "nowhere") && await(queue.status()).total() == 0);
    assertEquals(List.of(), letters());
  }

  @Test
  void aTaskOfAReplicatorThatVanishedIsDoneByAnother() {
    putAndPush("p", 20, "2");
    Duration lease = Duration.ofMillis(400);
    // Takes all it can and is never heard of again.
    assertTrue(
        queue.consumer("vanished", lease).servers().stream()
                .mapToInt(
                    server ->
                        await(queue.consumer("vanished", lease).take(server, "2", 100)).size())
                .sum()
            == 20);
    ReplicatorVerticle replicator = replicator(settings("b", 1000, lease), id -> nodes.get(id));
    Awaitility.await().until(() -> hasAll("2", "p", 20) && await(queue.status()).total() == 0);
    assertEquals(20, replicator.counters().copied());
  }

  @Test
  void aLongCopyKeepsItsLease() {
    putAndPush("p", 1, "2");
    Duration lease = Duration.ofMillis(300);
    GatedStore slow = new GatedStore(nodes.get("2"));
    replicator(settings("a", 1000, lease), id -> id.equals("2") ? slow : nodes.get(id));
    Awaitility.await().until(() -> slow.waiting() == 1);
    ReplicatorVerticle other = replicator(settings("b", 1000, lease), id -> nodes.get(id));
    Awaitility.await()
        .during(Duration.ofMillis(999))
        .until(() -> other.counters().copied() == 0 && slow.waiting() == 1);
    slow.open();
    Awaitility.await().until(() -> has("2", "p0") && await(queue.status()).total() == 0);
    assertEquals(0, other.counters().copied());
  }

  @Test
  void aStoppedReplicatorLeavesItsWorkToTheOthers() {
    putAndPush("p", 200, "2");
    GatedStore slow = new GatedStore(nodes.get("2"));
    ReplicatorVerticle first =
        replicator(
            settings("a", 1000, Duration.ofMillis(500)),
            id -> id.equals("2") ? slow : nodes.get(id));
    Awaitility.await().until(() -> slow.waiting() == 4);
    slow.open();
    await(vertx.undeploy(first.deploymentID()));
    long copied = first.counters().copied();
    ReplicatorVerticle second =
        replicator(settings("b", 1000, Duration.ofMillis(500)), id -> nodes.get(id));
    Awaitility.await().until(() -> hasAll("2", "p", 200) && await(queue.status()).total() == 0);
    assertEquals(200, copied + second.counters().copied() + second.counters().alreadyThere());
    assertEquals(copied, first.counters().copied());
  }

  @Test
  void newQueueServersAreFollowed() {
    TestRedis only = servers.get(0);
    view.set(map(List.of("1", "2", "3"), List.of(only)));
    replicator("a");
    RedisCopyQueue producer = RedisCopyQueue.create(vertx, LIMITS);
    queues.add(producer);
    producer.configure(
        ReplicatorVerticle.queueServers(map(List.of(), List.of(servers.get(1))).queue()));
    put("1", "p", version(1));
    await(producer.push(new CopyTask(PhotoName.of("p"), version(1), false, List.of("1"), "2")));
    Awaitility.await().during(Duration.ofMillis(300)).until(() -> !has("2", "p"));
    view.set(map(List.of("1", "2", "3"), servers));
    Awaitility.await().until(() -> has("2", "p"));
  }

  @Test
  void tasksOfANodeThatLeftAreGivenUpAfterTheGraceOnlyIfTheMapIsCurrent() {
    view.live(false);
    view.set(map(List.of("1", "3"), servers));
    putAndPush("p", 5, "2");
    replicator("a");
    Awaitility.await().during(Duration.ofMillis(900)).until(() -> letters().isEmpty());
    view.live(true);
    Awaitility.await().until(() -> letters().size() == 5);
    assertTrue(letters().get(0).reason().contains("node 2"), letters().get(0).reason());
    view.set(map(List.of("1", "2", "3"), servers));
    await(queue.requeueAll());
    Awaitility.await().until(() -> hasAll("2", "p", 5));
  }

  @Test
  void itGoesOnWhenAQueueServerHangsOrLosesEverything() {
    // What a server gives out while it hangs nobody hears of: it comes back with the lease.
    replicator(settings("a", 1000, Duration.ofSeconds(1)), id -> nodes.get(id));
    putAndPush("p", 5, "2");
    Awaitility.await().until(() -> hasAll("2", "p", 5));
    servers.forEach(server -> flush(server));
    putAndPush("q", 5, "2");
    Awaitility.await().until(() -> hasAll("2", "q", 5));
    servers.get(0).freeze();
    putAndPush("r", 5, "2");
    Awaitility.await().until(() -> hasAll("2", "r", 5));
    servers.get(0).thaw();
    Awaitility.await().until(() -> await(queue.status()).total() == 0);
  }

  private void flush(TestRedis server) {
    Redis client = Redis.createClient(vertx, server.uri());
    await(client.send(Request.cmd(Command.FLUSHALL)));
    await(client.close());
  }
}
