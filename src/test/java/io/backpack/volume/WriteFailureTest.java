package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The disk refuses: the writers are told, the volume is left, the next ones succeed elsewhere. */
class WriteFailureTest {
  @TempDir Path temp;
  private final MemoryIndex index = new MemoryIndex();
  private final FaultyDisk disk = new FaultyDisk();

  @ParameterizedTest
  @EnumSource(names = {"WRITE", "SHORT_WRITE", "FORCE"})
  void aFailureSealsTheVolumeAtItsDurableLength(FaultyDisk.Operation operation) throws Exception {
    Path dir = temp.resolve("running");
    byte[] data = Engine.bytes(1000, 1);
    Location before;
    Location after;
    try (VolumeSet set = VolumeSet.open(Engine.settings(dir), index, disk)) {
      before = Engine.put(set, "before", 1, data).location();
      disk.fail(operation, FaultyDisk::isData, 1);
      Engine.failure(ErrorCode.STORAGE_FAILED, set.append(Engine.photo("failed", 2, data)));
      assertEquals(before.end(), set.volumes().get(0).length());
      assertTrue(set.volumes().get(0).sealed());

      long size = Files.size(Engine.dataFile(dir, before));
      after = Engine.put(set, "after", 3, data).location();
      assertNotEquals(before.volume(), after.volume());
      assertEquals(size, Files.size(Engine.dataFile(dir, before)), "never written again");
      assertArrayEquals(data, Engine.read(set, before));
      assertArrayEquals(data, Engine.read(set, after));
      assertEquals(2, index.entries().size());
      Engine.crash(dir, temp.resolve("crashed"));
    }
    for (Path each : List.of(dir, temp.resolve("crashed"))) {
      MemoryIndex rebuilt = new MemoryIndex();
      try (VolumeSet set = Engine.open(each, rebuilt)) {
        rebuilt.catchUp(set);
        assertEquals(index.entries(), rebuilt.entries());
        assertTrue(set.damage().isEmpty());
      }
    }
  }

  @Test
  void aFailedSyncFailsAllOfItsBatch() {
    try (VolumeSet set = VolumeSet.open(Engine.settings(temp), index, disk)) {
      Engine.put(set, "first", 1, Engine.bytes(10, 1));
      CountDownLatch latch = new CountDownLatch(1);
      disk.holdForce(latch);
      List<CompletableFuture<Appended>> waiting = new ArrayList<>();
      waiting.add(set.append(Engine.photo("head", 1, Engine.bytes(10, 1))));
      for (int i = 0; i < 50; i++) {
        waiting.add(set.append(Engine.photo("p" + i, 1, Engine.bytes(10, i))));
      }
      disk.fail(FaultyDisk.Operation.FORCE, FaultyDisk::isData, 1);
      latch.countDown();
      long failed = 0;
      for (CompletableFuture<Appended> each : waiting) {
        try {
          Engine.await(each);
        } catch (BackpackException e) {
          assertEquals(ErrorCode.STORAGE_FAILED, e.code());
          failed++;
        }
      }
      assertTrue(failed >= 1 && failed <= 51, "failed: " + failed);
      assertEquals(1 + 51 - failed, index.entries().size());
      Engine.put(set, "later", 1, Engine.bytes(10, 1));
    }
  }

  @Test
  void anIndexLogThatCannotBeWrittenFailsNobody() throws Exception {
    try (VolumeSet set = VolumeSet.open(Engine.settings(temp), index, disk)) {
      int first = Engine.put(set, "a", 1, Engine.bytes(10, 1)).location().volume();
      disk.fail(FaultyDisk.Operation.WRITE, FaultyDisk::isLog, 1);
      assertEquals(first, Engine.put(set, "b", 1, Engine.bytes(10, 2)).location().volume());
      assertNotEquals(first, Engine.put(set, "c", 1, Engine.bytes(10, 3)).location().volume());
      MemoryIndex rebuilt = new MemoryIndex();
      rebuilt.catchUp(set);
      assertEquals(index.entries(), rebuilt.entries());
    }
  }

  @Test
  void aDiskThatKeepsFailingIsTriedLessAndLess() {
    try (VolumeSet set = VolumeSet.open(Engine.settings(temp), index, disk)) {
      Location good = Engine.put(set, "a", 1, Engine.bytes(10, 1)).location();
      disk.failAlways(FaultyDisk.Operation.FORCE, file -> true);
      for (int i = 0; i < 100; i++) {
        Engine.failure(
            ErrorCode.STORAGE_FAILED, set.append(Engine.photo("p" + i, 1, Engine.bytes(10, i))));
      }
      assertTrue(disk.creates.get() < 40, "files made: " + disk.creates.get());
      assertEquals(0, set.freeBytes());
      assertArrayEquals(Engine.bytes(10, 1), Engine.read(set, good));
      assertEquals(1, set.volumes().size());
    }
  }

  @Test
  void aFailingDirectoryLeavesTheWorkToItsSibling() {
    Path bad = temp.resolve("bad");
    Path good = temp.resolve("good");
    try (VolumeSet set = VolumeSet.open(Engine.settings(bad, good), index, disk)) {
      disk.failAlways(
          FaultyDisk.Operation.WRITE, file -> FaultyDisk.isData(file) && file.startsWith(bad));
      int failed = 0;
      for (int i = 0; i < 50; i++) {
        try {
          Engine.put(set, "p" + i, 1, Engine.bytes(1000, i));
        } catch (BackpackException e) {
          failed++;
        }
      }
      assertEquals(0, failed);
      assertTrue(set.volumes().stream().allMatch(each -> each.dir().equals(good)));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "WRITE, closed", "CREATE, closed",
    "WRITE, crashed", "CREATE, crashed",
    "WRITE, without its log", "CREATE, without its log"
  })
  void aDiskThatIsFullAtTheStartIsReadAndLaterWritten(FaultyDisk.Operation operation, String how)
      throws Exception {
    Path running = temp.resolve("running");
    List<Location> photos = new ArrayList<>();
    try (VolumeSet set = VolumeSet.open(Engine.settings(running), index, disk)) {
      for (int i = 0; i < 20; i++) {
        photos.add(Engine.put(set, "p" + i, i + 1, Engine.bytes(1000, i)).location());
      }
      Engine.crash(running, temp.resolve("crashed"));
    }
    Path dir = how.equals("closed") ? running : temp.resolve("crashed");
    if (how.equals("without its log")) {
      Files.delete(Engine.logFile(dir, photos.get(0)));
    }
    byte[] manifest = Files.readAllBytes(dir.resolve(Manifest.FILE));
    byte[] data = Files.readAllBytes(Engine.dataFile(dir, photos.get(0)));
    disk.failAlways(operation, file -> true);
    VolumeSet.open(Engine.settings(dir), index, disk).close();
    MemoryIndex rebuilt = new MemoryIndex();
    Path crashed = temp.resolve("again");
    try (VolumeSet set = VolumeSet.open(Engine.settings(dir), rebuilt, disk)) {
      assertTrue(set.refused().isEmpty());
      rebuilt.catchUp(set);
      assertEquals(index.entries(), rebuilt.entries());
      for (int i = 0; i < photos.size(); i++) {
        assertArrayEquals(Engine.bytes(1000, i), Engine.read(set, photos.get(i)));
      }
      Engine.failure(ErrorCode.STORAGE_FAILED, set.append(Engine.photo("no", 98, data)));
      assertArrayEquals(manifest, Files.readAllBytes(dir.resolve(Manifest.FILE)));
      assertArrayEquals(data, Files.readAllBytes(Engine.dataFile(dir, photos.get(0))));

      disk.heal();
      Location later = Engine.put(set, "later", 99, Engine.bytes(1000, 99)).location();
      assertArrayEquals(Engine.bytes(1000, 99), Engine.read(set, later));
      assertEquals(photos.size() + 1, rebuilt.entries().size());
      Engine.crash(dir, crashed);
    }
    for (Path each : List.of(dir, crashed)) {
      MemoryIndex again = new MemoryIndex();
      try (VolumeSet set = Engine.open(each, again)) {
        again.catchUp(set);
        assertEquals(rebuilt.entries(), again.entries());
        assertTrue(set.damage().isEmpty());
      }
    }
  }

  @Test
  void aWriterSurvivesWhatFailsWhileItHandlesAFailure() {
    try (VolumeSet set = VolumeSet.open(Engine.settings(temp), index, disk)) {
      Engine.put(set, "a", 1, Engine.bytes(10, 1));
      disk.failAlways(FaultyDisk.Operation.WRITE, FaultyDisk::isData);
      disk.usable(
          () -> {
            throw new AssertionError("told to fail");
          });
      CompletableFuture<Appended> failed = set.append(Engine.photo("b", 2, Engine.bytes(10, 2)));
      Engine.failure(ErrorCode.STORAGE_FAILED, failed);
      disk.heal();
      disk.usable(Long.MAX_VALUE);
      Awaitility.await().ignoreExceptions().until(() -> put(set, "c"));
      assertEquals(2, index.entries().size());
    }
  }

  @Test
  void errorsOfTheIndexFailTheirWritersOnly() throws Exception {
    AtomicInteger failing = new AtomicInteger(5);
    index.beforeApply(
        () -> {
          if (failing.getAndDecrement() > 0) {
            throw new AssertionError("told to fail");
          }
        });
    try (VolumeSet set = VolumeSet.open(Engine.settings(temp), index, disk)) {
      for (int i = 0; i < 5; i++) {
        Engine.failure(
            ErrorCode.INDEX_UNAVAILABLE, set.append(Engine.photo("p" + i, 1, new byte[10])));
      }
      index.catchUp(set);
      assertTrue(put(set, "later"));
    }
  }

  private static boolean put(VolumeSet set, String name) {
    return Engine.put(set, name, 1, Engine.bytes(10, 1)).outcome().won();
  }

  @Test
  void anUnreadableSectorFailsItsReadOnly() {
    try (VolumeSet set = VolumeSet.open(Engine.settings(temp), index, disk)) {
      Location location = Engine.put(set, "a", 1, Engine.bytes(10, 1)).location();
      disk.fail(FaultyDisk.Operation.READ, FaultyDisk::isData, 1);
      Engine.failure(ErrorCode.DAMAGED, () -> set.read(location));
      assertEquals(1, set.damage().size());
      assertArrayEquals(Engine.bytes(10, 1), Engine.read(set, location));
    }
  }
}
