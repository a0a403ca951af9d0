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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
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
      disk.failAlways(FaultyDisk.Operation.FORCE, FaultyDisk::isData);
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
      assertTrue(failed <= 3, "failed: " + failed);
      assertTrue(set.volumes().stream().allMatch(each -> each.dir().equals(good)));
    }
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
