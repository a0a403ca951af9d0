package io.backpack.repair;

import static io.backpack.testing.Futures.await;
import static org.awaitility.Awaitility.await;
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
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which photos a node gives out while it may not know what was deleted. */
class FirstDeletesTest {
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
    Map<String, Server> servers = new TreeMap<>();
    for (String id : List.of("1", "2", "3")) {
      servers.put(id, new Server(id, "127.0.0.1", 8000, "", "", false));
    }
    return new ClusterMap(
        servers, Map.of("1", new Shard("1", List.of(nodes), false)), Map.of(), QueueSettings.NONE);
  }

  private void start() {
    start(SETTINGS);
  }

  private void start(RepairSettings settings) {
    repairer =
        Repairer.start(
            vertx,
            new OwnNode("1", own, own, MemoryNode::hash, () -> 0, own::rawSums),
            view,
            server -> peers.get(server.id()).peer(),
            settings,
            TUNING,
            Metrics.create("storage", "1"));
  }

  private void awaitComplete() {
    await().atMost(Duration.ofSeconds(20)).until(repairer::complete);
  }

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
