package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a start makes of damaged structure, beside what {@link CrashTest}, {@link DirectoryTest} and
 * {@link BitRotTest} show.
 */
class StructureRepairTest {
  private static final int PHOTOS = 12;

  @TempDir Path temp;
  private final List<Location> locations = new ArrayList<>();

  private static byte[] data(int i) {
    return Engine.bytes(500 + i, i);
  }

  private Path closed() {
    Path dir = temp.resolve("store");
    try (VolumeSet set = Engine.open(dir, new MemoryIndex())) {
      for (int i = 0; i < PHOTOS; i++) {
        locations.add(Engine.put(set, "p" + i, i + 1, data(i)).location());
      }
      Engine.delete(set, "p0", 99);
    }
    return dir;
  }

  private MemoryIndex rebuilt(VolumeSet set) throws Exception {
    MemoryIndex index = new MemoryIndex();
    index.catchUp(set);
    return index;
  }

  private void checkAll(VolumeSet set, MemoryIndex index) {
    assertTrue(index.get(Engine.name("p0")).tombstone());
    for (int i = 1; i < PHOTOS; i++) {
      Location location = index.get(Engine.name("p" + i)).location();
      assertArrayEquals(data(i), Engine.read(set, location));
    }
  }

  @Test
  void theIndexIsMadeFromTheVolumesAloneWhenLogsAndIndexAreGone() throws Exception {
    Path dir = closed();
    Files.delete(Engine.logFile(dir, locations.get(0)));
    try (VolumeSet set = Engine.open(dir, new MemoryIndex())) {
      checkAll(set, rebuilt(set));
      assertTrue(set.damage().isEmpty());
    }
  }

  @Test
  void theIndexIsMadeFromItsLogsWithoutReadingTheVolumes() throws Exception {
    Path dir = closed();
    FaultyDisk disk = new FaultyDisk();
    try (VolumeSet set = VolumeSet.open(Engine.settings(dir), new MemoryIndex(), disk)) {
      int before = disk.dataReads.get();
      MemoryIndex index = rebuilt(set);
      assertEquals(before, disk.dataReads.get(), "the volume is not read");
      checkAll(set, index);
    }
  }

  @Test
  void damagedNeedlesInTheMiddleStayKnownByTheLogAndAreReportedWhenRead() throws Exception {
    Path dir = closed();
    Location bad = locations.get(5);
    Engine.flip(Engine.dataFile(dir, bad), bad.offset() + 3);
    try (VolumeSet set = Engine.open(dir, new MemoryIndex())) {
      MemoryIndex index = rebuilt(set);
      assertEquals(bad, index.get(Engine.name("p5")).location());
      Engine.failure(ErrorCode.DAMAGED, () -> set.read(bad));
      assertEquals(bad.offset(), set.damage().get(0).offset());
      assertArrayEquals(data(6), Engine.read(set, locations.get(6)));
    }
  }

  @Test
  void damagedNeedlesInTheMiddleAreSteppedOverWithoutALog() throws Exception {
    Path dir = closed();
    for (int i : new int[] {3, 4, 8}) {
      Engine.flip(Engine.dataFile(dir, locations.get(i)), locations.get(i).offset() + 3);
    }
    Files.delete(Engine.logFile(dir, locations.get(0)));
    try (VolumeSet set = Engine.open(dir, new MemoryIndex())) {
      MemoryIndex index = rebuilt(set);
      assertEquals(PHOTOS - 3, index.entries().size());
      assertArrayEquals(data(11), Engine.read(set, index.get(Engine.name("p11")).location()));
      assertFalse(set.damage().isEmpty());
    }
  }

  @Test
  void theLogOfAnotherVolumeIsNotBelieved() throws Exception {
    Path dir = closed();
    Path other = temp.resolve("other");
    Location foreign;
    try (VolumeSet set = Engine.open(other, new MemoryIndex())) {
      foreign = Engine.put(set, "foreign", 1, data(1)).location();
    }
    Files.write(
        Engine.logFile(dir, locations.get(0)), Files.readAllBytes(Engine.logFile(other, foreign)));
    try (VolumeSet set = Engine.open(dir, new MemoryIndex())) {
      MemoryIndex index = rebuilt(set);
      assertEquals(PHOTOS, index.entries().size());
      checkAll(set, index);
    }
  }

  @Test
  void aZeroedSuperblockIsReportedAndTheVolumeServes() throws Exception {
    Path dir = closed();
    Path file = Engine.dataFile(dir, locations.get(0));
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer.wrap(bytes).put(new byte[Superblock.SIZE]);
    Files.write(file, bytes);
    try (VolumeSet set = Engine.open(dir, new MemoryIndex())) {
      checkAll(set, rebuilt(set));
      assertEquals(0, set.damage().get(0).offset());
    }
  }

  private Path[] two() {
    Path one = temp.resolve("one");
    Path two = temp.resolve("two");
    VolumeSet.open(Engine.settings(one, two), new MemoryIndex()).close();
    return new Path[] {one, two};
  }

  @Test
  void aDirectoryThatWasTakenOutOfTheConfigurationIsMissed() {
    Path[] dirs = two();
    try (VolumeSet set = VolumeSet.open(Engine.settings(dirs[0]), new MemoryIndex())) {
      assertFalse(set.complete());
      assertTrue(set.refused().isEmpty(), "nothing that was given is refused");
      String line = set.missing().get(0);
      assertEquals(1, line.lines().count());
      assertTrue(line.contains("directory 2 of node 7 is not there"), line);
      assertTrue(line.contains("storage.dirs"), line);
      assertTrue(line.contains(dirs[0].resolve("backpack.removed-2").toString()), line);
    }
    try (VolumeSet set = VolumeSet.open(Engine.settings(dirs), new MemoryIndex())) {
      assertTrue(set.complete());
    }
  }

  @Test
  void aDirectoryThatIsMarkedAsGoneForGoodIsNotMissed() throws IOException {
    Path[] dirs = two();
    Files.createFile(dirs[0].resolve("backpack.removed-2"));
    Files.createFile(dirs[0].resolve("backpack.removed-x"));
    Path three = temp.resolve("three");
    for (int start = 0; start < 2; start++) {
      try (VolumeSet set = VolumeSet.open(Engine.settings(dirs[0], three), new MemoryIndex())) {
        assertTrue(set.complete(), () -> set.missing().toString());
        assertTrue(set.refused().isEmpty(), "a new directory needs no mark of its own");
      }
    }
    assertTrue(Files.exists(dirs[0].resolve("backpack.removed-2")), "it is a record");
  }
}
