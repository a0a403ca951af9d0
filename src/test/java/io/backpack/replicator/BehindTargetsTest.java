package io.backpack.replicator;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.queue.BehindMark;
import io.backpack.queue.CopyTask;
import io.backpack.queue.RedisCopyQueue;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node with more missing copies than the queue keeps, from the first mark to the last. */
class BehindTargetsTest extends ReplicatorTestBase {
  private RedisCopyQueue small;
  private int pushed;

  @BeforeEach
  void nodeTwoIsAway() {
    small = queue(LIMITS.withTarget(2, 1 << 20));
    nodes.get("2").fail(new BackpackException(ErrorCode.UNAVAILABLE, "connection refused"));
    repairs.away("2", true);
  }

  private void pushMore(int count) {
    for (int i = 0; i < count; i++) {
      String name = "p" + pushed++;
      put("1", name, version(pushed));
      await(
          small.push(new CopyTask(PhotoName.of(name), version(pushed), false, List.of("1"), "2")));
    }
  }

  private List<BehindMark> marks() {
    return await(queue.status()).marks();
  }

  private static JsonObject behind(ReplicatorVerticle replicator) {
    return replicator.stats().getJsonObject("behind");
  }

  /** As the node does itself when it is asked. */
  private void repairTwo() {
    nodes.get("2").heal();
    for (int i = 0; i < pushed; i++) {
      put("2", "p" + i, version(i + 1));
    }
  }

  @Test
  void theMarkGoesWhenARoundThatBeganAfterItHasEnded() {
    pushMore(10);
    assertEquals(6, marks().stream().mapToLong(BehindMark::tasks).sum());
    ReplicatorVerticle replicator = replicator("a");
    // Away, it is asked now and then, and the mark is there for people.
    Awaitility.await().until(() -> repairs.asked.get() >= 3);
    assertEquals(6L, behind(replicator).getJsonObject("2").getLong("tasks"));
    assertFalse(behind(replicator).getJsonObject("2").getBoolean("asked"));
    assertEquals(2, replicator.queueStatus().marks().size());

    repairs.away("2", false);
    Awaitility.await().until(() -> behind(replicator).getJsonObject("2").getBoolean("asked"));
    int asked = repairs.asked.get();
    repairTwo();
    Awaitility.await().until(() -> replicator.counters().alreadyThere() >= 4);
    assertEquals(2, marks().size(), "the round has not ended");
    assertEquals(asked, repairs.asked.get(), "once is enough");
    repairs.end();
    Awaitility.await().until(() -> marks().isEmpty() && behind(replicator).isEmpty());
    assertEquals(0, await(queue.status()).total());
    assertTrue(hasAll("2", "p", 10));
  }

  @Test
  void whatWasDroppedAfterTheRoundBeganKeepsTheMark() {
    pushMore(10);
    repairs.away("2", false);
    ReplicatorVerticle replicator = replicator("a");
    Awaitility.await()
        .until(
            () ->
                behind(replicator).containsKey("2")
                    && behind(replicator).getJsonObject("2").getBoolean("asked"));
    int asked = repairs.asked.get();
    pushMore(2);
    repairs.end();
    Awaitility.await().until(() -> repairs.asked.get() > asked);
    assertEquals(8, marks().stream().mapToLong(BehindMark::tasks).sum());
    repairs.end();
    Awaitility.await().until(() -> marks().isEmpty());
  }

  @Test
  void aNodeThatWasStartedAnewIsAskedAgain() {
    pushMore(10);
    repairs.away("2", false);
    replicator("a");
    Awaitility.await().until(() -> repairs.asked.get() == 1);
    repairs.forget();
    Awaitility.await().until(() -> repairs.asked.get() == 1);
    assertEquals(2, marks().size());
    repairs.end();
    Awaitility.await().until(() -> marks().isEmpty());
  }

  @Test
  void severalReplicatorsDoNotTakeItOffEarly() {
    pushMore(10);
    repairs.away("2", false);
    ReplicatorVerticle first = replicator("a");
    ReplicatorVerticle second = replicator("b");
    Awaitility.await().until(() -> repairs.asked.get() == 2);
    Awaitility.await()
        .until(() -> behind(first).containsKey("2") && behind(second).containsKey("2"));
    assertEquals(2, marks().size());
    repairs.end();
    Awaitility.await()
        .until(() -> marks().isEmpty() && behind(first).isEmpty() && behind(second).isEmpty());
  }

  @Test
  void theMarkOfANodeThatLeftGoesAfterTheGrace() {
    pushMore(10);
    view.set(map(List.of("1", "3"), servers));
    replicator("a");
    Awaitility.await().until(() -> marks().isEmpty() && letters().size() == 4);
    assertEquals(0, repairs.asked.get(), "it is in no shard");
  }
}
