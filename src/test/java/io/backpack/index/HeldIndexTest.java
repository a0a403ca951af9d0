package io.backpack.index;

import static io.backpack.index.FakeNeedleLog.photo;
import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import io.backpack.api.Held;
import io.backpack.api.HeldSums;
import io.backpack.api.PhotoName;
import io.backpack.volume.NeedleEntry;
import io.vertx.redis.client.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the index tells other nodes against what the volumes say. */
class HeldIndexTest {
  private static final int VOLUMES = 3;
  private static final Comparator<Held> ORDER =
      Comparator.comparingLong(Held::hash)
          .thenComparing(Held::version)
          .thenComparing(Held::tombstone);

  /** Some names share their hash. */
  private static final NameHash HASH =
      name -> SipHash.NAMES.of(PhotoName.of(name.value().replace("twin", "")));

  @TempDir private Path directory;
  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);
  private IndexRig rig;

  @BeforeEach
  void start() {
    System.out.println("seed " + seed);
    rig = new IndexRig(directory);
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  /** Writes, copies, deletes, repairs and moves, in an order that no node would make. */
  private List<NeedleEntry> anything(int entries, int names) {
    List<NeedleEntry> batch = new ArrayList<>();
    for (int i = 0; i < entries; i++) {
      boolean twin = random.nextInt(20) == 0;
      batch.add(
          FakeNeedleLog.entry(
              (twin ? "twin" : "") + "n" + random.nextInt(names),
              random.nextInt(8) == 0 ? -1 - random.nextInt(3) : 1 + random.nextInt(5),
              random.nextInt(6) == 0,
              true,
              twin,
              random.nextInt(3)));
    }
    return batch;
  }

  private int volume() {
    return 1 + random.nextInt(VOLUMES);
  }

  private List<Held> truth() throws IOException {
    Map<PhotoName, NeedleEntry> truth = new HashMap<>();
    for (int volume = 1; volume <= VOLUMES; volume++) {
      int each = volume;
      if (rig.log.extents().stream().anyMatch(extent -> extent.volume() == each)) {
        rig.log.replay(
            volume,
            0,
            batch -> {
              for (NeedleEntry entry : batch.entries()) {
                truth.merge(entry.name(), entry, (a, b) -> b.winsOver(a) ? b : a);
              }
              return true;
            });
      }
    }
    return truth.values().stream()
        .map(entry -> new Held(HASH.of(entry.name()), entry.version(), entry.tombstone()))
        .sorted(ORDER)
        .toList();
  }

  private List<Held> listed(Set<Integer> slots) {
    return await(rig.index.held().list(slots)).stream()
        .map(IndexEntry::held)
        .sorted(ORDER)
        .toList();
  }

  private void assertTrueToTheVolumes() throws IOException {
    List<Held> truth = truth();
    assertEquals(truth, listed(IntStream.range(0, Held.SLOTS).boxed().collect(Collectors.toSet())));
    assertEquals(HeldSums.NONE.with(truth), await(rig.index.held().sums()), "seed " + seed);
    Set<Integer> some = new TreeSet<>();
    for (int i = 0; i < 64; i++) {
      some.add(random.nextInt(Held.SLOTS));
    }
    assertEquals(
        truth.stream().filter(each -> some.contains(Held.slot(each.hash()))).toList(),
        listed(some));
  }

  @Test
  void sumsAndListsAreThoseOfAllEntriesWhateverWasApplied() throws Exception {
    rig.ready(HASH, 0);
    assertEquals(HeldSums.NONE, await(rig.index.held().sums()));
    for (int round = 0; round < 40; round++) {
      int entries = round % 8 == 0 ? 1500 : 1 + random.nextInt(60);
      rig.write(volume(), anything(entries, 6_000));
      if (round % 10 == 9) {
        assertTrueToTheVolumes();
      }
    }
    assertTrue(rig.index.stats().getLong("buckets") > 16);
    // A repair, or a move, changes neither version nor kind.
    HeldSums before = await(rig.index.held().sums());
    rig.write(1, photo("moved", 7));
    HeldSums with = await(rig.index.held().sums());
    rig.write(2, FakeNeedleLog.entry("moved", 7, false, true, false, 1));
    assertEquals(with, await(rig.index.held().sums()));
    assertEquals(1, with.differing(before).length);
    assertTrueToTheVolumes();
  }

  @Test
  void aLongReplayMakesTheSameSums() throws Exception {
    appendMany(30);
    rig.ready(HASH, 0);
    assertEquals(30_000, rig.index.stats().getJsonObject("catch_up").getInteger("done"));
    assertTrueToTheVolumes();
    await(rig.index.close());
    appendMany(25);
    rig.ready(HASH, 0);
    assertEquals(25_000, rig.index.stats().getJsonObject("catch_up").getInteger("done"));
    assertTrueToTheVolumes();
  }

  @Test
  void soItIsWithMoreBucketsThanSlots() throws Exception {
    Keyspace keyspace = new Keyspace("n1", IndexRig.COOKIE);
    Session session = new Session(1);
    session.claimed(await(keyspace.claim(rig.side(), session.epoch())));
    await(keyspace.makeRoom(rig.side(), session.epoch(), 70_000L * Keyspace.TARGET));
    rig.ready(HASH, 0);
    rig.write(1, anything(500, 12_000));
    assertTrueToTheVolumes();
    await(rig.index.close());
    appendMany(25);
    rig.ready(HASH, 0);
    assertEquals(70_000, rig.index.stats().getLong("buckets"));
    assertEquals(25_000, rig.index.stats().getJsonObject("catch_up").getInteger("done"));
    assertTrueToTheVolumes();
  }

  private void appendMany(int thousands) {
    for (int i = 0; i < thousands; i++) {
      rig.log.append(volume(), anything(1_000, 12_000));
    }
  }

  @Test
  void whatRedisForgotIsInTheSumsAfterTheReplay() throws Exception {
    rig.ready(HASH, 0);
    rig.write(1, anything(2_000, 1_000));
    Path copy = rig.backup();
    rig.awaitReady();
    rig.write(1, anything(300, 1_000));
    rig.write(2, anything(300, 2_000));
    rig.crashBackTo(copy);
    rig.awaitReady();
    assertTrueToTheVolumes();
    rig.command(Command.FLUSHALL);
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.held().sums());
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.held().list(List.of(1)));
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.held().find(List.of(1L)));
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.applying(rig.log.append(3, anything(10, 1_000))));
    rig.awaitReady();
    assertTrueToTheVolumes();
    // Applied once more from the start, nothing changes.
    rig.index.forget(List.of(1, 2)).join();
    rig.awaitReady();
    assertTrueToTheVolumes();
  }

  @Test
  void whileTheIndexCatchesUpItTellsNothing() throws Exception {
    rig.log.append(1, photo("a", 5));
    CountDownLatch go = new CountDownLatch(1);
    rig.log.beforeReplay(
        () -> {
          try {
            go.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    rig.start(RedisIndex.create(rig.vertx, IndexRig.settings(rig.redis, IndexRig.TIMEOUT, 0)));
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.held().sums());
    go.countDown();
    rig.awaitReady();
    assertEquals(1, await(rig.index.held().sums()).differing(HeldSums.NONE).length);
  }

  @Test
  void findsWhatStandsUnderHashes() {
    rig.ready(HASH, 0);
    rig.write(1, photo("a", 5), FakeNeedleLog.entry("atwin", 6, false, false, true, 0));
    rig.write(1, photo("b", 7));
    long hash = HASH.of(PhotoName.of("a"));
    List<IndexEntry> found = await(rig.index.held().find(List.of(hash, 77L)));
    assertEquals(2, found.size());
    for (IndexEntry each : found) {
      assertEquals(hash, each.hash());
      assertEquals(each.name().isPresent() ? 6 : 5, each.lookup().version().bits());
    }
    assertEquals(List.of(), await(rig.index.held().find(List.of())));
  }

  @Test
  void aKeyspaceThatHasLostItsSumsIsRefused() {
    rig.ready(HASH, 0);
    rig.write(1, photo("a", 5));
    await(rig.index.close());
    rig.command(Command.DEL, "bp:{n1}:sums");
    RedisIndex next =
        RedisIndex.create(rig.vertx, IndexRig.settings(rig.redis, IndexRig.TIMEOUT, 0));
    String refusal = awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.starting(next)).getMessage();
    assertTrue(refusal.contains("bp:{n1}:sums"), refusal);
    assertTrue(refusal.contains("delete the keys bp:{n1}:*"), refusal);
  }
}
