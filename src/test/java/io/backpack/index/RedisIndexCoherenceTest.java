package io.backpack.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.redis.client.Command;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Readers and writers at the same time, while Redis is emptied and connections are cut: nobody may
 * see less than what was acknowledged before he asked.
 */
class RedisIndexCoherenceTest {
  private static final int NAMES = 60;
  private static final int WRITERS = 2;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(ints = {0, 16, 10_000})
  void whatWasAcknowledgedIsSeen(int cacheEntries) throws Exception {
    long seed = 4711L + cacheEntries;
    AtomicLongArray acknowledged = new AtomicLongArray(NAMES);
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger written = new AtomicInteger();
    AtomicInteger read = new AtomicInteger();
    List<String> wrong = Collections.synchronizedList(new ArrayList<>());
    try (IndexRig rig = new IndexRig(directory)) {
      rig.ready(cacheEntries);
      List<Thread> threads = new ArrayList<>();
      for (int w = 0; w < WRITERS; w++) {
        int writer = w;
        Random random = new Random(seed + w);
        threads.add(
            new Thread(
                () -> {
                  for (long version = 1; !done.get(); version++) {
                    // The names of a writer are its own, as the store sees to it.
                    int name = random.nextInt(NAMES / WRITERS) * WRITERS + writer;
                    try {
                      rig.write(
                          1 + writer,
                          random.nextInt(4) == 0
                              ? FakeNeedleLog.tombstone("n" + name, version)
                              : FakeNeedleLog.entry("n" + name, version, false, true, false, 0));
                      acknowledged.set(name, version);
                      written.incrementAndGet();
                    } catch (BackpackException e) {
                      assertEquals(ErrorCode.INDEX_UNAVAILABLE, e.code());
                      // What failed is on the disk all the same, and a disk has its speed.
                      LockSupport.parkNanos(2_000_000);
                    }
                  }
                }));
      }
      for (int r = 0; r < 2; r++) {
        Random random = new Random(seed + 100 + r);
        threads.add(
            new Thread(
                () -> {
                  while (!done.get()) {
                    int name = random.nextInt(NAMES);
                    long floor = acknowledged.get(name);
                    try {
                      Optional<Lookup> found = rig.lookup("n" + name);
                      long seen = found.map(lookup -> lookup.version().bits()).orElse(0L);
                      if (seen < floor) {
                        wrong.add("n" + name + ": saw " + seen + " after " + floor);
                      }
                      read.incrementAndGet();
                    } catch (BackpackException e) {
                      assertEquals(ErrorCode.INDEX_UNAVAILABLE, e.code());
                    }
                  }
                }));
      }
      threads.forEach(Thread::start);
      try {
        for (int i = 0; i < 6; i++) {
          int enough = written.get() + 150;
          Awaitility.await()
              .atMost(Duration.ofSeconds(30))
              .pollInterval(Duration.ofMillis(5))
              .until(() -> written.get() > enough);
          if (i % 2 == 0) {
            rig.command(Command.FLUSHALL);
          } else {
            rig.command(Command.CLIENT, "KILL", "TYPE", "normal", "SKIPME", "yes");
          }
        }
        int enough = written.get() + 150;
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> written.get() > enough);
      } finally {
        done.set(true);
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(List.of(), wrong, "seed " + seed);
      rig.awaitReady();
      for (int name = 0; name < NAMES; name++) {
        long seen = rig.lookup("n" + name).map(found -> found.version().bits()).orElse(0L);
        assertTrue(seen >= acknowledged.get(name), "n" + name + ", seed " + seed);
      }
    }
    assertTrue(read.get() > 500, "only " + read + " reads");
  }

  @Test
  void aCachedNameIsAnsweredWithoutRedis() {
    try (IndexRig rig = new IndexRig(directory)) {
      rig.ready(100);
      rig.write(1, FakeNeedleLog.photo("written", 1), FakeNeedleLog.photo("asked", 2));
      rig.redis.kill();
      rig.awaitState(RedisIndex.State.DISCONNECTED);
      assertEquals(1, rig.version("written"));
      assertEquals(2, rig.version("asked"));
      rig.redis.start();
      rig.awaitReady();
      rig.write(1, FakeNeedleLog.tombstone("asked", 3));
      rig.redis.kill();
      rig.awaitState(RedisIndex.State.DISCONNECTED);
      assertTrue(rig.lookup("asked").orElseThrow().tombstone());
    }
  }
}
