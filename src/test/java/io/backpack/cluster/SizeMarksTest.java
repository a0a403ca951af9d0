package io.backpack.cluster;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.cluster.ClusterView.Turn;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SizeMarksTest {
  private static final Duration HOUR = Duration.ofHours(1);

  private final List<ZooKeeperClusterView> views = new ArrayList<>();
  private final Vertx vertx = Vertx.vertx();
  private ZooKeeperFixture zookeeper;

  @BeforeEach
  void start() throws Exception {
    zookeeper = new ZooKeeperFixture();
    zookeeper.put("servers-map", "{}");
    zookeeper.put("shards-map", "{\"1\":{\"nodes\":[1]}}");
    zookeeper.put("shard-size-1", "{\"capacity\":1000,\"current\":\"10\",\"note\":\"mine\"}");
    zookeeper.put("shard-size-2", "damaged");
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
  void ofManyOneGetsTheTurn() throws Exception {
    List<Future<Boolean>> asked = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ZooKeeperClusterView view = connect();
      for (int n = 0; n < 5; n++) {
        asked.add(view.takeTurn("1", Turn.RECONCILED, HOUR));
      }
    }
    await(Future.all(asked));
    assertEquals(1, asked.stream().filter(Future::result).count());
    assertTrue(await(views.get(0).takeTurn("1", Turn.WARNED, HOUR)), "which is another matter");
    assertEquals("mine", zookeeper.json("shard-size-1").getString("note"));
  }

  @Test
  void theTurnComesAgain() throws Exception {
    ZooKeeperClusterView view = connect();
    assertTrue(await(view.takeTurn("1", Turn.WARNED, HOUR)));
    assertFalse(await(view.takeTurn("1", Turn.WARNED, HOUR)));
    for (String last :
        List.of(
            Instant.now().minus(HOUR.multipliedBy(2)).toString(),
            Instant.now().plus(HOUR.multipliedBy(2)).toString(),
            "nonsense")) {
      zookeeper.put(
          "shard-size-1", "{\"capacity\":1000,\"current\":10,\"warned\":\"" + last + "\"}");
      assertTrue(await(view.takeTurn("1", Turn.WARNED, HOUR)), last);
      assertFalse(await(view.takeTurn("1", Turn.WARNED, HOUR)), last);
    }
    assertFalse(await(view.takeTurn("2", Turn.WARNED, HOUR)));
    assertFalse(await(view.takeTurn("gone", Turn.WARNED, HOUR)));
    assertEquals("damaged", zookeeper.get("shard-size-2"));
  }

  @Test
  void aCorrectionGoesHalfOfTheWayAndArrives() throws Exception {
    ZooKeeperClusterView view = connect();
    await(view.correctSize("1", 911));
    assertEquals(461, zookeeper.json("shard-size-1").getLong("current"));
    assertEquals("mine", zookeeper.json("shard-size-1").getString("note"));
    for (int i = 0; i < 12; i++) {
      await(view.correctSize("1", 3));
    }
    assertEquals(3, zookeeper.json("shard-size-1").getLong("current"));
    await(view.correctSize("2", 3));
    await(view.correctSize("gone", 3));
    assertFalse(zookeeper.exists("shard-size-gone"));
  }
}
