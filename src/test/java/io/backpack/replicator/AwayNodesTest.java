package io.backpack.replicator;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * A node that is down for days: how often it is tried, and that the others do not feel it. Pauses
 * are so long here that none of them ends, so every call to the dead node counts.
 */
class AwayNodesTest extends ReplicatorTestBase {
  private static final int CONCURRENCY = 4;
  private static final int TASKS = 400;

  private final Map<String, HookedStore> stores = new ConcurrentHashMap<>();

  private static ReplicatorSettings settings(Duration backoff) {
    return new ReplicatorSettings(
        "a",
        CONCURRENCY,
        Duration.ofSeconds(30),
        5,
        backoff,
        backoff,
        Duration.ofSeconds(1),
        Duration.ofSeconds(2),
        "");
  }

  private ReplicatorVerticle replicator(Duration backoff) {
    nodes.forEach((id, store) -> stores.put(id, new HookedStore(store)));
    Function<String, PhotoStore> byId = stores::get;
    return replicator(settings(backoff), byId);
  }

  private void away(String node) {
    nodes.get(node).fail(new BackpackException(ErrorCode.UNAVAILABLE, "connection refused"));
  }

  @Test
  void aDeadTargetIsTriedAFewTimesHoweverManyTasksWaitForIt() {
    away("2");
    putAndPush("dead", TASKS, "2");
    replicator(Duration.ofDays(1));
    putAndPush("live", TASKS, "3");
    Awaitility.await().until(() -> hasAll("3", "live", TASKS));
    assertEquals(TASKS, stores.get("3").puts.get());
    int tries = stores.get("2").puts.get();
    assertTrue(tries <= Breaker.FAILURES_TO_OPEN + CONCURRENCY, tries + " tries");
    Awaitility.await().until(() -> await(queue.status()).total() == TASKS);
    assertEquals(List.of(), letters());
  }

  @Test
  void aDeadSourceIsTriedAFewTimesAndTasksWithAnotherOneGoOn() {
    putAndPush("dead", TASKS, "2");
    away("1");
    ReplicatorVerticle replicator = replicator(Duration.ofDays(1));
    for (int i = 0; i < TASKS; i++) {
      put("3", "live" + i, version(i));
      push("live" + i, version(i), false, "2");
    }
    // Some name the dead one first, and are read from the other.
    Awaitility.await().until(() -> hasAll("2", "live", TASKS));
    Awaitility.await().until(() -> replicator.counters().postponed() == TASKS);
    int tries = stores.get("1").gets.get();
    assertTrue(tries <= CONCURRENCY, tries + " tries");
    assertEquals(TASKS, await(queue.status()).total());
    assertEquals(List.of(), letters(), "nor do they lose attempts");
  }

  @Test
  void whatWaitedForASourceIsMadeWhenItIsBack() {
    putAndPush("p", 100, "2");
    away("1");
    ReplicatorVerticle replicator = replicator(Duration.ofMillis(50));
    Awaitility.await().until(() -> replicator.counters().postponed() >= 300);
    nodes.get("1").heal();
    Awaitility.await().until(() -> hasAll("2", "p", 100) && await(queue.status()).total() == 0);
    assertEquals(List.of(), letters());
  }

  @Test
  void deletesNeedNoSource() {
    away("1");
    away("3");
    push("p", version(1), false, "2");
    ReplicatorVerticle replicator = replicator(Duration.ofDays(1));
    Awaitility.await().until(() -> replicator.counters().postponed() == 1);
    for (int i = 0; i < 20; i++) {
      push("deleted" + i, version(i), true, "2");
    }
    Awaitility.await().until(() -> replicator.counters().tombstones() == 20);
  }
}
