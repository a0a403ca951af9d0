package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What ends a compaction early or keeps a source, and how it goes on. */
class CompactionKeepTest extends CompactionFixture {
  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** While its try block goes on. */
  private static void closeNow(VolumeSet set) {
    set.close();
  }

  @Test
  void aDamagedPhotoKeepsItsVolumeUntilItIsRepaired() throws Exception {
    try (VolumeSet set = open()) {
      int source = half(set);
      NeedleEntry hurt = index.get(Engine.name("p5"));
      Engine.flip(Volume.file(temp, source), hurt.location().offset() + 500);

      CompactionResult result = compact(set);
      assertTrue(result.retired().isEmpty());
      assertEquals(3, result.needlesMoved());
      assertTrue(result.kept().get(0).damaged(), result.toString());
      assertEquals(hurt, index.get(Engine.name("p5")));
      assertEquals(1, set.damage().size());
      assertTrue(set.compact(List.of(source), Pace.UNLIMITED).made().isEmpty(), "moved already");

      byte[] whole = Engine.bytes(1000, hurt.version().bits());
      ByteBuffer data = ByteBuffer.wrap(whole);
      Needle repair =
          new Needle(
              hurt.name(),
              hurt.version(),
              false,
              false,
              false,
              hurt.generation() + 1,
              "image/jpeg",
              Attributes.NONE,
              data,
              Bytes.crc(data));
      Engine.await(set.append(repair));
      assertEquals(List.of(source), set.compact(List.of(source), Pace.UNLIMITED).retired());
      assertTrue(set.damage().isEmpty(), "it is gone");
      ledger.check(set, index, "repaired");
      ledger.checkRebuilt(set, "rebuilt");
    }
  }

  @Test
  void aStretchThatNobodyKnowsKeepsItsVolume() throws Exception {
    try (VolumeSet set = open()) {
      int source = half(set);
      Location hurt = index.get(Engine.name("p5")).location();
      Engine.flip(Volume.file(temp, source), hurt.offset());
      Files.delete(Volume.logFile(temp, source));
      CompactionResult result = set.compact(List.of(source), Pace.UNLIMITED, PATIENCE);
      assertTrue(result.kept().get(0).damaged(), result.toString());
      assertEquals(3, result.needlesMoved());
      assertTrue(set.lists(source));
      CompactionResult again = set.compact(List.of(source), Pace.UNLIMITED, PATIENCE);
      assertEquals(1, again.kept().size());
    }
  }

  @Test
  void aLostVolumeGoesWhenAllOfItWasBroughtBack() throws Exception {
    int source;
    try (VolumeSet set = open()) {
      source = half(set);
    }
    Files.delete(Volume.file(temp, source));
    try (VolumeSet set = open()) {
      assertTrue(set.compact(List.of(source), Pace.UNLIMITED).kept().get(0).damaged());
      for (int i = 3; i < 10; i += 2) {
        ledger.put(set, "p" + i, 100);
      }
      assertEquals(List.of(source), set.compact(List.of(source), Pace.UNLIMITED).retired());
      ledger.check(set, index, "brought back");
    }
  }

  @Test
  void withoutRoomNothingIsBegun() throws Exception {
    try (VolumeSet set = open()) {
      int source = half(set);
      disk.usable(CompactionOutput.SPARE_BYTES + 4000);
      CompactionResult result = compact(set);
      assertEquals(ErrorCode.NO_SPACE, result.failure().orElseThrow().code());
      assertTrue(result.failure().get().getMessage().contains("" + temp), result.toString());
      assertTrue(result.made().isEmpty());
      assertEquals(source, result.kept().get(0).volume());
      disk.usable(CompactionOutput.SPARE_BYTES + 8000);
      assertEquals(List.of(source), compact(set).retired());
    }
  }

  @Test
  void aDiskThatFillsUpMeanwhileKeepsTheSource() throws Exception {
    try (VolumeSet set = open(64 << 20)) {
      for (int i = 0; i < 10; i++) {
        ledger.put(set, "p" + i, 1 << 20);
      }
      roll(set);
      AtomicInteger calls = new AtomicInteger();
      Pace filling =
          bytes -> {
            if (calls.incrementAndGet() == 6) {
              disk.usable(CompactionOutput.SPARE_BYTES);
            }
            return true;
          };
      CompactionResult result = set.compact(PhotoLedger.sealed(set), filling, PATIENCE);
      assertEquals(ErrorCode.NO_SPACE, result.failure().orElseThrow().code());
      assertTrue(result.retired().isEmpty());
      assertEquals(1, result.made().size());
      assertTrue(result.needlesMoved() > 0 && result.needlesMoved() < 10, result.toString());
      ledger.check(set, index, "full");
      disk.usable(Long.MAX_VALUE);
      CompactionResult again =
          set.compact(result.kept().stream().map(CompactionResult.Kept::volume).toList(), filling);
      assertEquals(1, again.retired().size());
      assertEquals(10, result.needlesMoved() + again.needlesMoved(), "it went on");
      ledger.check(set, index, "compacted");
    }
  }

  @Test
  void closingEndsACompactionInOrder() throws Exception {
    CompletableFuture<CompactionResult> running;
    int appended;
    List<Integer> listed;
    try (VolumeSet set = open(64 << 20)) {
      for (int i = 0; i < 10; i++) {
        ledger.put(set, "p" + i, 1 << 20);
      }
      roll(set);
      int source = PhotoLedger.ids(set).get(0);
      ledger.put(set, "later", 1000);
      appended = index.get(Engine.name("later")).location().volume();
      CountDownLatch moved = new CountDownLatch(6);
      running =
          CompletableFuture.supplyAsync(
              () ->
                  set.compact(
                      List.of(source),
                      bytes -> {
                        moved.countDown();
                        return true;
                      }));
      assertTrue(await(moved));
      closeNow(set);
      listed = PhotoLedger.ids(set);
      CompactionResult result = Engine.await(running);
      assertTrue(result.stopped() || result.retired().size() == 1, result.toString());
    }
    byte[] manifest = Files.readAllBytes(temp.resolve(Manifest.FILE));
    assertTrue(Manifest.decode(ByteBuffer.wrap(manifest)).orElseThrow().clean());
    MemoryIndex fresh = index.copy();
    try (VolumeSet set = VolumeSet.open(Engine.settings(64 << 20, temp), fresh)) {
      assertEquals(listed, PhotoLedger.ids(set));
      assertEquals(
          List.of(appended),
          set.volumes().stream().filter(each -> !each.sealed()).map(VolumeInfo::id).toList());
      fresh.catchUp(set);
      ledger.check(set, fresh, "reopened");
      ledger.put(set, "more", 100);
      assertEquals(appended, fresh.get(Engine.name("more")).location().volume(), "continued");
      CompactionResult rest = set.compact(PhotoLedger.sealed(set), Pace.UNLIMITED);
      assertTrue(rest.kept().isEmpty(), rest.toString());
      ledger.check(set, fresh, "compacted");
    }
    assertArrayEquals(
        manifestOf(temp), manifestAfterAnotherRun(temp), "a run that does nothing changes nothing");
  }

  private static byte[] manifestOf(Path dir) throws Exception {
    return Files.readAllBytes(dir.resolve(Manifest.FILE));
  }

  private static byte[] manifestAfterAnotherRun(Path dir) throws Exception {
    VolumeSet.open(Engine.settings(64 << 20, dir), new MemoryIndex()).close();
    return manifestOf(dir);
  }

  @Test
  void anIndexThatLacksNeedlesIsToldToReplayThem() throws Exception {
    try (VolumeSet set = open()) {
      int source = half(set);
      Location other = index.get(Engine.name("p0")).location();
      index.forget();
      index.catchUpOnly(set, other.volume());
      CompactionResult result = compact(set);
      assertEquals(ErrorCode.INDEX_UNAVAILABLE, result.failure().orElseThrow().code());
      assertTrue(result.retired().isEmpty() && result.made().isEmpty(), result.toString());
      index.catchUp(set);
      assertEquals(List.of(source), compact(set).retired());
      ledger.check(set, index, "compacted");
    }
  }

  @Test
  void anIndexThatFailsKeepsTheSource() throws Exception {
    try (VolumeSet set = open()) {
      int source = half(set);
      index.fail(true);
      CompactionResult result = compact(set);
      assertEquals(ErrorCode.INDEX_UNAVAILABLE, result.failure().orElseThrow().code());
      assertEquals(source, result.kept().get(0).volume());
      index.fail(false);
      index.beforeApply(() -> index.fail(true));
      CompactionResult lost = compact(set);
      assertEquals(ErrorCode.INDEX_UNAVAILABLE, lost.failure().orElseThrow().code());
      assertEquals(1, lost.made().size(), "on the disk, and not confirmed");
      index.beforeApply(() -> {});
      index.fail(false);
      index.catchUp(set);
      ledger.check(set, index, "caught up");
      CompactionResult rest = compact(set);
      assertTrue(rest.retired().contains(source), rest.toString());
      ledger.check(set, index, "compacted");
    }
  }
}
