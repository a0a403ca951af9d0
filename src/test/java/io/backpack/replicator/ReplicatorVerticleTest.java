package io.backpack.replicator;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.api.Trace;
import io.backpack.queue.CopyTask;
import io.backpack.queue.QueueStatus;
import io.backpack.queue.RedisCopyQueue;
import io.backpack.testing.TestRedis;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The role at its work. */
class ReplicatorVerticleTest extends ReplicatorTestBase {
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
}
