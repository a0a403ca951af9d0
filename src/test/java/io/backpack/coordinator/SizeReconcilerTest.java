package io.backpack.coordinator;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.QueueSettings;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.backpack.cluster.ShardSize;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SizeReconcilerTest {
  private final Vertx vertx = Vertx.vertx();
  private final FakeCluster cluster = new FakeCluster();
  private final Map<String, Long> held = new ConcurrentHashMap<>();
  private final Map<String, Shard> shards = new TreeMap<>();

  @BeforeEach
  void oneShard() {
    shards.put("1", new Shard("1", List.of("a", "b", "c"), false));
    map(100_000, 50_000);
  }

  private void map(long capacity, long current) {
    Map<String, Server> servers = new TreeMap<>();
    for (String id : List.of("a", "b", "c")) {
      servers.put(id, new Server(id, "host-" + id, 80, "", "", id.equals("c")));
    }
    cluster.set(
        new ClusterMap(
            servers, shards, Map.of("1", new ShardSize(capacity, current)), QueueSettings.NONE));
  }

  @AfterEach
  void close() {
    await(vertx.close());
  }

  private SizeReconciler reconciler() {
    return new SizeReconciler(
        vertx,
        cluster,
        server ->
            held.containsKey(server.id())
                ? Future.succeededFuture(held.get(server.id()))
                : Promise.<Long>promise().future(),
        Duration.ofMillis(20),
        Duration.ofMillis(100));
  }

  private void reconcile() {
    await(reconciler().reconcile(cluster.current(), shards.get("1")));
  }

  @Test
  void theFullestNodeThatAnswersTells() {
    held.putAll(Map.of("a", 40_000L, "b", 39_000L, "c", 90_000L));
    reconcile();
    assertEquals(Map.of("1", 40_000L), cluster.corrections);
    assertEquals(List.of("RECONCILED 1"), cluster.turns);
    held.remove("a");
    reconcile();
    assertEquals(Map.of("1", 39_000L), cluster.corrections);
  }

  @Test
  void withoutAnAnswerOrADifferenceNothingIsCorrected() {
    reconcile();
    held.put("a", 50_100L);
    reconcile();
    held.put("a", 49_900L);
    reconcile();
    assertTrue(cluster.corrections.isEmpty());
    held.put("a", 49_899L);
    reconcile();
    assertEquals(Map.of("1", 49_899L), cluster.corrections);
  }

  @Test
  void whoseTurnItIsNotAsksNobody() {
    held.put("a", 1L);
    cluster.onTurn = () -> Future.succeededFuture(false);
    reconcile();
    cluster.onTurn = () -> Future.failedFuture("no ZooKeeper");
    reconcile();
    assertTrue(cluster.corrections.isEmpty());
  }

  @Test
  void shardsThatShareNodesOrHaveNoSizeAreLeftAlone() {
    held.put("a", 1L);
    map(0, 0);
    reconcile();
    shards.put("2", new Shard("2", List.of("x", "b"), false));
    map(100_000, 50_000);
    reconcile();
    assertTrue(cluster.turns.isEmpty());
  }

  @Test
  void itIsDoneAgainAndAgainUntilClosed() {
    held.put("a", 1L);
    SizeReconciler reconciler = reconciler();
    reconciler.start();
    Awaitility.await().until(() -> cluster.turns.size() >= 3);
    reconciler.close();
    assertEquals(Map.of("1", 1L), cluster.corrections);
  }
}
