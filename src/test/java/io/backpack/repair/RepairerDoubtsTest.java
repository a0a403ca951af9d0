package io.backpack.repair;

import static io.backpack.testing.Futures.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** When a node knows all names, and what takes that back. */
class RepairerDoubtsTest extends RepairerTestBase {
  @Test
  void onlyTheMarkInTheMapMakesANodeOfTheOriginal() {
    view.set(map(true, "1", "2", "3"));
    own.put("found", 5);
    second.put("there", 5);
    start();
    await().until(() -> peer("2").getBoolean("compared") && repairer.serves());
    awaitRound();
    assertEquals("original", peer("3").getString("state"));
    assertEquals(0, third.sums.get(), "it is not asked");
    assertTrue(repairer.doubt(UNKNOWN).orElseThrow().contains("original"), "it may have any name");
    assertFalse(repairer.complete());
    view.set(map("1", "2", "3"));
    await().until(() -> repairer.complete() && third.sums.get() > 0);
    view.set(map(true, "1", "2", "3"));
    await().until(() -> repairer.doubt(UNKNOWN).isPresent());
    view.set(map("1", "2"));
    awaitComplete();
  }

  @Test
  void otherPeersBringTheDoubtBack() {
    peers.put("4", new MemoryNode());
    view.set(map("2", "3"));
    start();
    awaitComplete();
    assertEquals(0, status().getJsonArray("peers").size());
    peers.get("4").away = Optional.of(ErrorCode.UNAVAILABLE);
    view.set(map("1", "4"));
    await().until(() -> repairer.doubt(UNKNOWN).isPresent());
    view.set(map("1"));
    awaitComplete();
    assertEquals(Optional.empty(), repairer.doubt(UNKNOWN));
  }

  @Test
  void aMapThatIsNotCurrentSaysNothingOfANodeThatItLacks() {
    view.live(false);
    view.set(map("2", "3"));
    start();
    awaitRound();
    assertTrue(repairer.doubt(UNKNOWN).orElseThrow().contains("ZooKeeper"));
    view.live(true);
    awaitComplete();
  }

  @Test
  void aMapThatWasAwayMakesAllPeersBeComparedAnew() {
    start();
    awaitComplete();
    view.live(false);
    await().until(() -> repairer.doubt(UNKNOWN).isPresent());
    assertTrue(repairer.serves());
    assertFalse(repairer.complete());
    third.put("missed", 5);
    view.live(true);
    await().until(() -> repairer.doubt(UNKNOWN).isEmpty());
    assertEquals(Set.of(held("missed", 5, false)), own.all());
  }

  @Test
  void aMomentWithoutZooKeeperDoesNotCount() {
    start(SETTINGS, tuning(Duration.ofMinutes(1), Duration.ofMinutes(1)));
    awaitComplete();
    int asked = second.sums.get();
    view.live(false);
    for (int i = 0; i < 5; i++) {
      view.set(map("1", "2", "3"));
      status();
    }
    assertEquals(Optional.empty(), repairer.doubt(UNKNOWN));
    view.live(true);
    view.set(map("1", "2", "3"));
    status();
    assertEquals(Optional.empty(), repairer.doubt(UNKNOWN));
    assertEquals(asked, second.sums.get());
  }

  @Test
  void whoAsksForARoundHasAReason() {
    start();
    awaitComplete();
    third.away = Optional.of(ErrorCode.UNAVAILABLE);
    awaitRound();
    assertTrue(repairer.doubt(UNKNOWN).orElseThrow().contains("node 3"));
    assertTrue(repairer.serves());
    third.away = Optional.empty();
    awaitComplete();
  }

  @Test
  void aRoundThatIsAskedForWhileOneRunsIsTheOneThatCounts() {
    Promise<Void> gate = Promise.promise();
    start();
    awaitComplete();
    second.delete("gone", 5);
    second.gate = gate.future();
    await(repairer.request());
    await().until(() -> second.tombstones.get() > 0);
    await(repairer.request());
    int before = second.sums.get();
    second.gate = Future.succeededFuture();
    gate.complete();
    awaitComplete();
    assertTrue(second.sums.get() > before, "what began before the second request does not count");
  }

  @Test
  void aRoundThatFindsSomethingTakesBackWhatWasKnown() {
    start(new RepairSettings(1L << 40, Duration.ofMillis(50), Duration.ofSeconds(5)));
    awaitComplete();
    third.away = Optional.of(ErrorCode.UNAVAILABLE);
    await().until(() -> peer("3").getString("state").equals("waiting"));
    assertEquals(Optional.empty(), repairer.doubt(UNKNOWN), "that a peer is away is no reason");
    second.put("missed", 5);
    await().until(() -> own.all().size() == 1);
    await().until(() -> repairer.doubt(UNKNOWN).isPresent());
    third.away = Optional.empty();
    awaitComplete();
  }

  @Test
  void aProcessThatWasStoppedAsksWhatItMissed() {
    AtomicLong stopUntil = new AtomicLong(System.nanoTime());
    Tuning tuning = tuning(TUNING.blip(), Duration.ofMillis(100));
    repairer =
        Repairer.start(
            vertx,
            new OwnNode(
                "1",
                own,
                own,
                MemoryNode::hash,
                () -> {
                  while (System.nanoTime() - stopUntil.get() < 0) {
                    Thread.onSpinWait();
                  }
                  return 0;
                },
                own::sums),
            view,
            server -> peers.get(server.id()).peer(),
            SETTINGS,
            tuning,
            Metrics.create("storage", "1"));
    own.put("photo", 5);
    awaitComplete();
    Promise<Void> gate = Promise.promise();
    second.gate = gate.future();
    second.delete("photo", 6);
    stopUntil.set(System.nanoTime() + Duration.ofMillis(400).toNanos());
    await().until(() -> !repairer.serves());
    assertTrue(repairer.doubt(UNKNOWN).isPresent());
    gate.complete();
    await().until(repairer::serves);
    assertEquals(Set.of(held("photo", 6, true)), own.all());
    awaitComplete();
  }

  @Test
  void whatTwoPeersCannotGiveIsForgottenWithTheLastOfThem() {
    for (MemoryNode node : peers.values()) {
      node.put("torn", 5);
      node.unreadable.add(PhotoName.of("torn"));
    }
    start();
    await().until(repairer::sure);
    assertEquals("2, 3", status().getJsonArray("failed").getJsonObject(0).getString("node"));
    view.set(map("1", "2"));
    await().until(() -> status().getJsonArray("peers").size() == 1);
    assertTrue(repairer.doubt(hash("torn")).isPresent());
    view.set(map("1"));
    await().until(() -> repairer.doubt(hash("torn")).isEmpty());
  }

  @Test
  void whatAPeerHasLostIsDoubtedAlone() {
    second.put("lost there", 5);
    second.damage("lost there");
    second.put("here", 5);
    second.damage("here");
    own.put("here", 5);
    start();
    await().until(repairer::sure);
    assertTrue(repairer.doubt(hash("lost there")).isPresent());
    assertEquals(Optional.empty(), repairer.doubt(hash("here")));
    assertEquals(Optional.empty(), repairer.doubt(UNKNOWN));
    assertFalse(repairer.complete());
    third.put("lost there", 5);
    awaitRound();
    awaitRound();
    awaitComplete();
  }

  @Test
  void aPeerThatDoesNotKnowWhatItLostKeepsTheNodeInDoubt() {
    second.unnamed = true;
    second.put("there", 5);
    start();
    await().until(() -> own.all().size() == 1 && second.sums.get() > 4);
    assertTrue(repairer.doubt(UNKNOWN).orElseThrow().contains("names"));
    second.unnamed = false;
    awaitComplete();
    for (int i = 0; i < 25; i++) {
      third.put("lost " + i, 5);
      third.damage("lost " + i);
    }
    awaitRound();
    assertTrue(repairer.doubt(UNKNOWN).isPresent(), "too many names");
  }
}
