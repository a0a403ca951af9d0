package io.backpack.index;

import static io.backpack.index.FakeNeedleLog.entry;
import static io.backpack.index.FakeNeedleLog.photo;
import static io.backpack.index.FakeNeedleLog.tombstone;
import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import io.backpack.volume.IndexBatch;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleIndex.Outcome;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the index says while all is well. */
class RedisIndexTest {
  private static final long HIGH = 0xfedc_0000_0000_0000L;

  @TempDir Path directory;
  private IndexRig rig;

  @BeforeEach
  void start() {
    rig = new IndexRig(directory);
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  @Test
  void findsWhatWasAppliedAndKnowsWhatWasNot() {
    rig.ready(0);
    IndexBatch batch = rig.log.append(1, photo("a", 5), photo("b/c.jpg", 6));
    List<Outcome> outcomes = await(rig.applying(batch));
    assertEquals(
        List.of(new Outcome(true, new Version(5)), new Outcome(true, new Version(6))), outcomes);
    assertEquals(
        Optional.of(new Lookup(new Version(6), false, 0, batch.entries().get(1).location())),
        rig.lookup("b/c.jpg"));
    assertEquals(Optional.empty(), rig.lookup("c"));
    rig.write(1, tombstone("a", 7));
    assertTrue(rig.lookup("a").orElseThrow().tombstone());
    assertEquals(1L, rig.index.stats().getLong("photos"));
    assertEquals(1L, rig.index.stats().getLong("tombstones"));
    assertEquals(0L, rig.index.stats().getLong("lag_bytes"));
  }

  @Test
  void theHighestVersionWinsWhateverTheOrder() {
    rig.ready(0);
    // The halves are compared as unsigned numbers: the sign bit and each half decide in turn.
    long[] rising = {1, 0xffff_ffffL, 1L << 32, 0x7fff_ffff_ffff_ffffL, HIGH, HIGH + 1, -1};
    Random random = new Random(7);
    for (int round = 0; round < 30; round++) {
      String name = "n" + round;
      long highest = 0;
      for (int i = 0; i < 12; i++) {
        long version = rising[random.nextInt(rising.length)];
        boolean won = rig.write(1, photo(name, version)).get(0).won();
        // Of equal ones the later place wins, which is this one.
        assertEquals(
            Long.compareUnsigned(version, highest) >= 0, won, "seed 7, " + name + " at " + i);
        highest = Long.compareUnsigned(version, highest) > 0 ? version : highest;
        assertEquals(highest, rig.version(name));
      }
    }
  }

  @Test
  void ofEqualVersionsATombstoneBeatsAPhotoAndALaterNeedleAnEarlierOne() {
    rig.ready(0);
    rig.write(1, photo("a", HIGH));
    IndexBatch same = rig.log.append(1, photo("a", HIGH));
    assertEquals(new Outcome(true, new Version(HIGH)), await(rig.applying(same)).get(0));
    IndexBatch repair = rig.log.append(1, entry("a", HIGH, false, true, false, 1));
    assertTrue(await(rig.applying(repair)).get(0).won());
    assertEquals(repair.entries().get(0).location(), rig.lookup("a").orElseThrow().location());
    IndexBatch delete = rig.log.append(1, tombstone("a", HIGH));
    assertTrue(await(rig.applying(delete)).get(0).won());
    assertEquals(delete.entries().get(0).location(), rig.lookup("a").orElseThrow().location());
    assertFalse(rig.write(1, entry("a", HIGH, false, true, false, 1)).get(0).won());
    assertFalse(rig.write(1, photo("a", HIGH)).get(0).won());
    assertTrue(rig.lookup("a").orElseThrow().tombstone());
    assertEquals(1L, rig.index.stats().getLong("tombstones"));
    assertTrue(rig.write(1, photo("a", HIGH + 1)).get(0).won());
    assertEquals(0L, rig.index.stats().getLong("tombstones"));
    assertEquals(1L, rig.index.stats().getLong("photos"));
  }

  @Test
  void volumesAreFoundWithTheirWholeNumberAndLargeOffsets() {
    rig.ready(100);
    int volume = 0xfe_00_00_07;
    IndexBatch batch = rig.log.append(volume, photo("a", 5));
    await(rig.applying(batch));
    assertEquals(batch.entries().get(0).location(), rig.lookup("a").orElseThrow().location());
    rig.command(Command.CLIENT, "KILL", "TYPE", "normal");
    rig.awaitReady();
    assertEquals(batch.entries().get(0).location(), rig.lookup("a").orElseThrow().location());
  }

  @Test
  void collidedNamesAreKeptUnderTheirFullName() {
    rig.ready(name -> name.value().charAt(0), 100);
    rig.write(1, photo("apple", 5));
    // The store reads apple's needle where it looked for avocado, and so knows of the collision.
    assertEquals(5, rig.version("avocado"));
    assertEquals(Optional.empty(), await(rig.index.lookupCollided(PhotoName.of("avocado"))));
    assertTrue(rig.write(1, entry("avocado", 3, false, false, true, 0)).get(0).won());
    assertEquals(5, rig.version("apple"));
    assertEquals(
        3, await(rig.index.lookupCollided(PhotoName.of("avocado"))).orElseThrow().version().bits());
    assertFalse(rig.write(1, entry("avocado", 2, false, true, true, 0)).get(0).won());
    assertTrue(rig.write(1, entry("avocado", 4, true, true, true, 0)).get(0).won());
    assertTrue(await(rig.index.lookupCollided(PhotoName.of("avocado"))).orElseThrow().tombstone());
    assertEquals(1L, rig.index.stats().getLong("collisions"));
    assertEquals(1L, rig.index.stats().getLong("photos"));
    // Nothing under the hash, but there are collided names: the full name is asked for as well.
    rig.write(1, entry("berry", 9, false, false, true, 0));
    assertEquals(9, rig.version("berry"));
    assertEquals(Optional.empty(), rig.lookup("cherry"));
  }

  @Test
  void aLargeBatchIsAppliedInPieces() {
    rig.ready(0);
    List<NeedleEntry> many = new ArrayList<>();
    for (int i = 0; i < 3 * Applier.MAX_ENTRIES + 17; i++) {
      many.add(photo("n" + i, i + 1));
    }
    List<Outcome> outcomes = rig.write(1, many);
    assertEquals(many.size(), outcomes.size());
    for (int i = 0; i < many.size(); i++) {
      assertEquals(new Outcome(true, new Version(i + 1)), outcomes.get(i));
    }
    assertEquals(many.size(), rig.index.stats().getLong("photos"));
    rig.write(1, photo("after", 1));
    assertEquals(1, rig.version("after"));
  }

  @Test
  void batchesOfOneVolumeMayFollowEachOtherWithoutWaiting() {
    rig.ready(0);
    List<Future<List<Outcome>>> answers = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      answers.add(rig.applying(rig.log.append(1 + i % 3, photo("n" + i, i + 1))));
    }
    answers.forEach(answer -> assertTrue(await(answer).get(0).won()));
  }

  @Test
  void lookupsNeverMissWhileBucketsAreSplit() throws InterruptedException {
    long seed = 20_240_611;
    rig.ready(0);
    AtomicInteger written = new AtomicInteger();
    AtomicBoolean done = new AtomicBoolean();
    List<String> misses = Collections.synchronizedList(new ArrayList<>());
    AtomicInteger asked = new AtomicInteger();
    List<Thread> readers = new ArrayList<>();
    for (int r = 0; r < 2; r++) {
      Random random = new Random(seed + r);
      Thread reader =
          new Thread(
              () -> {
                while (!done.get()) {
                  int known = written.get();
                  if (known == 0) {
                    continue;
                  }
                  List<Future<Optional<Lookup>>> answers = new ArrayList<>();
                  List<Integer> numbers = new ArrayList<>();
                  for (int i = 0; i < 20; i++) {
                    int number = random.nextInt(known);
                    numbers.add(number);
                    answers.add(rig.index.lookup(PhotoName.of("n" + number)));
                  }
                  for (int i = 0; i < answers.size(); i++) {
                    Optional<Lookup> found = await(answers.get(i));
                    if (found.isEmpty() || found.get().version().bits() != numbers.get(i) + 1) {
                      misses.add("n" + numbers.get(i) + " is " + found);
                    }
                    asked.incrementAndGet();
                  }
                }
              });
      reader.start();
      readers.add(reader);
    }
    int total = 20_000;
    List<Future<List<Outcome>>> window = new ArrayList<>();
    for (int from = 0; from < total; from += 50) {
      List<NeedleEntry> batch = new ArrayList<>();
      for (int i = from; i < from + 50; i++) {
        batch.add(photo("n" + i, i + 1));
      }
      window.add(rig.applying(rig.log.append(1, batch)));
      if (window.size() == 4) {
        window.forEach(each -> await(each));
        window.clear();
        written.set(from + 50);
      }
    }
    window.forEach(each -> await(each));
    done.set(true);
    for (Thread reader : readers) {
      reader.join();
    }
    assertEquals(List.of(), misses, "seed " + seed);
    assertTrue(asked.get() > 500, "only " + asked + " look-ups");
    long buckets = rig.index.stats().getLong("buckets");
    assertTrue(buckets >= total / Keyspace.TARGET, "only " + buckets + " buckets");
  }

  @Test
  void thePlaceOfANameIsWhereRedisHasItsEntry() {
    rig.ready(0);
    List<NeedleEntry> many = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      many.add(photo("n" + i, i + 1));
    }
    rig.write(1, many);
    for (int i = 0; i < 300; i += 23) {
      IndexPlace place = rig.index.place(PhotoName.of("n" + i), false);
      byte[] field = HexFormat.of().parseHex(place.field().replace("\\x", ""));
      Request get = Request.cmd(Command.HGET).arg(place.key()).arg(field);
      byte[] value = await(rig.side().send(get)).toBytes();
      assertEquals(i + 1, IndexValue.read(value).version().bits());
    }
    IndexPlace named = rig.index.place(PhotoName.of("a b"), true);
    assertEquals(new IndexPlace("bp:{n1}:names", "a b"), named);
  }

  @Test
  void bucketsStayInTheCompactEncodingAndPhotosCostLittle() {
    rig.ready(0);
    long before = rig.usedMemory();
    int total = 100_000;
    for (int from = 0; from < total; from += 5000) {
      List<NeedleEntry> batch = new ArrayList<>();
      for (int i = from; i < from + 5000; i++) {
        batch.add(photo("photo-" + i + "-of-20-b", 1L << 40 | i));
      }
      rig.write(1, batch);
    }
    double each = (rig.usedMemory() - before) / (double) total;
    System.out.printf("Redis memory per photo at %,d photos: %.1f bytes%n", total, each);
    assertTrue(each <= 45, each + " bytes a photo");
    for (long bucket = 0; bucket < rig.index.stats().getLong("buckets"); bucket += 13) {
      String encoding = rig.command(Command.OBJECT, "ENCODING", "bp:{n1}:b" + bucket).toString();
      assertTrue(List.of("listpack", "ziplist").contains(encoding), encoding);
    }
  }
}
