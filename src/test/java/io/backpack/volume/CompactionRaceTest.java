package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Volumes are compacted again and again while photos are written, deleted and read. */
class CompactionRaceTest {
  private static final int ROUNDS = 15;
  private static final int WRITERS = 3;
  private static final int READERS = 2;
  private static final int NAMES = 25;

  private record Stored(long version, ByteBuffer data) {}

  @TempDir Path temp;
  private final MemoryIndex index = new MemoryIndex();
  private final Map<String, Stored> acknowledged = new ConcurrentHashMap<>();
  private final AtomicLong versions = new AtomicLong();
  private final AtomicBoolean over = new AtomicBoolean();

  @Test
  void nobodyNoticesACompaction() throws Exception {
    long seed = System.nanoTime();
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS + READERS);
    long moved = 0;
    try (VolumeSet set = VolumeSet.open(Engine.settings(200_000, temp), index)) {
      List<CompletableFuture<Void>> running = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        int writer = i;
        running.add(
            CompletableFuture.runAsync(
                () -> write(set, writer, new Random(seed + writer)), threads));
      }
      for (int i = 0; i < READERS; i++) {
        Random random = new Random(seed - 1 - i);
        running.add(CompletableFuture.runAsync(() -> read(set, random), threads));
      }
      try {
        for (int round = 0; round < ROUNDS; round++) {
          int first = firstVolume(set);
          do {
            Engine.await(set.roll(first));
          } while (PhotoLedger.sealed(set).isEmpty());
          CompactionResult result = set.compact(PhotoLedger.sealed(set), Pace.UNLIMITED);
          assertTrue(result.kept().isEmpty(), () -> "seed " + seed + ": " + result);
          moved += result.needlesMoved();
        }
      } finally {
        over.set(true);
        running.forEach(Engine::await);
      }
      assertTrue(moved > 0);
      assertTrue(set.damage().isEmpty(), () -> set.damage().toString());
      check(set, index, "seed " + seed);
      MemoryIndex rebuilt = new MemoryIndex();
      rebuilt.catchUp(set);
      check(set, rebuilt, "rebuilt, seed " + seed);
    } finally {
      over.set(true);
      threads.shutdown();
    }
  }

  private static int firstVolume(VolumeSet set) {
    while (set.volumes().isEmpty()) {
      Thread.onSpinWait();
    }
    return set.volumes().get(0).id();
  }

  private void write(VolumeSet set, int writer, Random random) {
    while (!over.get()) {
      String name = "w" + writer + "n" + random.nextInt(NAMES);
      long version = versions.incrementAndGet();
      if (random.nextInt(4) == 0) {
        Engine.delete(set, name, version);
        acknowledged.put(name, new Stored(version, ByteBuffer.allocate(0)));
      } else {
        byte[] data = Engine.bytes(1 + random.nextInt(5000), random.nextLong());
        Engine.put(set, name, version, data);
        acknowledged.put(name, new Stored(version, ByteBuffer.wrap(data)));
      }
    }
  }

  private void read(VolumeSet set, Random random) {
    while (!over.get()) {
      PhotoName name = Engine.name("w" + random.nextInt(WRITERS) + "n" + random.nextInt(NAMES));
      Stored before = acknowledged.get(name.toString());
      NeedleEntry entry = index.get(name);
      if (entry == null) {
        continue;
      }
      try {
        StoredNeedle needle = set.read(entry.location());
        assertEquals(entry.version(), needle.version());
        assertEquals(name, needle.name());
        assertTrue(before == null || needle.version().bits() >= before.version);
      } catch (BackpackException e) {
        if (e.code() != ErrorCode.MISSING || set.lists(entry.location().volume())) {
          throw e;
        }
        // Looked up before it was moved: the next look-up shows the new place.
      }
    }
  }

  private void check(VolumeSet set, MemoryIndex with, String where) {
    Map<PhotoName, NeedleEntry> entries = with.entries();
    assertEquals(acknowledged.size(), entries.size(), where);
    acknowledged.forEach(
        (name, stored) -> {
          NeedleEntry entry = entries.get(PhotoName.of(name));
          assertEquals(stored.version, entry.version().bits(), where + ": " + name);
          assertEquals(stored.data, set.read(entry.location()).data(), where + ": " + name);
        });
  }
}
