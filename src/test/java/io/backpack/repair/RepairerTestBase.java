package io.backpack.repair;

import static io.backpack.testing.Futures.await;
import static org.awaitility.Awaitility.await;

import io.backpack.api.HeldName;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.QueueSettings;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.backpack.metrics.Metrics;
import io.backpack.testing.FixedView;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** A node that repairs itself from nodes in memory, which do what a test wants. */
abstract class RepairerTestBase {
  static final RepairSettings SETTINGS =
      new RepairSettings(1L << 40, Duration.ZERO, Duration.ofSeconds(5));
  static final Tuning TUNING =
      new Tuning(
          Duration.ofMillis(5),
          Duration.ofMillis(20),
          Duration.ofMillis(5),
          Duration.ofMillis(20),
          Duration.ofSeconds(1),
          3,
          7,
          50,
          Duration.ofMillis(20),
          Duration.ofMinutes(1),
          20);
  static final long UNKNOWN = MemoryNode.hash(PhotoName.of("nowhere"));

  static Vertx vertx;

  final MemoryNode own = new MemoryNode();
  final Map<String, MemoryNode> peers =
      new TreeMap<>(Map.of("2", new MemoryNode(), "3", new MemoryNode()));
  final MemoryNode second = peers.get("2");
  final MemoryNode third = peers.get("3");
  final AtomicLong damage = new AtomicLong();
  final FixedView view = new FixedView(map("1", "2", "3"));
  Repairer repairer;

  @BeforeAll
  static void startVertx() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void stopVertx() {
    await(vertx.close());
  }

  @AfterEach
  void stop() {
    if (repairer != null) {
      await(repairer.close());
    }
  }

  /** One shard of these nodes; the servers are all there. */
  static ClusterMap map(String... nodes) {
    return map(false, nodes);
  }

  /**
   * @param original whether the third is
   */
  static ClusterMap map(boolean original, String... nodes) {
    Map<String, Server> servers = new TreeMap<>();
    for (int id = 1; id <= 4; id++) {
      servers.put(
          "" + id, new Server("" + id, "127.0.0.1", 8000 + id, "", "", original && id == 3));
    }
    return new ClusterMap(
        servers, Map.of("1", new Shard("1", List.of(nodes), false)), Map.of(), QueueSettings.NONE);
  }

  void start() {
    start(SETTINGS);
  }

  void start(RepairSettings settings) {
    start(settings, TUNING);
  }

  void start(RepairSettings settings, Tuning tuning) {
    repairer =
        Repairer.start(
            vertx,
            new OwnNode("1", own, own, MemoryNode::hash, damage::get, own::rawSums),
            view,
            server -> peers.get(server.id()).peer(),
            settings,
            tuning,
            Metrics.create("storage", "1"));
  }

  void awaitComplete() {
    await().atMost(Duration.ofSeconds(20)).until(repairer::complete);
  }

  void awaitRound() {
    long target = await(repairer.request());
    await().atMost(Duration.ofSeconds(20)).until(() -> status().getLong("rounds") >= target);
  }

  JsonObject status() {
    return await(repairer.status());
  }

  JsonObject peer(String id) {
    return status().getJsonArray("peers").stream()
        .map(JsonObject.class::cast)
        .filter(each -> each.getString("id").equals(id))
        .findFirst()
        .orElseThrow();
  }

  static HeldName held(String name, long version, boolean tombstone) {
    return new HeldName(PhotoName.of(name), new Version(version), tombstone);
  }

  static long hash(String name) {
    return MemoryNode.hash(PhotoName.of(name));
  }

  static Tuning tuning(Duration blip, Duration stopped) {
    return new Tuning(
        TUNING.firstPause(),
        TUNING.longestPause(),
        TUNING.nodePause(),
        TUNING.watch(),
        TUNING.refusal(),
        TUNING.copies(),
        TUNING.names(),
        TUNING.pageEntries(),
        blip,
        stopped,
        TUNING.maxFailed());
  }
}
