package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the engine promises while nothing is broken. */
class VolumeSetTest {
  @TempDir Path dir;
  private final MemoryIndex index = new MemoryIndex();

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 4096, (64 << 10) - 1, 64 << 10, (64 << 10) + 1, 1 << 20, 3 << 20})
  void aPhotoComesBackAsItWas(int size) {
    byte[] data = Engine.bytes(size, size);
    try (VolumeSet set = Engine.open(dir, index)) {
      Appended appended = Engine.put(set, "a/b.jpg", 5, data);

      StoredNeedle stored = set.read(appended.location());
      assertEquals(ByteBuffer.wrap(data), stored.data());
      assertEquals(Engine.name("a/b.jpg"), stored.name());
      assertEquals(new Version(5), stored.version());
      assertEquals("image/jpeg", stored.contentType());
      assertEquals(Bytes.crc(ByteBuffer.wrap(data)), stored.crc32c());
      assertFalse(stored.tombstone());
      assertEquals(new NeedleIndex.Outcome(true, new Version(5)), appended.outcome());
    }
  }

  @Test
  void readingTakesOneReadOfTheDisk() {
    FaultyDisk disk = new FaultyDisk();
    try (VolumeSet set = VolumeSet.open(Engine.settings(dir), index, disk)) {
      Location location = Engine.put(set, "a", 1, Engine.bytes(200_000, 1)).location();
      int before = disk.dataReads.get();
      assertEquals(200_000, set.read(location).data().remaining());
      assertEquals(before + 1, disk.dataReads.get());
      assertEquals(200_000, set.openNeedle(location).size());
      assertEquals(before + 2, disk.dataReads.get());
    }
  }

  @Test
  void readingGoesIntoTheCallersBuffer() {
    try (VolumeSet set = Engine.open(dir, index)) {
      byte[] data = Engine.bytes(1000, 1);
      Location location = Engine.put(set, "a", 1, data).location();
      ByteBuffer pooled = ByteBuffer.allocateDirect(5000).position(100);
      StoredNeedle stored = set.read(location, length -> pooled);
      assertTrue(stored.data().isDirect());
      assertEquals(ByteBuffer.wrap(data), stored.data());
      assertEquals(100 + location.length(), pooled.limit());
    }
  }

  @Test
  void theLongestNameAndTypeComeBack() {
    PhotoName name = PhotoName.of("x".repeat(PhotoName.MAX_BYTES));
    String type = "image/" + "y".repeat(Needle.MAX_CONTENT_TYPE - 6);
    ByteBuffer data = ByteBuffer.wrap(Engine.bytes(70_000, 1));
    Needle needle =
        new Needle(
            name,
            new Version(1),
            false,
            true,
            true,
            3,
            type,
            Attributes.NONE,
            data,
            Bytes.crc(data));
    try (VolumeSet set = Engine.open(dir, index)) {
      Location location = Engine.await(set.append(needle)).location();
      assertEquals(name, set.read(location).name());
      assertEquals(type, set.openNeedle(location).contentType());
      NeedleEntry entry = index.get(name);
      assertTrue(entry.supersedes() && entry.collided() && entry.generation() == 3);
    }
  }

  @Test
  void partsOfALargePhotoAreReadBlockByBlock() {
    byte[] data = Engine.bytes(1_000_000, 3);
    try (VolumeSet set = Engine.open(dir, index)) {
      NeedleReader reader = set.openNeedle(Engine.put(set, "a", 1, data).location());
      assertEquals(1_000_000, reader.size());
      assertEquals(Bytes.crc(ByteBuffer.wrap(data)), reader.crc32c());
      int[][] parts = {{0, 1}, {65_535, 2}, {65_536, 65_536}, {999_999, 1}, {0, 1_000_000}};
      for (int[] part : parts) {
        ByteBuffer expected = ByteBuffer.wrap(data, part[0], part[1]);
        assertEquals(expected, reader.readBlocks(part[0], part[1]), Arrays.toString(part));
      }
    }
  }

  @Test
  void aTombstoneIsANeedle() {
    try (VolumeSet set = Engine.open(dir, index)) {
      Engine.put(set, "a", 1, Engine.bytes(10, 1));
      Location location = Engine.delete(set, "a", 2).location();
      StoredNeedle stored = set.read(location);
      assertTrue(stored.tombstone());
      assertEquals(0, stored.data().remaining());
      assertTrue(set.openNeedle(location).tombstone());
      assertTrue(index.get(Engine.name("a")).tombstone());
    }
  }

  @Test
  void anOlderVersionLoses() {
    try (VolumeSet set = Engine.open(dir, index)) {
      Engine.put(set, "a", 9, Engine.bytes(10, 1));
      Appended late = Engine.put(set, "a", 3, Engine.bytes(10, 2));
      assertEquals(new NeedleIndex.Outcome(false, new Version(9)), late.outcome());
    }
  }

  @Test
  void whatWaitsSharesOneSync() {
    FaultyDisk disk = new FaultyDisk();
    try (VolumeSet set = VolumeSet.open(Engine.settings(dir), index, disk)) {
      Engine.put(set, "first", 1, Engine.bytes(10, 1));
      CountDownLatch latch = new CountDownLatch(1);
      disk.holdForce(latch);
      int before = disk.dataForces.get();
      List<CompletableFuture<Appended>> waiting = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        waiting.add(set.append(Engine.photo("p" + i, 1, Engine.bytes(100, i))));
      }
      latch.countDown();
      waiting.forEach(Engine::await);
      int syncs = disk.dataForces.get() - before;
      assertTrue(syncs >= 1 && syncs <= 5, "200 appends took " + syncs + " syncs");
      for (int i = 0; i < 200; i++) {
        Location location = waiting.get(i).join().location();
        assertArrayEquals(Engine.bytes(100, i), Engine.read(set, location));
      }
    }
  }

  @Test
  void theIndexLearnsOfNothingBeforeTheSync() {
    FaultyDisk disk = new FaultyDisk();
    try (VolumeSet set = VolumeSet.open(Engine.settings(dir), index, disk)) {
      Engine.put(set, "first", 1, Engine.bytes(10, 1));
      CountDownLatch latch = new CountDownLatch(1);
      disk.holdForce(latch);
      CompletableFuture<Appended> waiting = set.append(Engine.photo("a", 1, Engine.bytes(100, 1)));
      NeedleLog.Extent extent = set.extents().get(0);
      assertFalse(waiting.isDone());
      assertEquals(1, index.entries().size());
      assertEquals(index.checkpoint(extent.volume()), extent.end());
      latch.countDown();
      Engine.await(waiting);
      assertEquals(2, index.entries().size());
    }
  }

  @Test
  void theNextBatchIsWrittenWhileTheIndexIsBusy() {
    FaultyDisk disk = new FaultyDisk();
    try (VolumeSet set = VolumeSet.open(Engine.settings(dir), index, disk)) {
      Engine.put(set, "first", 1, Engine.bytes(10, 1));
      int before = disk.dataForces.get();
      CompletableFuture<Void> gate = new CompletableFuture<>();
      index.holdUntil(gate);
      CompletableFuture<Appended> one = set.append(Engine.photo("a", 1, Engine.bytes(9, 1)));
      Awaitility.await().until(() -> disk.dataForces.get() == before + 1);
      CompletableFuture<Appended> two = set.append(Engine.photo("b", 1, Engine.bytes(9, 1)));
      Awaitility.await().until(() -> disk.dataForces.get() == before + 2);
      assertFalse(one.isDone() || two.isDone());
      gate.complete(null);
      Engine.await(one);
      Engine.await(two);
    }
  }

  @Test
  void anIndexThatFailsCostsItsBatchOnly() throws Exception {
    try (VolumeSet set = Engine.open(dir, index)) {
      Engine.put(set, "a", 1, Engine.bytes(10, 1));
      index.fail(true);
      Engine.failure(
          ErrorCode.INDEX_UNAVAILABLE, set.append(Engine.photo("b", 1, Engine.bytes(10, 2))));
      index.fail(false);
      Engine.failure(
          ErrorCode.INDEX_UNAVAILABLE, set.append(Engine.photo("c", 1, Engine.bytes(10, 3))));
      index.catchUp(set);
      assertEquals(3, index.entries().size());
      Engine.put(set, "d", 1, Engine.bytes(10, 4));
      for (NeedleEntry entry : index.entries().values()) {
        assertEquals(entry.name(), set.read(entry.location()).name());
      }
    }
  }

  @Test
  void aFullVolumeIsSealedAndTheNextOneBegun() throws Exception {
    List<Location> locations = new ArrayList<>();
    try (VolumeSet set = VolumeSet.open(Engine.settings(20_000, dir), index)) {
      for (int i = 0; i < 30; i++) {
        locations.add(Engine.put(set, "p" + i, 1, Engine.bytes(4000, i)).location());
      }
      List<VolumeInfo> volumes = set.volumes();
      assertEquals(8, volumes.size());
      assertEquals(7, volumes.stream().filter(VolumeInfo::sealed).count());
      assertTrue(volumes.stream().allMatch(each -> each.length() <= 20_000));
      assertEquals(30, volumes.stream().mapToLong(VolumeInfo::needles).sum());
      Engine.failure(
          ErrorCode.TOO_LARGE, set.append(Engine.photo("big", 1, Engine.bytes(20_000, 1))));
    }
    MemoryIndex rebuilt = new MemoryIndex();
    try (VolumeSet set = VolumeSet.open(Engine.settings(20_000, dir), rebuilt)) {
      rebuilt.catchUp(set);
      assertEquals(index.entries(), rebuilt.entries());
      for (int i = 0; i < 30; i++) {
        assertArrayEquals(Engine.bytes(4000, i), Engine.read(set, locations.get(i)));
      }
    }
  }

  @Test
  void replayGivesEveryStretchOnceFromAnyCheckpoint() throws Exception {
    try (VolumeSet set = Engine.open(dir, index)) {
      for (int i = 0; i < 20; i++) {
        Engine.put(set, "p" + i, i + 1, Engine.bytes(50, i));
      }
      int volume = set.extents().get(0).volume();
      List<NeedleEntry> all = new ArrayList<>();
      index.batches().forEach(each -> all.addAll(each.entries()));
      for (IndexBatch batch : index.batches()) {
        List<NeedleEntry> replayed = new ArrayList<>();
        set.replay(volume, batch.to(), each -> replayed.addAll(each.entries()));
        List<NeedleEntry> expected =
            all.stream().filter(each -> each.location().offset() >= batch.to()).toList();
        assertEquals(expected, replayed);
      }
    }
  }

  @Test
  void aFullDiskRefusesPhotosAndTakesDeletes() {
    FaultyDisk disk = new FaultyDisk();
    VolumeSettings settings =
        new VolumeSettings(Engine.NODE, List.of(dir), 8 << 20, 100 << 20, true, 1 << 20, 64 << 20);
    disk.usable(101 << 20);
    try (VolumeSet set = VolumeSet.open(settings, index, disk)) {
      assertEquals(1 << 20, set.freeBytes());
      Engine.failure(
          ErrorCode.NO_SPACE, set.append(Engine.photo("a", 1, Engine.bytes(2 << 20, 1))));
      Engine.put(set, "b", 1, Engine.bytes(1000, 1));
      disk.usable(50 << 20);
      Awaitility.await().until(() -> set.freeBytes() == 0);
      Engine.failure(ErrorCode.NO_SPACE, set.append(Engine.photo("c", 1, Engine.bytes(10, 1))));
      Engine.delete(set, "b", 2);
      disk.usable(500 << 20);
      Awaitility.await().until(() -> set.freeBytes() > 0);
      Engine.put(set, "c", 1, Engine.bytes(1000, 1));
    }
  }

  @Test
  void theQueueIsBounded() {
    FaultyDisk disk = new FaultyDisk();
    VolumeSettings settings =
        new VolumeSettings(Engine.NODE, List.of(dir), 8 << 20, 0, true, 1 << 20, 100_000);
    try (VolumeSet set = VolumeSet.open(settings, index, disk)) {
      Engine.put(set, "first", 1, Engine.bytes(200_000, 1));
      CountDownLatch latch = new CountDownLatch(1);
      disk.holdForce(latch);
      CompletableFuture<Appended> a = set.append(Engine.photo("a", 1, Engine.bytes(60_000, 1)));
      CompletableFuture<Appended> b = set.append(Engine.photo("b", 1, Engine.bytes(60_000, 1)));
      CompletableFuture<Appended> c = set.append(Engine.photo("c", 1, Engine.bytes(10_000, 1)));
      Engine.failure(ErrorCode.OVERLOADED, b);
      latch.countDown();
      Engine.await(a);
      Engine.await(c);
      Engine.put(set, "d", 1, Engine.bytes(99_000, 1));
    }
  }

  @Test
  void bytesThatChangedOnTheWayAreNotStored() {
    try (VolumeSet set = Engine.open(dir, index)) {
      byte[] data = Engine.bytes(100, 1);
      Needle needle = Engine.photo("a", 1, data);
      data[50]++;
      Engine.failure(ErrorCode.CHECKSUM_MISMATCH, set.append(needle));
      assertTrue(index.entries().isEmpty());
      Engine.put(set, "a", 1, data);
    }
  }

  @Test
  void closingWritesWhatWaitsAndRefusesTheRest() {
    List<CompletableFuture<Appended>> waiting = new ArrayList<>();
    VolumeSet set = Engine.open(dir, index);
    for (int i = 0; i < 500; i++) {
      waiting.add(set.append(Engine.photo("p" + i, 1, Engine.bytes(1000, i))));
    }
    set.close();
    waiting.forEach(Engine::await);
    Engine.failure(ErrorCode.NOT_READY, set.append(Engine.photo("x", 1, Engine.bytes(1, 1))));
    Engine.failure(ErrorCode.NOT_READY, () -> set.read(waiting.get(0).join().location()));
    set.close();
  }

  @Test
  void anInterruptedReaderDoesNotTakeTheVolumeFromTheOthers() {
    try (VolumeSet set = Engine.open(dir, index)) {
      byte[] data = Engine.bytes(1000, 1);
      Location location = Engine.put(set, "a", 1, data).location();
      Thread.currentThread().interrupt();
      Engine.failure(ErrorCode.NOT_READY, () -> set.read(location));
      assertTrue(Thread.interrupted());
      assertArrayEquals(data, Engine.read(set, location));
      Engine.put(set, "b", 1, data);
    }
  }

  @Test
  void placesWhereNothingWasWrittenAreMissing() {
    try (VolumeSet set = Engine.open(dir, index)) {
      Location location = Engine.put(set, "a", 1, Engine.bytes(100, 1)).location();
      Location[] nowhere = {
        new Location(location.volume() + 1, location.offset(), location.length()),
        new Location(7 << 24, location.offset(), location.length()),
        new Location(0, 64, 64),
        new Location(-1, 64, 64),
        new Location(location.volume(), location.end(), 64),
        new Location(location.volume(), 0, 64)
      };
      for (Location each : nowhere) {
        Engine.failure(ErrorCode.MISSING, () -> set.read(each));
        Engine.failure(ErrorCode.MISSING, () -> set.openNeedle(each));
      }
      Location inside =
          new Location(location.volume(), location.offset() + 8, location.length() - 8);
      Engine.failure(ErrorCode.DAMAGED, () -> set.read(inside));
    }
  }

  @Test
  void withoutSyncNothingIsSyncedPerBatch() {
    FaultyDisk disk = new FaultyDisk();
    VolumeSettings settings =
        new VolumeSettings(Engine.NODE, List.of(dir), 8 << 20, 0, false, 1 << 20, 64 << 20);
    try (VolumeSet set = VolumeSet.open(settings, index, disk)) {
      Engine.put(set, "a", 1, Engine.bytes(100, 1));
      int before = disk.dataForces.get();
      for (int i = 0; i < 20; i++) {
        Engine.put(set, "p" + i, 1, Engine.bytes(100, 1));
      }
      assertEquals(before, disk.dataForces.get());
    }
    assertTrue(disk.dataForces.get() > 0);
    try (VolumeSet set = VolumeSet.open(settings, index, disk)) {
      assertEquals(21, set.volumes().get(0).needles());
    }
  }
}
