package io.backpack.cluster;

import static io.backpack.testing.Futures.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AddToSizesTest {
  private final List<ZooKeeperClusterView> views = new ArrayList<>();
  private final Vertx vertx = Vertx.vertx();
  private ZooKeeperFixture zookeeper;

  @BeforeEach
  void start() throws Exception {
    zookeeper = new ZooKeeperFixture();
    zookeeper.put("servers-map", "{}");
    zookeeper.put("shards-map", "{\"1\":{\"nodes\":[1]},\"2\":{\"nodes\":[2]}}");
    zookeeper.put("shard-size-1", "{\"capacity\":1000,\"current\":10,\"note\":\"mine\"}");
    zookeeper.put("shard-size-2", "{\"current\":\"20\",\"capacity\":\"1000\"}");
  }

  @AfterEach
  void stop() throws Exception {
    views.forEach(view -> await(view.close()));
    await(vertx.close());
    zookeeper.close();
  }

  private ZooKeeperClusterView connect() {
    ZooKeeperClusterView view =
        await(ZooKeeperClusterView.connect(vertx, zookeeper.settings(Optional.empty())));
    views.add(view);
    return view;
  }

  @Test
  void addsAndTakesAwayAndKeepsForeignFields() throws Exception {
    ZooKeeperClusterView view = connect();
    await(view.addToSizes(Map.of("1", 5L, "2", -7L)));
    assertEquals(
        "{\"capacity\":1000,\"current\":15,\"note\":\"mine\"}", zookeeper.get("shard-size-1"));
    assertEquals("{\"current\":13,\"capacity\":\"1000\"}", zookeeper.get("shard-size-2"));
    await().until(() -> view.current().size("1").current() == 15);
    assertEquals(13, view.current().size("2").current());
  }

  @Test
  void neverFallsBelowZeroNorOverflows() throws Exception {
    ZooKeeperClusterView view = connect();
    await(view.addToSizes(Map.of("1", -11L, "2", Long.MAX_VALUE)));
    assertEquals(0, zookeeper.json("shard-size-1").getLong("current"));
    assertEquals(Long.MAX_VALUE, zookeeper.json("shard-size-2").getLong("current"));
  }

  @Test
  void leavesOutWhatIsGoneOrDamaged() throws Exception {
    zookeeper.put("shard-size-2", "damaged");
    ZooKeeperClusterView view = connect();
    await(view.addToSizes(Map.of("1", 5L, "2", 1L, "gone", 3L)));
    assertEquals(15, zookeeper.json("shard-size-1").getLong("current"));
    assertEquals("damaged", zookeeper.get("shard-size-2"));
    assertFalse(zookeeper.exists("shard-size-gone"));
  }

  @Test
  void addsNothingForNothing() throws Exception {
    ZooKeeperClusterView view = connect();
    await(view.addToSizes(Map.of()));
    await(view.addToSizes(Map.of("1", 0L)));
    assertTrue(zookeeper.get("shard-size-1").contains("\"current\":10,"));
  }

  @Test
  void allOfManyConcurrentWritersAreCounted() throws Exception {
    int writers = 4;
    int rounds = 40;
    List<Future<Void>> calls = new ArrayList<>();
    List<ZooKeeperClusterView> coordinators = new ArrayList<>();
    for (int i = 0; i < writers; i++) {
      coordinators.add(connect());
    }
    for (int round = 0; round < rounds; round++) {
      for (ZooKeeperClusterView coordinator : coordinators) {
        calls.add(coordinator.addToSizes(Map.of("1", 1L, "2", 2L)));
      }
    }
    await(Future.all(calls));
    assertEquals(10 + writers * rounds, zookeeper.json("shard-size-1").getLong("current"));
    assertEquals(20 + 2 * writers * rounds, zookeeper.json("shard-size-2").getLong("current"));
  }
}
