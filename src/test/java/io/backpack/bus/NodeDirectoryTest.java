package io.backpack.bus;

import static io.backpack.testing.Futures.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeDirectoryTest {
  private final Vertx vertx = Vertx.vertx();
  private final NodeDirectory directory =
      await(NodeDirectory.start(vertx, NodeDirectory.Listener.NONE));

  @AfterEach
  void stop() {
    await(vertx.close());
  }

  private static NodeSighting sighting(String id) {
    return new NodeSighting(id, "http://localhost:1", 1, "ready");
  }

  @Test
  void theIntervalGrowsWithNodesTimesListeners() {
    assertEquals(1000, NodeAnnouncer.intervalMillis(0, 0));
    assertEquals(1000, NodeAnnouncer.intervalMillis(12, 5));
    assertEquals(5000, NodeAnnouncer.intervalMillis(500, 10));
    assertEquals(60_000, NodeAnnouncer.intervalMillis(1_000_000, 1_000_000));
  }

  @Test
  void noiseIsIgnored() {
    vertx.eventBus().publish("backpack.nodes", "hello");
    vertx.eventBus().publish("backpack.nodes", new JsonObject());
    vertx.eventBus().publish("backpack.nodes", new JsonObject().put("node_id", 5));
    vertx.eventBus().publish("backpack.nodes", NodeAnnouncer.toJson(sighting("n"), 1000));
    await().until(() -> directory.recent("n").isPresent());
  }

  @Test
  void theNumberOfNodesIsBounded() {
    for (int i = 0; i <= NodeDirectory.MAX_NODES; i++) {
      vertx.eventBus().publish("backpack.nodes", NodeAnnouncer.toJson(sighting("n" + i), 60_000));
    }
    String last = "n" + (NodeDirectory.MAX_NODES - 1);
    await().until(() -> directory.recent(last).isPresent());
    vertx.eventBus().publish("backpack.nodes", NodeAnnouncer.toJson(sighting("n0"), 60_000));
    assertTrue(directory.recent("n" + NodeDirectory.MAX_NODES).isEmpty());
  }
}
