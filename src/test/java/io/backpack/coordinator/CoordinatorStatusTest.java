package io.backpack.coordinator;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.Shard;
import io.backpack.cluster.ShardSize;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CoordinatorStatusTest {
  private Harness harness;

  @BeforeEach
  void start() {
    harness =
        new Harness()
            .shard(new Shard("1", List.of("a", "b"), false), new ShardSize(1000, 250))
            .shard(new Shard("2", List.of("c"), true), new ShardSize(1000, 250))
            .start(Harness.settings(2, true));
  }

  @AfterEach
  void close() {
    harness.close();
  }

  private JsonObject stats() {
    return await(harness.coordinator().status().stats());
  }

  private JsonObject health() {
    return await(harness.coordinator().status().health());
  }

  @Test
  void statsHaveTheFieldsOfTheOriginal() {
    await(harness.put("cat.jpg", "meow"));
    harness.node("a").down(ErrorCode.UNAVAILABLE);
    awaitFailure(ErrorCode.NO_SHARD_AVAILABLE, harness.put("dog.jpg", "woof"));
    JsonObject json = stats();
    assertTrue(json.getLong("uptime") >= 0);
    assertEquals(1, json.getLong("processed_uploads"));
    assertEquals(4, json.getLong("processed_bytes"));
    assertEquals(1, json.getLong("failed_uploads"));
    assertEquals(2000, json.getLong("total_size"));
    assertEquals(500, json.getLong("used_size"));
    assertEquals(0.25, json.getDouble("usage_ratio"));
    assertEquals(1500, json.getLong("available_space"));
    assertEquals(2, json.getLong("total_shards"));
    assertEquals(1, json.getLong("writable_shards"));
    assertEquals(0, json.getLong("queue_length"));
    assertEquals(1, json.getJsonObject("uploads_by_shard").getLong("1"));
    assertEquals(1, json.getJsonObject("failures_by_node").getLong("a"));
  }

  @Test
  void withoutTheQueueItsLengthIsUnknown() {
    harness.queue.down = true;
    assertTrue(stats().containsKey("queue_length"));
    assertNull(stats().getLong("queue_length"));
  }

  @Test
  void healthFollowsWhatIsNeeded() {
    assertEquals("up", health().getString("status"));
    harness.queue.down = true;
    assertEquals("degraded", health().getString("status"));
    assertEquals("down", health().getString("queue"));
    harness.queue.down = false;
    harness.cluster.live(false);
    assertEquals("degraded", health().getString("status"));
    assertEquals("down", health().getString("zookeeper"));
    harness.cluster.live(true);
    harness.shard(new Shard("1", List.of("a", "b"), true), new ShardSize(1000, 250));
    assertEquals("degraded", health().getString("status"));
    assertTrue(harness.coordinator().status().ready());
    harness.cluster.set(ClusterMap.EMPTY);
    assertEquals("down", health().getString("status"));
    assertFalse(harness.coordinator().status().ready());
  }

  @Test
  void whatLeftTheMapLeavesTheFigures() {
    await(harness.put("cat.jpg", "meow"));
    harness.node("a").down(ErrorCode.UNAVAILABLE);
    awaitFailure(ErrorCode.NO_SHARD_AVAILABLE, harness.put("dog.jpg", "woof"));
    harness.cluster.set(ClusterMap.EMPTY);
    assertTrue(stats().getJsonObject("uploads_by_shard").isEmpty());
    assertTrue(stats().getJsonObject("failures_by_node").isEmpty());
  }
}
