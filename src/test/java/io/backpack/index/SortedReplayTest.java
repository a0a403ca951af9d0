package io.backpack.index;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.volume.NeedleEntry;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A long replay against what the volumes say. */
class SortedReplayTest {
  private static final int VOLUMES = 3;
  private static final long LENGTH = 104;

  @TempDir private Path directory;
  private IndexRig rig;

  @BeforeEach
  void start() {
    rig = new IndexRig(directory);
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  /** Writes in a disorder that no node would have made: copies, deletes, moves, one name twice. */
  private void writeAtRandom(int entries, int names, long seed) {
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    List<List<NeedleEntry>> volumes = new ArrayList<>();
    for (int volume = 0; volume < VOLUMES; volume++) {
      volumes.add(new ArrayList<>());
    }
    for (int i = 0; i < entries; i++) {
      int name = random.nextInt(names);
      volumes
          .get(random.nextInt(VOLUMES))
          .add(
              FakeNeedleLog.entry(
                  "n" + name,
                  1 + random.nextInt(5),
                  random.nextInt(6) == 0,
                  random.nextBoolean(),
                  name % 97 == 0,
                  random.nextInt(3)));
    }
    for (int volume = 0; volume < VOLUMES; volume++) {
      rig.log.append(volume + 1, volumes.get(volume));
    }
  }

  private Map<PhotoName, NeedleEntry> truth() throws IOException {
    Map<PhotoName, NeedleEntry> truth = new HashMap<>();
    for (int volume = 1; volume <= VOLUMES; volume++) {
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
    return truth;
  }

  private void assertTrueToTheVolumes() throws IOException {
    Map<PhotoName, NeedleEntry> truth = truth();
    Map<Integer, Long> dead = new HashMap<>();
    rig.log.extents().forEach(each -> dead.put(each.volume(), each.end() - each.start()));
    for (NeedleEntry current : truth.values()) {
      Lookup found =
          await(
                  current.collided()
                      ? rig.index.lookupCollided(current.name())
                      : rig.index.lookup(current.name()))
              .orElseThrow();
      assertEquals(current.location(), found.location(), current.name().value());
      assertEquals(current.tombstone(), found.tombstone());
      dead.merge(current.location().volume(), -LENGTH, Long::sum);
    }
    long tombstones = truth.values().stream().filter(NeedleEntry::tombstone).count();
    assertEquals(tombstones, rig.index.stats().getLong("tombstones"));
    assertEquals(truth.size() - tombstones, rig.index.stats().getLong("photos"));
    assertEquals(dead, rig.index.deadBytes().join());
  }

  @Test
  void aLongCatchUpEndsWhereTheVolumesDo() throws Exception {
    writeAtRandom(30_000, 12_000, new Random().nextLong());
    rig.ready(0);
    assertEquals(30_000, rig.index.stats().getJsonObject("catch_up").getInteger("done"));
    assertTrueToTheVolumes();
  }

  @Test
  void chunksThatEndAnywhereMakeTheSameIndex() throws Exception {
    writeAtRandom(8_000, 3_000, new Random().nextLong());
    Session session = claimed();
    SortedReplay replay = replay(session, 700);
    replayAll(replay);
    replay.flush();
    assertEquals(8_000, session.replayed().get());
    rig.ready(0);
    assertEquals(0, rig.index.stats().getJsonObject("catch_up").getInteger("done"));
    assertTrueToTheVolumes();
  }

  @Test
  void whatIsNotAppliedWholeMovesNoCheckpoint() throws Exception {
    writeAtRandom(3_000, 2_000, new Random().nextLong());
    Session session = claimed();
    SortedReplay replay = replay(session, 10_000);
    replayAll(replay);
    session.end();
    replay.flush();
    for (int volume = 1; volume <= VOLUMES; volume++) {
      assertNull(rig.command(Command.HGET, "bp:{n1}:ckpt", Integer.toString(volume)));
    }
    rig.ready(0);
    assertEquals(3_000, rig.index.stats().getJsonObject("catch_up").getInteger("done"));
    assertTrueToTheVolumes();
  }

  @Test
  void aCallThatFailsMovesNoCheckpoint() throws Exception {
    writeAtRandom(3_000, 2_000, new Random().nextLong());
    Session session = claimed();
    Keyspace keyspace = new Keyspace("n1", IndexRig.COOKIE);
    session.shape(await(keyspace.makeRoom(rig.side(), session.epoch(), 2_000)));
    String broken = keyspace.bucketKey(session.shape().buckets() / 2);
    rig.command(Command.SET, broken, "no bucket");
    SortedReplay replay = replay(session, 10_000);
    replayAll(replay);
    assertEquals(
        ErrorCode.INDEX_UNAVAILABLE, assertThrows(BackpackException.class, replay::flush).code());
    assertTrue(session.replayed().get() > 0, "the others were applied");
    for (int volume = 1; volume <= VOLUMES; volume++) {
      Response at = rig.command(Command.HGET, "bp:{n1}:ckpt", Integer.toString(volume));
      assertTrue(at == null || at.toLong() == 0, "volume " + volume + " at " + at);
    }
    rig.command(Command.DEL, broken);
    rig.ready(0);
    assertEquals(3_000, rig.index.stats().getJsonObject("catch_up").getInteger("done"));
  }

  @Test
  void anEmptyKeyspaceGetsTheBucketsItWillNeedAndOneWithEntriesKeepsIts() {
    Keyspace keyspace = new Keyspace("n1", IndexRig.COOKIE);
    Session session = claimed();
    Keyspace.Shape room = await(keyspace.makeRoom(rig.side(), session.epoch(), 64_001));
    assertEquals(1001, room.buckets());
    List<NeedleEntry> few = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      few.add(FakeNeedleLog.photo("n" + i, 1));
    }
    rig.log.append(1, few);
    rig.ready(0);
    assertEquals(1001, rig.index.stats().getLong("buckets"));
    assertEquals(1, rig.version("n77"));
    Session next = claimed();
    assertEquals(1001, await(keyspace.makeRoom(rig.side(), next.epoch(), 9)).buckets());
    assertTrue(Keyspace.Shape.roomFor(0).buckets() == 1);
  }

  private Session claimed() {
    Session session = new Session(1);
    session.claimed(await(new Keyspace("n1", IndexRig.COOKIE).claim(rig.side(), session.epoch())));
    return session;
  }

  private SortedReplay replay(Session session, int chunk) {
    NameHash hash = SipHash.NAMES;
    Applier applier =
        new Applier(rig.side(), new Keyspace("n1", IndexRig.COOKIE), hash, new LocationCache(100));
    applier.log(rig.log);
    return new SortedReplay(applier, hash, session, new CallWindow(IndexRig.TIMEOUT), chunk);
  }

  private void replayAll(SortedReplay replay) throws IOException {
    for (int volume = 1; volume <= VOLUMES; volume++) {
      rig.log.replay(volume, 0, replay::add);
    }
  }
}
