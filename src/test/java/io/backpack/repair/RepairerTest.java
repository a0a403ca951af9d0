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
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.QueueSettings;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.backpack.metrics.Metrics;
import io.backpack.testing.FixedView;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One node repairs itself from nodes in memory, which do what a test wants. */
class RepairerTest {
  private static final RepairSettings SETTINGS =
      new RepairSettings(1L << 40, Duration.ZERO, Duration.ofSeconds(5));
  private static final Tuning TUNING =
      new Tuning(
          Duration.ofMillis(5),
          Duration.ofMillis(20),
          Duration.ofMillis(5),
          Duration.ofMillis(20),
          Duration.ofMillis(300),
          3,
          7,
          50,
          Duration.ofMillis(20),
          Duration.ofMinutes(1),
          20);
  private static final long UNKNOWN = MemoryNode.hash(PhotoName.of("nowhere"));

  private static Vertx vertx;

  private final MemoryNode own = new MemoryNode();
  private final Map<String, MemoryNode> peers =
      new TreeMap<>(Map.of("2", new MemoryNode(), "3", new MemoryNode()));
  private final MemoryNode second = peers.get("2");
  private final MemoryNode third = peers.get("3");
  private final AtomicLong damage = new AtomicLong();
  private final FixedView view = new FixedView(map("1", "2", "3"));
  private Repairer repairer;

  @BeforeAll
  static void startVertx() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void stopVertx() {
    await(vertx.close());
  }

  @AfterEach
  void stop() {
    if (repairer != null) {
      await(repairer.close());
    }
  }

  /** One shard of these nodes; the servers are all there. */
  private static ClusterMap map(String... nodes) {
    return map(false, nodes);
  }

  /**
   * @param original whether the third is
   */
  private static ClusterMap map(boolean original, String... nodes) {
    Map<String, Server> servers = new TreeMap<>();
    for (int id = 1; id <= 4; id++) {
      servers.put(
          "" + id, new Server("" + id, "127.0.0.1", 8000 + id, "", "", original && id == 3));
    }
    return new ClusterMap(
        servers, Map.of("1", new Shard("1", List.of(nodes), false)), Map.of(), QueueSettings.NONE);
  }

  private void start() {
    start(SETTINGS);
  }

  private void start(RepairSettings settings) {
    start(settings, TUNING);
  }

  private void start(RepairSettings settings, Tuning tuning) {
    repairer =
        Repairer.start(
            vertx,
            new OwnNode("1", own, own, MemoryNode::hash, damage::get, own::sums),
            view,
            server -> peers.get(server.id()).peer(),
            settings,
            tuning,
            Metrics.create("storage", "1"));
  }

  private void awaitComplete() {
    await().atMost(Duration.ofSeconds(20)).until(repairer::complete);
  }

  private void awaitRound() {
    long target = await(repairer.request());
    await().atMost(Duration.ofSeconds(20)).until(() -> status().getLong("rounds") >= target);
  }

  private JsonObject status() {
    return await(repairer.status());
  }

  private JsonObject peer(String id) {
    return status().getJsonArray("peers").stream()
        .map(JsonObject.class::cast)
        .filter(each -> each.getString("id").equals(id))
        .findFirst()
        .orElseThrow();
  }

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

  private static HeldName held(String name, long version, boolean tombstone) {
    return new HeldName(PhotoName.of(name), new Version(version), tombstone);
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
    assertEquals("waiting", peer("3").getString("state"));
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

  private static long hash(String name) {
    return MemoryNode.hash(PhotoName.of(name));
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
    start(new RepairSettings(1L << 40, Duration.ZERO, Duration.ofMillis(300)));
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

  private static Tuning tuning(Duration blip, Duration stopped) {
    return new Tuning(
        TUNING.firstPause(),
        TUNING.longestPause(),
        TUNING.nodePause(),
        TUNING.watch(),
        TUNING.refusal(),
        TUNING.copies(),
        TUNING.names(),
        TUNING.pageEntries(),
        blip,
        stopped,
        TUNING.maxFailed());
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
