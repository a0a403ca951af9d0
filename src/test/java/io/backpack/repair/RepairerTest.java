package io.backpack.repair;

import static io.backpack.testing.Futures.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import io.backpack.api.HeldName;
import io.backpack.api.PhotoName;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a node copies from its peers, and what it does when it cannot. */
class RepairerTest extends RepairerTestBase {
  @Test
  void whatPeersHaveInALaterWriteIsCopied() {
    own.put("same", 5);
    second.put("same", 5);
    second.put("only there", 6);
    own.put("later there", 6);
    second.put("later there", 7);
    own.put("deleted there", 6);
    third.delete("deleted there", 7);
    third.delete("deleted before it was here", 8);
    own.delete("deleted here", 9);
    second.put("deleted here", 8);
    own.put("only here", 10);
    Set<HeldName> before = second.all();
    start();
    awaitComplete();
    Set<HeldName> all = new HashSet<>(own.all());
    assertEquals(7, all.size());
    assertTrue(
        all.containsAll(List.of(held("only there", 6, false), held("later there", 7, false))));
    assertTrue(
        all.containsAll(
            List.of(
                held("deleted there", 7, true),
                held("deleted before it was here", 8, true),
                held("deleted here", 9, true),
                held("only here", 10, false),
                held("same", 5, false))));
    assertEquals(before, second.all(), "nothing is pushed");
    assertEquals(2, peer("2").getInteger("copied"));
    assertEquals(0, peer("3").getInteger("copied"), "it has deletes only, which come first");
    assertEquals(2, peer("3").getInteger("deletes"));
    assertEquals(Optional.empty(), repairer.doubt(UNKNOWN));
  }

  @Test
  void manyArePulledPageByPage() {
    long seed = Long.getLong("backpack.seed", System.nanoTime());
    System.out.println("RepairerTest: -Dbackpack.seed=" + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 1000; i++) {
      MemoryNode node = random.nextBoolean() ? second : third;
      if (random.nextInt(4) == 0) {
        node.delete("photo " + random.nextInt(500), i + 1);
      } else {
        node.put("photo " + random.nextInt(500) + "/" + i, i + 1);
      }
      if (random.nextInt(3) == 0) {
        own.put("own " + i, i + 1);
      }
    }
    start();
    awaitComplete();
    assertTrue(own.all().containsAll(union(second.all(), third.all())));
  }

  /** Of each name the later write of two nodes. */
  private static Set<HeldName> union(Set<HeldName> a, Set<HeldName> b) {
    Map<PhotoName, HeldName> best = new HashMap<>();
    for (Set<HeldName> all : List.of(a, b)) {
      for (HeldName each : all) {
        best.merge(each.name(), each, (x, y) -> x.version().isAfter(y.version()) ? x : y);
      }
    }
    return Set.copyOf(best.values());
  }

  @Test
  void aPeerThatIsAwayKeepsTheNodeInDoubtUntilItIsBack() {
    second.put("there", 5);
    third.away = Optional.of(ErrorCode.UNAVAILABLE);
    start();
    await().until(() -> own.all().size() == 1 && third.sums.get() > 3);
    assertTrue(repairer.doubt(UNKNOWN).orElseThrow().contains("node 3"), "says who is waited for");
    assertFalse(repairer.complete());
    await().until(() -> peer("3").getString("state").equals("waiting"));
    third.put("there too", 6);
    third.away = Optional.empty();
    awaitComplete();
    assertEquals(2, own.all().size());
    assertEquals(Optional.empty(), repairer.doubt(UNKNOWN));
  }

  @Test
  void theNodeItselfMayNotKnowYetWhatItHas() {
    own.away = Optional.of(ErrorCode.INDEX_UNAVAILABLE);
    second.put("there", 5);
    start();
    await().until(() -> own.sums.get() > 3);
    assertTrue(repairer.doubt(UNKNOWN).isPresent());
    own.away = Optional.empty();
    awaitComplete();
  }

  @Test
  void whatIsInterruptedGoesOnWhereItWas() {
    for (int i = 0; i < 60; i++) {
      second.put("photo " + i, i + 1);
    }
    second.getsLeft.set(30);
    start();
    await().until(() -> own.all().size() >= 30 && second.away.isPresent());
    assertTrue(repairer.doubt(UNKNOWN).isPresent());
    second.getsLeft.set(Integer.MAX_VALUE);
    second.away = Optional.empty();
    awaitComplete();
    assertEquals(60, own.all().size());
    assertTrue(second.gets.get() < 60 + 10, second.gets + " reads, none twice but the last");
  }

  @Test
  void whatOnePeerCannotGiveAnotherGives() {
    second.put("torn", 5);
    third.put("torn", 5);
    second.unreadable.add(PhotoName.of("torn"));
    start();
    awaitComplete();
    assertEquals(Set.of(held("torn", 5, false)), own.all());
  }

  @Test
  void whatNobodyCanGiveIsDoubtedAloneAndTriedAgain() {
    second.put("torn", 5);
    second.put("whole", 6);
    second.unreadable.add(PhotoName.of("torn"));
    start();
    await().until(repairer::sure);
    assertEquals(Set.of(held("whole", 6, false)), own.all());
    assertTrue(repairer.doubt(MemoryNode.hash(PhotoName.of("torn"))).isPresent());
    assertEquals(Optional.empty(), repairer.doubt(UNKNOWN));
    assertFalse(repairer.complete());
    JsonObject failure = status().getJsonArray("failed").getJsonObject(0);
    assertEquals("torn", failure.getString("name"));
    assertTrue(failure.getString("reason").contains("DAMAGED"), failure.encode());
    second.known.add(PhotoName.of("torn"));
    awaitRound();
    assertTrue(
        repairer.doubt(MemoryNode.hash(PhotoName.of("torn"))).isPresent(),
        "also when the peer does not tell it any more");
    own.put("torn", 5);
    awaitRound();
    assertTrue(repairer.complete());
  }

  @Test
  void tooManyFailuresKeepTheNodeInDoubtOfEverything() {
    for (int i = 0; i < 25; i++) {
      second.put("torn " + i, 5);
      second.unreadable.add(PhotoName.of("torn " + i));
    }
    start();
    await().until(() -> second.sums.get() > 2);
    assertTrue(repairer.doubt(UNKNOWN).isPresent());
    second.unreadable.clear();
    awaitRound();
    awaitComplete();
    assertEquals(25, own.all().size());
  }

  @Test
  void aPeerThatDoesNotTellIsAskedAgain() {
    third.away = Optional.of(ErrorCode.NOT_FOUND);
    second.put("there", 5);
    start();
    await().until(() -> own.all().size() == 1 && third.sums.get() > 4);
    await().until(() -> peer("3").getString("state").equals("waiting"));
    assertTrue(repairer.doubt(UNKNOWN).orElseThrow().contains("node 3"));
    third.away = Optional.empty();
    awaitComplete();
  }

  @Test
  void aPeerThatLacksSomethingIsToldOnce() {
    own.put("only here", 5);
    third.put("only here", 5);
    start();
    awaitComplete();
    awaitRound();
    assertEquals(1, second.asked.get());
    assertEquals(0, third.asked.get());
  }

  @Test
  void damageIsReplacedSoon() {
    own.put("photo", 5);
    second.put("photo", 5);
    start();
    awaitComplete();
    own.damage("photo");
    damage.set(1);
    await().until(() -> own.known.isEmpty());
    awaitComplete();
  }

  @Test
  void aRegularRoundFindsWhatNobodyTold() {
    start(new RepairSettings(1L << 40, Duration.ofMillis(50), Duration.ofSeconds(5)));
    awaitComplete();
    second.put("late", 5);
    await().until(() -> own.all().size() == 1);
  }

  @Test
  void whatIsEqualCostsOneQuestion() {
    own.put("same", 5);
    second.put("same", 5);
    third.put("same", 5);
    start();
    awaitComplete();
    assertEquals(0, second.lists.get());
    assertEquals(2, second.sums.get(), "before it serves photos, and then for all");
  }
}
