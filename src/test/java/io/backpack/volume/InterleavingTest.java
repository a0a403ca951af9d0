package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Appends, deletes, rolls, compactions, verifications, reads and replays of many threads at the
 * same time. Bytes are made from name and version, so each reader can tell what it got.
 */
class InterleavingTest {
  private static final long MILLIS = 3000;
  private static final int NAMES = 24;
  private static final int WRITERS = 4;
  private static final int READERS = 4;
  private static final int LARGEST = 3000;

  @TempDir Path temp;
  private final long seed = System.nanoTime();
  private final MemoryIndex index = new MemoryIndex();
  private final AtomicLongArray begun = new AtomicLongArray(NAMES);
  private final AtomicLongArray acknowledged = new AtomicLongArray(NAMES);
  private final AtomicLong reads = new AtomicLong();
  private final AtomicLong replays = new AtomicLong();
  private final AtomicLong made = new AtomicLong();
  private final AtomicLong verified = new AtomicLong();
  private final AtomicBoolean stop = new AtomicBoolean();
  private VolumeSet set;

  private interface Task {
    void run(Random random) throws Exception;
  }

  @Test
  void everyReaderSeesWhatWasAcknowledgedOrIsUnderWay() throws Exception {
    set = VolumeSet.open(Engine.settings(100_000, temp.resolve("one"), temp.resolve("two")), index);
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      int first = i;
      tasks.add(random -> write(first, random));
    }
    for (int i = 0; i < READERS; i++) {
      long[] seen = new long[NAMES];
      tasks.add(random -> read(seen, random));
    }
    tasks.add(random -> replay());
    tasks.add(this::compact);
    tasks.add(this::compact);
    tasks.add(this::verify);
    ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < tasks.size(); i++) {
        Task task = tasks.get(i);
        Random random = new Random(seed + i);
        running.add(threads.submit(() -> loop(task, random)));
      }
      for (Future<?> each : running) {
        each.get(MILLIS + 30_000, TimeUnit.MILLISECONDS);
      }
    } catch (Exception e) {
      throw new AssertionError("seed " + seed, e);
    } finally {
      stop.set(true);
      threads.shutdownNow();
      set.close();
    }
    assertTrue(
        made.get() > 4 && verified.get() > 4, made + " compacted, " + verified + " verified");
    assertEquals(List.of(), set.damage());
    assertTrue(reads.get() > 100 && replays.get() > 2, reads + " reads, " + replays + " replays");
    MemoryIndex rebuilt = new MemoryIndex();
    try (VolumeSet again =
        VolumeSet.open(Engine.settings(100_000, temp.resolve("one"), temp.resolve("two")), index)) {
      rebuilt.catchUp(again);
      assertEquals(index.entries(), rebuilt.entries());
    }
  }

  private Void loop(Task task, Random random) throws Exception {
    long end = System.nanoTime() + MILLIS * 1_000_000;
    try {
      while (!stop.get() && System.nanoTime() < end) {
        task.run(random);
      }
    } catch (Exception | AssertionError e) {
      stop.set(true);
      throw e;
    }
    return null;
  }

  private static byte[] bytes(int name, long version) {
    return Engine.bytes(1 + (int) (version * 31 % LARGEST), name * 1_000_003L + version);
  }

  /** Names are split between the writers: only one raises a version. */
  private void write(int writer, Random random) {
    int name = writer + WRITERS * random.nextInt(NAMES / WRITERS);
    long version = begun.incrementAndGet(name);
    if (version % 5 == 0) {
      Engine.delete(set, "n" + name, version);
    } else {
      Engine.put(set, "n" + name, version, bytes(name, version));
    }
    acknowledged.set(name, version);
  }

  private void read(long[] seen, Random random) {
    int name = random.nextInt(NAMES);
    long atLeast = Math.max(seen[name], acknowledged.get(name));
    NeedleEntry entry = index.get(PhotoName.of("n" + name));
    if (entry == null) {
      assertEquals(0, atLeast);
      return;
    }
    long version = entry.version().bits();
    assertTrue(version >= atLeast, () -> version + " after " + atLeast);
    assertTrue(version <= begun.get(name));
    assertEquals(version % 5 == 0, entry.tombstone());
    StoredNeedle needle;
    try {
      needle = set.read(entry.location());
    } catch (BackpackException moved) {
      assertFalse(set.lists(entry.location().volume()), moved::toString);
      return; // Looked up before a compaction; asked again it is elsewhere.
    }
    assertEquals(version, needle.version().bits());
    if (!entry.tombstone()) {
      assertEquals(ByteBuffer.wrap(bytes(name, version)), needle.data());
    }
    seen[name] = version;
    reads.incrementAndGet();
  }

  /** Any sealed volumes of a directory, sometimes the one that is open. */
  private void compact(Random random) {
    List<VolumeInfo> volumes = set.volumes();
    if (volumes.isEmpty()) {
      return;
    }
    VolumeInfo one = volumes.get(random.nextInt(volumes.size()));
    try {
      if (!one.sealed()) {
        Engine.await(set.roll(one.id()));
      }
      List<Integer> sources =
          volumes.stream()
              .filter(each -> each.sealed() && each.dir().equals(one.dir()))
              .filter(each -> each.id() == one.id() || random.nextInt(3) == 0)
              .map(VolumeInfo::id)
              .toList();
      if (!sources.isEmpty()) {
        CompactionResult result = set.compact(sources, Pace.UNLIMITED);
        assertEquals(sources, result.retired(), result::toString);
        made.addAndGet(sources.size());
      }
    } catch (BackpackException e) {
      boolean other = e.code() == ErrorCode.OVERLOADED || e.code() == ErrorCode.NOT_FOUND;
      assertTrue(other, e::toString); // The other thread compacts here, or was there before.
    }
  }

  private void verify(Random random) {
    List<VolumeInfo> volumes = set.volumes();
    if (volumes.isEmpty()) {
      return;
    }
    int id = volumes.get(random.nextInt(volumes.size())).id();
    try {
      VerifyReport report = set.verify(id, Pace.UNLIMITED);
      assertTrue(report.sound() && report.healed(), report::toString);
      verified.incrementAndGet();
    } catch (BackpackException e) {
      assertFalse(set.lists(id), e::toString);
    }
  }

  /** As for an index that was lost: what was acknowledged before is in every replay. */
  private void replay() throws Exception {
    long[] before = new long[NAMES];
    for (int name = 0; name < NAMES; name++) {
      before[name] = acknowledged.get(name);
    }
    List<NeedleLog.Extent> listed = set.extents();
    MemoryIndex rebuilt = new MemoryIndex();
    try {
      rebuilt.catchUp(set);
    } catch (BackpackException | IOException moved) {
      assertFalse(listed.stream().allMatch(each -> set.lists(each.volume())), moved::toString);
    }
    if (!listed.stream().allMatch(each -> set.lists(each.volume()))) {
      return; // What a compaction moved meanwhile may be in a volume that was not listed then.
    }
    for (int name = 0; name < NAMES; name++) {
      NeedleEntry entry = rebuilt.get(PhotoName.of("n" + name));
      long found = entry == null ? 0 : entry.version().bits();
      assertTrue(found >= before[name], "n" + name + ": " + found + " after " + before[name]);
    }
    replays.incrementAndGet();
  }
}
