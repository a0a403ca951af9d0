package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import io.backpack.api.ImageInfo;
import io.backpack.api.Version;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a compaction moves and drops. */
class CompactionTest extends CompactionFixture {
  /** While its try block goes on. */
  private static void closeNow(VolumeSet set) {
    set.close();
  }

  @Test
  void whatLivesIsMovedAndTheRestGoesWithItsVolume() throws Exception {
    try (VolumeSet set = open()) {
      int source = half(set);
      Location old = index.get(Engine.name("p3")).location();
      long before = Files.size(Volume.file(temp, source));

      CompactionResult result = compact(set);

      assertEquals(List.of(source), result.retired());
      assertEquals(1, result.made().size());
      assertEquals(4, result.needlesMoved());
      assertEquals(6, result.needlesDropped());
      assertEquals(before, result.bytesRemoved());
      assertEquals(result.bytesDropped() + Volume.START, result.bytesFreed());
      assertTrue(result.kept().isEmpty() && result.failure().isEmpty() && !result.stopped());
      ledger.check(set, index, "compacted");
      ledger.checkRebuilt(set, "rebuilt");
      assertFalse(Files.exists(Volume.file(temp, source)));
      assertFalse(Files.exists(Volume.logFile(temp, source)));
      assertEquals(0, index.checkpoint(source));
      assertFalse(set.lists(source));
      assertTrue(set.extents().stream().noneMatch(each -> each.volume() == source));
      Engine.failure(ErrorCode.MISSING, () -> set.read(old));
      assertTrue(set.damage().isEmpty(), () -> set.damage().toString());
    }
    try (VolumeSet set = open()) {
      ledger.check(set, index, "after a restart");
    }
  }

  @Test
  void aNeedleKeepsAllItSaysButItsGeneration() throws Exception {
    Attributes attributes = Attributes.of(ImageInfo.of(640, 480, 6));
    ByteBuffer data = ByteBuffer.wrap(Engine.bytes(100_000, 1));
    try (VolumeSet set = open()) {
      Needle needle =
          new Needle(
              Engine.name("a"),
              new Version(5),
              false,
              true,
              true,
              3,
              "image/webp",
              attributes,
              data,
              Bytes.crc(data));
      Location old = Engine.await(set.append(needle)).location();
      StoredNeedle before = set.read(old);
      roll(set);
      compact(set);
      NeedleEntry entry = index.get(Engine.name("a"));
      assertEquals(
          new NeedleEntry(Engine.name("a"), new Version(5), false, true, true, 4, entry.location()),
          entry);
      StoredNeedle after = set.read(entry.location());
      assertEquals(before.contentType(), after.contentType());
      assertEquals(before.attributes().encoded(), after.attributes().encoded());
      assertEquals(Optional.of(640), after.attributes().image().map(ImageInfo::width));
      assertEquals(before.data(), after.data());
    }
  }

  @Test
  void tombstonesOutliveEveryCompaction() throws Exception {
    try (VolumeSet set = open()) {
      ledger.put(set, "a", 1000);
      roll(set);
      ledger.delete(set, "a");
      roll(set);
      for (int i = 0; i < 3; i++) {
        compact(set);
        ledger.check(set, index, "compacted");
        MemoryIndex rebuilt = ledger.checkRebuilt(set, "rebuilt");
        assertTrue(rebuilt.get(Engine.name("a")).tombstone());
      }
      assertEquals(1, set.volumes().size());
      assertEquals(1, set.volumes().get(0).needles());
    }
  }

  @Test
  void aVolumeWithoutAnythingThatLivesNeedsNoOutputAndNoRoom() throws Exception {
    try (VolumeSet set = open()) {
      ledger.put(set, "a", 1000);
      roll(set);
      ledger.put(set, "a", 1000);
      disk.usable(0);
      CompactionResult result = compact(set);
      assertEquals(1, result.retired().size());
      assertTrue(result.made().isEmpty());
      disk.usable(Long.MAX_VALUE);
      try (Stream<Path> files = Files.list(temp)) {
        assertEquals(2, files.filter(file -> file.toString().contains("data_")).count());
      }
    }
  }

  @Test
  void generationsEndAtTheLastOneAndNeedlesMoveOn() throws Exception {
    ByteBuffer data = ByteBuffer.wrap(Engine.bytes(1000, 1));
    try (VolumeSet set = open()) {
      Engine.await(
          set.append(
              new Needle(
                  Engine.name("a"),
                  new Version(1),
                  false,
                  false,
                  false,
                  NeedleEntry.MAX_GENERATION - 2,
                  "image/jpeg",
                  Attributes.NONE,
                  data,
                  Bytes.crc(data))));
      roll(set);
      for (int i = 0; i < 5; i++) {
        CompactionResult result = compact(set);
        assertEquals(1, result.retired().size(), result.toString());
      }
      NeedleEntry entry = index.get(Engine.name("a"));
      assertEquals(NeedleEntry.MAX_GENERATION, entry.generation());
      assertEquals(data, set.read(entry.location()).data());
      MemoryIndex rebuilt = new MemoryIndex();
      rebuilt.catchUp(set);
      assertEquals(entry, rebuilt.get(Engine.name("a")));
    }
  }

  @Test
  void smallVolumesBecomeOne() throws Exception {
    try (VolumeSet set = open()) {
      for (int i = 0; i < 5; i++) {
        ledger.put(set, "p" + i, 1000);
        roll(set);
      }
      List<CompactionPlan> plans =
          new CompactionPolicy(0.4, 8 << 20, 4)
              .choose(set.volumes(), Engine.await(index.deadBytes()));
      assertEquals(1, plans.size());
      assertEquals(CompactionPlan.Reason.SMALL, plans.get(0).reason());
      CompactionResult result = set.compact(plans.get(0).volumes(), Pace.UNLIMITED, PATIENCE);
      assertEquals(5, result.retired().size());
      assertEquals(1, set.volumes().size());
      ledger.check(set, index, "merged");
      ledger.checkRebuilt(set, "rebuilt");
    }
  }

  @Test
  void aPhotoLargerThanVolumesAreTodayIsMoved() throws Exception {
    try (VolumeSet set = open()) {
      ledger.put(set, "large", 200_000);
      ledger.put(set, "small", 100);
    }
    try (VolumeSet set = open(64 << 10)) {
      roll(set);
      CompactionResult result = compact(set);
      assertEquals(1, result.retired().size(), result.toString());
      assertEquals(2, result.made().size());
      ledger.check(set, index, "compacted");
    }
  }

  @Test
  void whatCannotBeCompactedIsRefusedWithTheReason() throws Exception {
    Path other = temp.resolve("other");
    try (VolumeSet set = VolumeSet.open(Engine.settings(temp.resolve("one"), other), index, disk)) {
      int here = Engine.put(set, "a", 1, Engine.bytes(10, 1)).location().volume();
      Engine.failure(ErrorCode.BAD_REQUEST, () -> compactOnly(set, here));
      Engine.failure(ErrorCode.BAD_REQUEST, () -> set.compact(List.of(), Pace.UNLIMITED));
      Engine.failure(ErrorCode.NOT_FOUND, () -> compactOnly(set, here + 1));
      Engine.failure(ErrorCode.NOT_FOUND, set.roll(here + 1));
      Engine.await(set.roll(here));
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch go = new CountDownLatch(1);
      CompletableFuture<CompactionResult> first =
          CompletableFuture.supplyAsync(
              () ->
                  set.compact(
                      List.of(here),
                      bytes -> {
                        inside.countDown();
                        return await(go);
                      }));
      assertTrue(await(inside));
      Engine.failure(ErrorCode.OVERLOADED, () -> compactOnly(set, here));
      go.countDown();
      assertEquals(List.of(here), Engine.await(first).retired());
      closeNow(set);
      int moved = index.get(Engine.name("a")).location().volume();
      Engine.failure(ErrorCode.NOT_READY, () -> compactOnly(set, moved));
    }
  }

  private static void compactOnly(VolumeSet set, int volume) {
    CompactionResult result = set.compact(List.of(volume), Pace.UNLIMITED, PATIENCE);
    throw new AssertionError("compacted: " + result);
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Test
  void thePaceHearsOfEveryByteAndEndsIt() throws Exception {
    try (VolumeSet set = open(64 << 20)) {
      for (int i = 0; i < 10; i++) {
        ledger.put(set, "p" + i, 1 << 20);
      }
      roll(set);
      int source = PhotoLedger.ids(set).get(0);
      CompactionResult stopped = set.compact(List.of(source), bytes -> false);
      assertTrue(stopped.stopped() && stopped.retired().isEmpty(), stopped.toString());
      AtomicLong seen = new AtomicLong();
      AtomicLong most = new AtomicLong();
      CompactionResult result =
          set.compact(
              List.of(source),
              bytes -> {
                seen.addAndGet(bytes);
                most.accumulateAndGet(bytes, Math::max);
                return true;
              });
      assertEquals(List.of(source), result.retired());
      assertEquals(2 * result.bytesMoved(), seen.get());
      assertTrue(most.get() <= 6 << 20, "at once: " + most);
    }
  }

  @Test
  void aReadThatIsUnderWayEndsBeforeTheFileCloses() throws Exception {
    try (VolumeSet set = open()) {
      int source = half(set);
      Location old = index.get(Engine.name("p3")).location();
      NeedleReader reader = set.openNeedle(old);
      CountDownLatch reading = new CountDownLatch(1);
      CountDownLatch go = new CountDownLatch(1);
      disk.hook(
          (step, file) -> {
            reading.countDown();
            await(go);
          });
      CompletableFuture<StoredNeedle> read = CompletableFuture.supplyAsync(() -> set.read(old));
      assertTrue(await(reading));
      CompletableFuture<Void> lets =
          CompletableFuture.runAsync(
              () -> {
                while (set.lists(source)) {
                  Thread.onSpinWait();
                }
                go.countDown();
              });
      disk.hook(
          (step, file) -> {
            if (step == StepDisk.Step.DELETE) {
              assertEquals(0, go.getCount(), "deleted while it was read");
            }
          });
      CompactionResult result = compact(set);
      assertEquals(List.of(source), result.retired());
      Engine.await(lets);
      assertEquals(1000, Engine.await(read).data().remaining());
      Engine.failure(ErrorCode.MISSING, () -> reader.readBlocks(0, 1000));
      assertTrue(set.damage().isEmpty(), () -> set.damage().toString());
    }
  }
}
