package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A compaction that is cut off, or refused, at each of its operations. */
class CompactionCrashTest {
  private static final long VOLUME = 40 << 10;
  private static final Duration PATIENCE = Duration.ofMillis(300);

  private record Picture(String when, Path dir, MemoryIndex index) {}

  @TempDir Path temp;
  private final PhotoLedger ledger = new PhotoLedger();
  private MemoryIndex index = new MemoryIndex();
  private MemoryIndex early;
  private List<Integer> sources;
  private Path base;

  /**
   * Two sealed volumes that are full of living, overwritten and deleted photos and of tombstones,
   * and an open one with a few more.
   */
  @BeforeEach
  void fill() {
    base = temp.resolve("base");
    try (VolumeSet set = VolumeSet.open(Engine.settings(VOLUME, base), index)) {
      for (int i = 0; i < 12; i++) {
        ledger.put(set, "a" + i, 3000);
      }
      ledger.delete(set, "a0");
      early = index.copy();
      Engine.await(set.roll(PhotoLedger.ids(set).get(0)));
      for (int i = 1; i < 6; i++) {
        ledger.put(set, "a" + i, 2000);
      }
      ledger.delete(set, "a7");
      ledger.delete(set, "never");
      for (int i = 0; i < 6; i++) {
        ledger.put(set, "b" + i, 4000);
      }
      Engine.await(set.roll(PhotoLedger.ids(set).get(1)));
      ledger.delete(set, "b0");
      ledger.put(set, "b1", 100);
      ledger.put(set, "a0", 700);
      sources = List.copyOf(PhotoLedger.ids(set).subList(0, 2));
    }
  }

  private VolumeSet open(Path dir, MemoryIndex with, Disk disk) throws Exception {
    VolumeSet set = VolumeSet.open(Engine.settings(VOLUME, dir), with, disk);
    with.catchUp(set);
    return set;
  }

  private void finish(VolumeSet set, MemoryIndex with, String when) throws Exception {
    List<Integer> left = PhotoLedger.ids(set).stream().filter(sources::contains).toList();
    if (!left.isEmpty()) {
      CompactionResult result = set.compact(left, Pace.UNLIMITED, PATIENCE);
      assertEquals(left, result.retired(), when + ": " + result);
    }
    assertTrue(set.damage().isEmpty(), () -> when + ": " + set.damage());
    ledger.check(set, with, when);
  }

  @Test
  void aCrashAtAnyStepLosesNothing() throws Exception {
    List<Picture> pictures = new ArrayList<>();
    StepDisk disk = new StepDisk();
    Path run = Engine.crash(base, temp.resolve("run"));
    try (VolumeSet set = open(run, index, disk)) {
      disk.hook(
          (step, file) -> {
            if (step.changes()) {
              String when = pictures.size() + " " + step + " " + file.getFileName();
              Path copy = Engine.crash(run, temp.resolve("step" + pictures.size()));
              pictures.add(new Picture(when, copy, index.copy()));
            }
          });
      MemoryIndex before = index.copy();
      CompactionResult result = set.compact(sources, Pace.UNLIMITED, PATIENCE);
      disk.hook((step, file) -> {});
      assertEquals(sources, result.retired(), result.toString());
      assertEquals(2, result.made().size(), "the output rolled over");
      pictures.add(new Picture("done", Engine.crash(run, temp.resolve("done")), index.copy()));
      ledger.check(set, index, "done");
      assertTrue(pictures.size() > 40, "steps: " + pictures.size());
      for (Picture picture : pictures) {
        check(picture, before);
      }
    }
  }

  private void check(Picture picture, MemoryIndex before) throws Exception {
    Map<String, MemoryIndex> indexes = new TreeMap<>();
    indexes.put("emptied", new MemoryIndex());
    indexes.put("rolled back", before.copy());
    indexes.put("rolled back far", early.copy());
    for (Map.Entry<String, MemoryIndex> each : indexes.entrySet()) {
      String when = picture.when + ", index " + each.getKey();
      try (VolumeSet set = open(picture.dir, each.getValue(), new JdkDisk())) {
        ledger.check(set, each.getValue(), when);
        assertTrue(set.damage().isEmpty(), () -> when + ": " + set.damage());
      }
    }
    try (VolumeSet set = open(picture.dir, picture.index, new JdkDisk())) {
      ledger.check(set, picture.index, picture.when);
      finish(set, picture.index, picture.when);
      ledger.checkRebuilt(set, picture.when);
    }
  }

  @Test
  void anOperationThatFailsOnceLosesNothing() throws Exception {
    failAtEach(false);
  }

  @Test
  void aDiskThatFailsForGoodLosesNothing() throws Exception {
    failAtEach(true);
  }

  private void failAtEach(boolean forGood) throws Exception {
    for (int n = 1; n < 1000; n++) {
      if (!failAt(n, forGood)) {
        assertTrue(n > 40, "operations: " + n);
        return;
      }
    }
    throw new AssertionError("it never ends");
  }

  /** False when there were fewer operations. */
  private boolean failAt(int nth, boolean forGood) throws Exception {
    StepDisk disk = new StepDisk();
    MemoryIndex with = index.copy();
    Path dir = Engine.crash(base, temp.resolve((forGood ? "good" : "once") + nth));
    AtomicInteger count = new AtomicInteger();
    StringBuilder when = new StringBuilder();
    try (VolumeSet set = open(dir, with, disk)) {
      disk.hook(
          (step, file) -> {
            if (forGood && !step.changes()) {
              return; // What cannot be read then is in memory.
            }
            int now = count.incrementAndGet();
            if (now == nth) {
              when.append(nth + " " + step + " " + file.getFileName());
            }
            if (now == nth || forGood && now > nth) {
              throw new IOException("told to fail: " + step);
            }
          });
      CompactionResult result = set.compact(sources, Pace.UNLIMITED, PATIENCE);
      disk.hook((step, file) -> {});
      assertEquals(2, result.retired().size() + result.kept().size(), result.toString());
      ledger.check(set, with, when.toString());
    }
    if (count.get() < nth) {
      return false;
    }
    MemoryIndex rebuilt = new MemoryIndex();
    try (VolumeSet set = open(dir, rebuilt, new JdkDisk())) {
      ledger.check(set, rebuilt, when.toString());
      finish(set, rebuilt, when.toString());
      assertFalse(PhotoLedger.ids(set).contains(sources.get(0)));
    }
    return true;
  }
}
