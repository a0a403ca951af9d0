package io.backpack.repair;

import static io.backpack.testing.Futures.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import io.backpack.api.HeldName;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which photos a node gives out while it may not know what was deleted. */
class FirstDeletesTest extends RepairerTestBase {
  private boolean withholds(String name, long version) {
    return repairer.withholds(MemoryNode.hash(PhotoName.of(name)), new Version(version));
  }

  private boolean deleted(String name) {
    return own.all().contains(new HeldName(PhotoName.of(name), new Version(6), true));
  }

  private void withheldUntil(Runnable cured) {
    own.put("photo", 5);
    own.put("other", 5);
    second.delete("photo", 6);
    start();
    await().until(repairer::serves);
    assertFalse(repairer.servesAll());
    assertTrue(withholds("photo", 5));
    assertTrue(withholds("photo", 6));
    assertFalse(withholds("photo", 7), "a later write");
    assertFalse(withholds("other", 5));
    cured.run();
    await().until(repairer::servesAll);
    assertTrue(deleted("photo"));
    assertFalse(withholds("photo", 5));
    awaitComplete();
  }

  @Test
  void noPhotoIsServedBeforeTheDeletesOfAllPeersAreHere() {
    own.put("deleted there", 5);
    own.put("later here", 9);
    second.delete("deleted there", 7);
    second.delete("later here", 8);
    third.delete("never here", 6);
    Promise<Void> gate = Promise.promise();
    second.gate = gate.future();
    start();
    await().until(() -> second.tombstones.get() > 0 && own.all().size() == 3);
    assertFalse(status().getBoolean("serves"));
    assertFalse(repairer.serves());
    assertEquals(0, second.lists.get(), "photos come later");
    gate.complete();
    await().until(repairer::serves);
    assertEquals(
        Set.of(
            held("deleted there", 7, true),
            held("later here", 9, false),
            held("never here", 6, true)),
        own.all());
    awaitComplete();
  }

  @Test
  void peersThatDoNotAnswerAreNotWaitedFor() {
    own.put("photo", 5);
    second.away = Optional.of(ErrorCode.UNAVAILABLE);
    third.away = Optional.of(ErrorCode.NOT_READY);
    start(new RepairSettings(1L << 40, Duration.ZERO, Duration.ofSeconds(2)));
    await().until(repairer::serves);
    assertTrue(repairer.doubt(UNKNOWN).isPresent());
    assertTrue(third.sums.get() > 1, "who starts at the same time is asked more than once");
    own.put("another", 5);
    second.delete("photo", 6);
    second.away = Optional.empty();
    await().until(() -> own.all().contains(held("photo", 6, true)));
  }

  @Test
  void aNodeThatIsNotReadyServesWhenThereIsNobodyElse() {
    own.away = Optional.of(ErrorCode.INDEX_UNAVAILABLE);
    third.away = Optional.of(ErrorCode.UNAVAILABLE);
    start();
    await().until(() -> own.sums.get() > 3);
    assertFalse(repairer.serves(), "node 2 can");
    second.away = Optional.of(ErrorCode.UNAVAILABLE);
    await().until(repairer::serves);
  }

  @Test
  void aNodeWithoutPeersServesAtOnce() {
    view.live(false);
    view.set(map("1"));
    start();
    await().until(repairer::serves);
    assertTrue(repairer.doubt(UNKNOWN).isPresent());
  }

  @Test
  void aSavedMapIsEnoughToServeButNotToKnow() {
    view.live(false);
    own.put("photo", 5);
    second.delete("photo", 7);
    start();
    await().until(() -> peer("2").getBoolean("compared") && peer("3").getBoolean("compared"));
    assertTrue(repairer.serves());
    assertTrue(own.all().contains(held("photo", 7, true)), "peers of the saved map are asked");
    assertTrue(repairer.doubt(UNKNOWN).orElseThrow().contains("until ZooKeeper"));
    assertFalse(repairer.complete());
    assertTrue(status().getString("doubt").contains("ZooKeeper"));
    view.live(true);
    awaitComplete();
    assertFalse(status().containsKey("doubt"));
  }

  @Test
  void aDeleteThatIsRefusedIsWithheldAlone() {
    own.refusesDeletes = Optional.of(ErrorCode.VERSION_AHEAD);
    withheldUntil(() -> own.refusesDeletes = Optional.empty());
  }

  @Test
  void soIsOneThatAFullDiskDoesNotTake() {
    own.refusesDeletes = Optional.of(ErrorCode.NO_SPACE);
    withheldUntil(() -> own.refusesDeletes = Optional.empty());
  }

  @Test
  void soIsOneWhoseNameCannotBeRead() {
    second.nameless.add(PhotoName.of("photo"));
    withheldUntil(second.nameless::clear);
  }

  @Test
  void tooManyOfThemWithholdAll() {
    for (int i = 0; i < 25; i++) {
      second.delete("photo " + i, 6);
    }
    own.refusesDeletes = Optional.of(ErrorCode.NO_SPACE);
    start();
    await().until(() -> second.sums.get() > 2);
    assertFalse(repairer.serves());
    own.refusesDeletes = Optional.empty();
    await().until(repairer::servesAll);
    awaitComplete();
  }

  @Test
  void aNodeThatWasCutOffServesAgainAfterTheDeletesOrAMoment() {
    own.put("photo", 5);
    start();
    awaitComplete();
    view.live(false);
    await().until(() -> repairer.doubt(UNKNOWN).isPresent());
    assertTrue(repairer.serves(), "photos are read without ZooKeeper");
    Promise<Void> gate = Promise.promise();
    second.gate = gate.future();
    second.delete("photo", 6);
    view.live(true);
    await().pollInterval(Duration.ofMillis(5)).until(() -> !repairer.serves());
    await().until(repairer::serves);
    assertFalse(deleted("photo"), "not for longer than a moment");
    gate.complete();
    awaitComplete();
    assertTrue(deleted("photo"));
  }

  @Test
  void theFirstMapThatIsCurrentChangesNothingForPeersOfTheSavedOne() {
    view.live(false);
    start();
    await().until(repairer::serves);
    Promise<Void> gate = Promise.promise();
    second.gate = gate.future();
    second.delete("photo", 6);
    view.live(true);
    await().pollInterval(Duration.ofMillis(5)).until(() -> second.tombstones.get() > 0);
    assertTrue(repairer.serves());
    gate.complete();
    awaitComplete();
  }

  @Test
  void aPeerThatComesLaterIsAskedFirstToo() {
    view.set(map("1", "2"));
    own.put("photo", 5);
    start();
    awaitComplete();
    Promise<Void> gate = Promise.promise();
    third.gate = gate.future();
    third.delete("photo", 6);
    view.set(map("1", "2", "3"));
    await().pollInterval(Duration.ofMillis(5)).until(() -> !repairer.serves());
    await().until(repairer::serves);
    gate.complete();
    awaitComplete();
    assertTrue(deleted("photo"));
  }

  @Test
  void oneBrokenConnectionIsNoPeerThatIsAway() {
    second.brokenSums.set(1);
    second.delete("photo", 6);
    Promise<Void> gate = Promise.promise();
    second.gate = gate.future();
    start();
    await().until(() -> second.tombstones.get() > 0);
    assertFalse(repairer.serves());
    gate.complete();
    await().until(repairer::serves);
    assertTrue(deleted("photo"));
  }

  @Test
  void aNodeThatLooksForWhatItLostTakesOverDeletesMeanwhile() {
    own.searching = true;
    second.delete("photo", 6);
    start();
    await().until(repairer::serves);
    assertTrue(deleted("photo"));
    assertTrue(repairer.doubt(UNKNOWN).isPresent());
    own.searching = false;
    awaitComplete();
  }

  @Test
  void deletesDoNotWaitForThePhotosOfAnotherPeer() {
    third.away = Optional.of(ErrorCode.UNAVAILABLE);
    second.put("large", 5);
    Promise<Void> gate = Promise.promise();
    second.photoGate = gate.future();
    start(new RepairSettings(1L << 40, Duration.ZERO, Duration.ofMinutes(1)));
    await().until(() -> second.gets.get() > 0);
    third.delete("photo", 6);
    third.away = Optional.empty();
    await().until(() -> deleted("photo"));
    gate.complete();
    awaitComplete();
  }

  @Test
  void aDeleteThatWasMissedIsAReasonToDoubtThePeersThatComeLater() {
    start(new RepairSettings(1L << 40, Duration.ofMillis(50), Duration.ofSeconds(5)));
    awaitComplete();
    third.away = Optional.of(ErrorCode.UNAVAILABLE);
    second.delete("photo", 6);
    await().until(() -> deleted("photo") && repairer.doubt(UNKNOWN).isPresent());
    third.away = Optional.empty();
    awaitComplete();
  }
}
