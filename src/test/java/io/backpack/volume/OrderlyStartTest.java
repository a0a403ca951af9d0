package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A start after an orderly stop takes the index log of the open volume as it was left. */
class OrderlyStartTest {
  /** Long names: the log has several times what is read of it at once. */
  private static final String NAME = "n".repeat(1000);

  private static final int PHOTOS = 1000;

  @TempDir private Path temp;
  private Path dir;
  private final MemoryIndex index = new MemoryIndex();

  @BeforeEach
  void name() {
    dir = temp.resolve("store");
  }

  private void photosThenAnOrderlyStop() {
    try (VolumeSet set = Engine.open(dir, index)) {
      List<CompletableFuture<Appended>> puts = new ArrayList<>();
      for (int i = 0; i < PHOTOS; i++) {
        puts.add(set.append(Engine.photo(NAME + i, i + 1, Engine.bytes(10, i))));
      }
      puts.forEach(Engine::await);
    }
  }

  private Path log() {
    return Volume.logFile(dir, Volume.id(1, 0));
  }

  /** Entries that a replay gives: by the log alone when the volume is gone. */
  private static int replayed(VolumeSet set) throws Exception {
    MemoryIndex rebuilt = new MemoryIndex();
    rebuilt.catchUp(set);
    return rebuilt.entries().size();
  }

  @Test
  void theLogIsNotReadThrough() throws Exception {
    photosThenAnOrderlyStop();
    AtomicInteger reads = new AtomicInteger();
    AtomicInteger changes = new AtomicInteger();
    StepDisk disk = new StepDisk();
    disk.hook(
        (step, file) -> {
          if (file.equals(log())) {
            reads.addAndGet(step == StepDisk.Step.READ ? 1 : 0);
            changes.addAndGet(step.changes() ? 1 : 0);
          }
        });
    try (VolumeSet set = VolumeSet.open(Engine.settings(dir), index, disk)) {
      assertEquals(2, reads.get(), "its first bytes and its last");
      assertEquals(0, changes.get());
      VolumeInfo open = set.volumes().get(0);
      assertFalse(open.sealed());
      assertEquals(PHOTOS, open.needles());
      assertEquals(PHOTOS, replayed(set));
      Appended next = Engine.put(set, "next", PHOTOS + 1, Engine.bytes(10, 0));
      assertEquals(open.length(), next.location().offset());
    }
    Files.delete(Volume.file(dir, Volume.id(1, 0)));
    try (VolumeSet set = Engine.open(dir, index)) {
      assertEquals(PHOTOS + 1, replayed(set), "the log tells all");
    }
  }

  @Test
  void aReplayPassesOverWhatWasReplayedBefore() throws Exception {
    photosThenAnOrderlyStop();
    int volume = Volume.id(1, 0);
    for (boolean damaged : new boolean[] {false, true}) {
      try (VolumeSet set = Engine.open(dir, index)) {
        List<NeedleEntry> all = replay(set, volume, 0);
        assertEquals(PHOTOS, all.size());
        for (int passed : new int[] {1, 2, 499, 500, 501, PHOTOS - 1, PHOTOS}) {
          long from = all.get(passed - 1).location().end();
          assertEquals(all.subList(passed, PHOTOS), replay(set, volume, from));
        }
      }
      if (!damaged) {
        Engine.flip(log(), Files.size(log()) / 2);
      }
    }
  }

  private static List<NeedleEntry> replay(VolumeSet set, int volume, long from) throws Exception {
    List<NeedleEntry> entries = new ArrayList<>();
    set.replay(volume, from, batch -> entries.addAll(batch.entries()) || batch.entries().isEmpty());
    return entries;
  }

  /** It is found by who reads it, and by the start after the next stop that is not orderly. */
  @Test
  void damageInsideTheLogLosesNothing() throws Exception {
    photosThenAnOrderlyStop();
    Engine.flip(log(), Files.size(log()) / 2);
    Path crashed;
    try (VolumeSet set = Engine.open(dir, index)) {
      assertEquals(PHOTOS, replayed(set));
      Engine.put(set, "next", PHOTOS + 1, Engine.bytes(10, 0));
      assertEquals(PHOTOS + 1, replayed(set));
      crashed = Engine.crash(dir, temp.resolve("crashed"));
    }
    try (VolumeSet set = Engine.open(crashed, new MemoryIndex())) {
      assertEquals(PHOTOS + 1, set.volumes().get(0).needles());
      assertEquals(PHOTOS + 1, replayed(set));
      assertTrue(set.damage().isEmpty());
    }
    Files.delete(Volume.file(crashed, Volume.id(1, 0)));
    try (VolumeSet set = Engine.open(crashed, new MemoryIndex())) {
      assertEquals(PHOTOS + 1, replayed(set), "the log was written anew");
    }
  }

  /** Whatever became of its end: it is then read, and the volume where it does not tell. */
  @Test
  void aLogWithAnotherEndIsReadThrough() throws Exception {
    photosThenAnOrderlyStop();
    long whole = Files.size(log());
    for (long end : new long[] {whole - 1, whole - 20, whole - 21, whole + 1}) {
      Path copy = Engine.crash(dir, temp.resolve("copy" + end));
      Path log = Volume.logFile(copy, Volume.id(1, 0));
      if (end < whole) {
        Engine.cut(log, end);
      } else {
        Engine.append(log, new byte[1]);
      }
      try (VolumeSet set = Engine.open(copy, new MemoryIndex())) {
        assertFalse(set.volumes().get(0).sealed());
        assertEquals(PHOTOS, replayed(set));
      }
    }
  }
}
