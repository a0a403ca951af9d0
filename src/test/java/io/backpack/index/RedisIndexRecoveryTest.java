package io.backpack.index;

import static io.backpack.index.FakeNeedleLog.entry;
import static io.backpack.index.FakeNeedleLog.photo;
import static io.backpack.index.FakeNeedleLog.tombstone;
import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.volume.IndexBatch;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleIndex.Outcome;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the index says, and does, when Redis was lost, emptied or set back. */
class RedisIndexRecoveryTest {
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
  void aNodeStartsWithoutRedisAndKnowsNothingUntilItComes() {
    rig.redis.kill();
    rig.log.append(1, photo("a", 5));
    rig.start(RedisIndex.create(rig.vertx, IndexRig.settings(rig.redis, IndexRig.TIMEOUT, 100)));
    assertEquals(RedisIndex.State.DISCONNECTED, rig.index.state());
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.lookup(PhotoName.of("a")));
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.lookupCollided(PhotoName.of("a")));
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.applying(rig.log.append(1, photo("b", 6))));
    rig.redis.start();
    rig.awaitReady();
    assertEquals(5, rig.version("a"));
    assertEquals(6, rig.version("b"));
    assertEquals(Optional.empty(), rig.lookup("c"));
  }

  @Test
  void anEmptiedKeyspaceIsNoticedAndRebuilt() {
    rig.ready(0);
    rig.writeMany(1, 0, 2000);
    rig.writeMany(2, 2000, 3000);
    rig.write(2, tombstone("n5", 9000));
    rig.command(Command.FLUSHALL);
    // Each look-up from now on either knows or says that it does not.
    for (int i = 0; i < 3000; i += 7) {
      try {
        assertEquals(i + 1, rig.version("n" + i));
      } catch (BackpackException e) {
        assertEquals(ErrorCode.INDEX_UNAVAILABLE, e.code());
      }
    }
    rig.awaitReady();
    for (int i = 0; i < 3000; i += 7) {
      assertEquals(i + 1, rig.version("n" + i));
    }
    assertTrue(rig.lookup("n5").orElseThrow().tombstone());
    assertEquals(2999L, rig.index.stats().getLong("photos"));
    rig.writeMany(1, 3000, 3010);
    assertEquals(3005, rig.version("n3004"));
  }

  @Test
  void aBatchThatFindsTheKeyspaceEmptiedFailsAndIsCaughtUp() {
    rig.ready(0);
    rig.writeMany(1, 0, 10);
    rig.command(Command.FLUSHALL);
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.applying(rig.log.append(1, photo("late", 99))));
    rig.awaitReady();
    assertEquals(99, rig.version("late"));
    assertEquals(4, rig.version("n3"));
  }

  @Test
  void whatRedisForgotInACrashIsReplayedAndNoDeleteIsUndone() throws Exception {
    rig.ready(0);
    rig.writeMany(1, 0, 100);
    Path copy = rig.backup();
    rig.awaitReady();
    rig.write(1, tombstone("n1", 500));
    rig.write(2, tombstone("n2", 500));
    rig.write(2, entry("n3", 600, false, true, false, 0));
    rig.write(1, photo("new", 700));

    // Let the gaps be read, then hold the replay: what is answered now, is answered in between.
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger replays = new AtomicInteger();
    rig.log.beforeReplay(
        () -> {
          if (replays.incrementAndGet() > 2) {
            awaitLatch(go);
          }
        });
    rig.crashBackTo(copy);
    Awaitility.await().until(() -> replays.get() == 3);
    assertEquals(RedisIndex.State.RECOVERING, rig.index.state());
    for (String name : List.of("n1", "n2", "n3", "new", "never")) {
      awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.lookup(PhotoName.of(name)));
    }
    assertEquals(5, rig.version("n4"));
    Future<List<Outcome>> refused = rig.applying(rig.log.append(1, tombstone("n4", 800)));
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, refused);
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.lookup(PhotoName.of("n4")));
    go.countDown();
    rig.awaitReady();
    assertTrue(rig.lookup("n1").orElseThrow().tombstone());
    assertTrue(rig.lookup("n2").orElseThrow().tombstone());
    assertTrue(rig.lookup("n4").orElseThrow().tombstone());
    assertEquals(600, rig.version("n3"));
    assertEquals(700, rig.version("new"));
    assertEquals(Optional.empty(), rig.lookup("never"));
    assertEquals(98L, rig.index.stats().getLong("photos"));
  }

  @Test
  void beforeTheGapsAreReadNothingIsAnswered() throws Exception {
    rig.ready(0);
    rig.writeMany(1, 0, 10);
    Path copy = rig.backup();
    rig.awaitReady();
    rig.write(1, tombstone("n1", 500));
    CountDownLatch go = new CountDownLatch(1);
    rig.log.beforeReplay(() -> awaitLatch(go));
    rig.crashBackTo(copy);
    Awaitility.await().until(() -> rig.index.detail().contains("catching up"));
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.lookup(PhotoName.of("n1")));
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.lookup(PhotoName.of("n2")));
    go.countDown();
    rig.awaitReady();
    assertTrue(rig.lookup("n1").orElseThrow().tombstone());
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aFrozenRedisFailsWritersAndWhatTheyWroteIsFoundLater() {
    rig.start(
            RedisIndex.create(
                rig.vertx, IndexRig.settings(rig.redis, Duration.ofMillis(300), 1000)))
        .awaitReady();
    rig.writeMany(1, 0, 10);
    rig.redis.freeze();
    Future<List<Outcome>> first = rig.applying(rig.log.append(1, photo("first", 50)));
    Future<List<Outcome>> second = rig.applying(rig.log.append(1, tombstone("n1", 51)));
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, first);
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, second);
    assertEquals(RedisIndex.State.DISCONNECTED, rig.index.state());
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.applying(rig.log.append(1, photo("third", 52))));
    // Cached before and not written since: still true. Written since: not known.
    assertEquals(3, rig.version("n2"));
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.lookup(PhotoName.of("n1")));
    rig.redis.thaw();
    rig.awaitReady();
    assertEquals(50, rig.version("first"));
    assertEquals(52, rig.version("third"));
    assertTrue(rig.lookup("n1").orElseThrow().tombstone());
    rig.write(1, photo("fourth", 53));
    assertEquals(53, rig.version("fourth"));
  }

  @Test
  void aCallOfAnOlderEpochIsRefused() {
    rig.ready(0);
    rig.writeMany(1, 0, 10);
    Keyspace keyspace = new Keyspace("n1", IndexRig.COOKIE);
    IndexBatch next = rig.log.append(1, photo("ghost", 50));
    BatchCodec.Encoded ghost = BatchCodec.encode(next.entries(), new long[] {1});
    awaitFailure(
        ErrorCode.INDEX_UNAVAILABLE,
        keyspace.apply(rig.side(), "0123456789abcdef", 1, next.from(), next.to(), ghost, true));
    awaitFailure(
        ErrorCode.INDEX_UNAVAILABLE, keyspace.forget(rig.side(), "0123456789abcdef", List.of(1)));
    assertEquals("10", rig.command(Command.HGET, "bp:{n1}:meta", "count").toString());
    assertEquals(11, await(rig.applying(next)).size() + 10);
  }

  @Test
  void aBatchThatDoesNotFollowTheCheckpointIsRefusedAndTheGapIsFilled() {
    rig.ready(0);
    rig.writeMany(1, 0, 10);
    rig.log.append(1, photo("skipped", 50));
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.applying(rig.log.append(1, photo("next", 51))));
    rig.awaitReady();
    assertEquals(50, rig.version("skipped"));
    assertEquals(51, rig.version("next"));
  }

  @Test
  void checkpointsThatPointToNothingAreVoid() {
    rig.ready(0);
    rig.writeMany(1, 0, 10);
    rig.writeMany(2, 10, 20);
    rig.writeMany(3, 20, 30);
    await(rig.index.close());
    rig.log.truncate(2, 5);
    rig.log.remove(3);
    rig.ready(0);
    assertEquals(null, rig.command(Command.HGET, "bp:{n1}:ckpt", "3"), "the volume is not listed");
    assertEquals(
        Long.toString(FakeNeedleLog.START + 5 * 104),
        rig.command(Command.HGET, "bp:{n1}:ckpt", "2").toString());
    assertEquals(13, rig.version("n12"));
    rig.write(2, photo("again", 99));
    assertEquals(99, rig.version("again"));
  }

  @Test
  void aFullRedisFailsWritersAndIsCaughtUpOnceItHasRoom() {
    rig.ready(0);
    rig.writeMany(1, 0, 10);
    rig.command(Command.CONFIG, "SET", "maxmemory", "1");
    BackpackException full =
        awaitFailure(
            ErrorCode.INDEX_UNAVAILABLE, rig.applying(rig.log.append(1, photo("late", 99))));
    assertTrue(full.getMessage().contains("OOM"), full.getMessage());
    Awaitility.await().until(() -> rig.index.detail().contains("OOM"));
    assertFalse(rig.index.state() == RedisIndex.State.READY);
    rig.command(Command.CONFIG, "SET", "maxmemory", "0");
    rig.awaitReady();
    assertEquals(99, rig.version("late"));
    assertEquals(4, rig.version("n3"));
  }

  @Test
  void whileRedisTakesNoWritesWhatItHasIsRead() {
    rig.ready(0);
    rig.writeMany(1, 0, 10);
    rig.command(Command.CONFIG, "SET", "maxmemory", "1");
    Future<List<Outcome>> sent = rig.applying(rig.log.append(1, tombstone("n1", 90)));
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, sent);
    Awaitility.await().until(() -> rig.index.state() == RedisIndex.State.RECOVERING);
    // The claims fail from now on, again and again.
    for (int round = 0; round < 3; round++) {
      String before = rig.command(Command.INFO, "errorstats").toString();
      Awaitility.await()
          .until(() -> !rig.command(Command.INFO, "errorstats").toString().equals(before));
      for (int i = 2; i < 10; i++) {
        int wanted = i + 1;
        if (i != 2 || round == 0) {
          assertEquals(wanted, rig.version("n" + i));
        }
      }
      awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.lookup(PhotoName.of("never")));
      awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.lookup(PhotoName.of("n1")));
      Future<List<Outcome>> refused = rig.applying(rig.log.append(1, tombstone("n2", 91 + round)));
      awaitFailure(ErrorCode.INDEX_UNAVAILABLE, refused);
      awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.lookup(PhotoName.of("n2")));
      assertEquals(RedisIndex.State.RECOVERING, rig.index.state());
    }
    rig.command(Command.CONFIG, "SET", "maxmemory", "0");
    rig.awaitReady();
    assertTrue(rig.lookup("n1").orElseThrow().tombstone());
    assertTrue(rig.lookup("n2").orElseThrow().tombstone());
    assertEquals(Optional.empty(), rig.lookup("never"));
    rig.write(1, photo("after", 99));
    assertEquals(99, rig.version("after"));
  }

  @Test
  void anErrorWhileCatchingUpIsTriedAgain() {
    rig.log.append(1, photo("a", 5));
    AtomicBoolean failed = new AtomicBoolean();
    rig.log.beforeReplay(
        () -> {
          if (failed.compareAndSet(false, true)) {
            throw new AssertionError("told to fail");
          }
        });
    rig.ready(0);
    assertTrue(failed.get());
    assertEquals(5, rig.version("a"));
  }

  @Test
  void aRedisThatFreezesBeforeTheClaimHoldsUpNoStart() {
    RedisIndex index =
        RedisIndex.create(rig.vertx, IndexRig.settings(rig.redis, Duration.ofMillis(300), 0));
    Awaitility.await()
        .until(() -> index.connected() && rig.command(Command.PING).toString().equals("PONG"));
    rig.redis.freeze();
    await(rig.starting(index));
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.lookup(PhotoName.of("a")));
    rig.redis.thaw();
    rig.awaitReady();
  }

  @Test
  void collidedNamesAreRebuiltInWhateverOrderTheyCome() {
    rig.ready(name -> name.value().charAt(0), 0);
    rig.write(2, photo("apple", 5));
    rig.write(1, entry("avocado", 3, false, false, true, 0));
    rig.write(3, entry("avocado", 4, true, true, true, 0));
    rig.command(Command.FLUSHALL);
    Awaitility.await()
        .ignoreExceptions()
        .until(() -> rig.lookup("apple").isPresent() && rig.version("apple") == 5);
    rig.awaitReady();
    assertEquals(5, rig.version("apple"));
    assertTrue(await(rig.index.lookupCollided(PhotoName.of("avocado"))).orElseThrow().tombstone());
    assertEquals(1L, rig.index.stats().getLong("collisions"));
  }

  @Test
  void moreLookupsThanMayBeUnderWayAreRefused() {
    rig.start(
            RedisIndex.create(
                rig.vertx,
                new RedisIndexSettings(
                    "n1", IndexRig.COOKIE, rig.redis.uri(), Duration.ofSeconds(20), 5, 0, 0)))
        .awaitReady();
    rig.redis.freeze();
    List<Future<Optional<Lookup>>> asked = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      asked.add(rig.index.lookup(PhotoName.of("n" + i)));
    }
    awaitFailure(ErrorCode.OVERLOADED, rig.index.lookup(PhotoName.of("n5")));
    rig.redis.thaw();
    asked.forEach(each -> assertEquals(Optional.empty(), await(each)));
    assertEquals(Optional.empty(), rig.lookup("n5"));
  }

  @Test
  void forgottenScriptsAreLoadedAgain() {
    rig.ready(0);
    rig.writeMany(1, 0, 10);
    rig.command(Command.SCRIPT, "FLUSH");
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.applying(rig.log.append(1, photo("late", 99))));
    rig.awaitReady();
    assertEquals(99, rig.version("late"));
  }

  @Test
  void itCatchesUpUnderSteadyWritesAndAtSpeed() throws Exception {
    int total = 200_000;
    List<NeedleEntry> many = new ArrayList<>();
    for (int i = 0; i < total; i++) {
      many.add(photo("n" + i, i + 1));
    }
    rig.log.append(1, many);
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger written = new AtomicInteger();
    RedisIndex index = rig.fresh();
    long begin = System.nanoTime();
    rig.start(index);
    Thread writer =
        new Thread(
            () -> {
              while (!done.get()) {
                int number = written.getAndIncrement();
                try {
                  rig.write(2, photo("w" + number, number + 1));
                } catch (BackpackException e) {
                  assertEquals(ErrorCode.INDEX_UNAVAILABLE, e.code());
                }
                // A disk would not sync faster than that either.
                LockSupport.parkNanos(100_000);
              }
            });
    writer.start();
    rig.awaitReady();
    long millis = (System.nanoTime() - begin) / 1_000_000;
    done.set(true);
    writer.join();
    System.out.printf(
        "caught up %,d entries in %d ms: %,d a second, %d written meanwhile%n",
        total, millis, total * 1000L / millis, written.get());
    rig.awaitReady();
    for (int i = 0; i < written.get(); i += 1 + written.get() / 500) {
      assertEquals(i + 1, rig.version("w" + i));
    }
    for (int i = 0; i < total; i += 997) {
      assertEquals(i + 1, rig.version("n" + i));
    }
    assertEquals(total + written.get(), rig.index.stats().getLong("photos"));
  }
}
