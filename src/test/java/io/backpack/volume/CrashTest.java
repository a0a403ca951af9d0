package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the next start makes of a stop, orderly or not. */
class CrashTest {
  private static final int PHOTOS = 10;

  @TempDir Path temp;
  private Path dir;
  private final MemoryIndex index = new MemoryIndex();
  private final List<Location> locations = new ArrayList<>();

  /** Ten photos, then a crash; the crashed directory. */
  private Path crashed() {
    return crashed(2000);
  }

  private Path crashed(int size) {
    dir = temp.resolve("running");
    try (VolumeSet set = Engine.open(dir, index)) {
      for (int i = 0; i < PHOTOS; i++) {
        locations.add(Engine.put(set, "p" + i, i + 1, Engine.bytes(size, i)).location());
      }
      return Engine.crash(dir, temp.resolve("crashed"));
    }
  }

  private Location last() {
    return locations.get(PHOTOS - 1);
  }

  /** Checks that the first photos are there, in the replay and when read. */
  private MemoryIndex check(VolumeSet set, int photos) throws Exception {
    MemoryIndex rebuilt = new MemoryIndex();
    rebuilt.catchUp(set);
    assertEquals(photos, rebuilt.entries().size());
    for (int i = 0; i < photos; i++) {
      assertEquals(locations.get(i), rebuilt.get(Engine.name("p" + i)).location());
      assertArrayEquals(Engine.bytes(2000, i), Engine.read(set, locations.get(i)));
    }
    for (NeedleLog.Extent extent : set.extents()) {
      assertEquals(extent.end(), rebuilt.checkpoint(extent.volume()));
    }
    return rebuilt;
  }

  @Test
  void afterAnOrderlyStopTheVolumeIsContinued() throws Exception {
    crashed();
    try (VolumeSet set = Engine.open(dir, index)) {
      assertEquals(PHOTOS, set.volumes().get(0).needles());
      assertFalse(set.volumes().get(0).sealed());
      Appended next = Engine.put(set, "next", 99, Engine.bytes(2000, 99));
      assertEquals(last().end(), next.location().offset());
      assertEquals(last().volume(), next.location().volume());
    }
    try (VolumeSet set = Engine.open(dir, index)) {
      MemoryIndex rebuilt = new MemoryIndex();
      rebuilt.catchUp(set);
      assertEquals(PHOTOS + 1, rebuilt.entries().size());
      assertEquals(index.entries(), rebuilt.entries());
      assertTrue(set.damage().isEmpty());
    }
  }

  @Test
  void afterACrashTheVolumeIsSealedAndNothingIsLost() throws Exception {
    Path copy = crashed();
    try (VolumeSet set = Engine.open(copy, index)) {
      check(set, PHOTOS);
      VolumeInfo old = set.volumes().get(0);
      assertTrue(old.sealed());
      assertEquals(last().end(), old.length());
      assertEquals(PHOTOS, old.needles());
      assertTrue(set.damage().isEmpty());
      Location next = Engine.put(set, "next", 99, Engine.bytes(10, 99)).location();
      assertNotEquals(last().volume(), next.volume());
    }
  }

  @Test
  void aCrashRightAfterTheStartOrAfterACrashChangesNothing() throws Exception {
    Path copy = crashed();
    for (int i = 0; i < 3; i++) {
      Path again = temp.resolve("again" + i);
      try (VolumeSet set = Engine.open(copy, index)) {
        check(set, PHOTOS);
        Engine.crash(copy, again);
      }
      copy = again;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 39, 40, 60, 1000, 2000})
  void aTornTailIsCutOff(int missing) throws Exception {
    Path copy = crashed();
    Engine.cut(Engine.dataFile(copy, last()), last().end() - missing);
    try (VolumeSet set = Engine.open(copy, index)) {
      // Up to 7 bytes at the end may be padding, but a needle is only whole with it.
      check(set, PHOTOS - 1);
      assertTrue(set.damage().isEmpty(), () -> set.damage().toString());
      assertEquals(last().offset(), set.volumes().get(0).length());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 100, 5000})
  void garbageBehindTheLastNeedleIsCutOff(int length) throws Exception {
    Path copy = crashed();
    Engine.append(Engine.dataFile(copy, last()), Engine.bytes(length, 5));
    try (VolumeSet set = Engine.open(copy, index)) {
      check(set, PHOTOS);
      assertTrue(set.damage().isEmpty());
      assertEquals(last().end(), set.volumes().get(0).length());
    }
  }

  @Test
  void aTailOfZerosIsCutOff() throws Exception {
    Path copy = crashed();
    Engine.append(Engine.dataFile(copy, last()), new byte[100_000]);
    try (VolumeSet set = Engine.open(copy, index)) {
      check(set, PHOTOS);
      assertTrue(set.damage().isEmpty());
    }
  }

  @Test
  void theLastNeedleWithUnwrittenDataIsCutOff() throws Exception {
    Path copy = crashed();
    Engine.flip(Engine.dataFile(copy, last()), last().end() - 100);
    try (VolumeSet set = Engine.open(copy, index)) {
      check(set, PHOTOS - 1);
      assertEquals(last().offset(), set.volumes().get(0).length());
    }
  }

  @Test
  void aBadNeedleBelowTheDurableLengthIsDamageAndSteppedOver() throws Exception {
    Path copy = crashed();
    Location bad = locations.get(4);
    Engine.flip(Engine.dataFile(copy, bad), bad.offset() + 10);
    Files.delete(Engine.logFile(copy, bad));
    try (VolumeSet set = Engine.open(copy, index)) {
      List<Damage> damage = set.damage();
      assertEquals(1, damage.size());
      assertEquals(bad.offset(), damage.get(0).offset());
      assertEquals(bad.length(), damage.get(0).length());
      MemoryIndex rebuilt = new MemoryIndex();
      rebuilt.catchUp(set);
      assertEquals(PHOTOS - 1, rebuilt.entries().size());
      assertEquals(last().end(), set.volumes().get(0).length());
      assertEquals(last(), rebuilt.get(Engine.name("p9")).location());
    }
  }

  @Test
  void aLastNeedleThatWasDurableIsDamageNotATornTail() throws Exception {
    Path copy = crashed();
    // The last but one is known to be durable: the last one says so, once its log is lost too.
    Location bad = locations.get(PHOTOS - 2);
    Engine.flip(Engine.dataFile(copy, bad), bad.end() - 100);
    Files.delete(Engine.logFile(copy, bad));
    try (VolumeSet set = Engine.open(copy, index)) {
      assertEquals(1, set.damage().size());
      assertEquals(bad.offset(), set.damage().get(0).offset());
      MemoryIndex rebuilt = new MemoryIndex();
      rebuilt.catchUp(set);
      assertEquals(PHOTOS, rebuilt.entries().size(), "a photo that is damaged stays known");
    }
  }

  @Test
  void aFileCutBelowTheDurableLengthIsDamage() throws Exception {
    Path copy = crashed();
    Location cut = locations.get(5);
    Engine.cut(Engine.dataFile(copy, cut), cut.offset() + 8);
    try (VolumeSet set = Engine.open(copy, index)) {
      assertEquals(1, set.damage().size());
      assertEquals(cut.offset() + 8, set.damage().get(0).offset());
      assertEquals(
          last().offset() - cut.offset() - 8,
          set.damage().get(0).length(),
          "the index log knows that all but the last was durable");
      for (int i = 0; i < 5; i++) {
        assertArrayEquals(Engine.bytes(2000, i), Engine.read(set, locations.get(i)));
      }
    }
  }

  @Test
  void anIndexLogThatIsLostOrTornOrForeignIsWrittenAnew() throws Exception {
    Path copy = crashed();
    long whole = Files.size(Engine.logFile(copy, last()));
    for (long size : new long[] {-1, 0, 10, 64, 65, 100, 200, whole - 1, whole}) {
      Path again = Engine.crash(copy, temp.resolve("log" + size));
      if (size < 0) {
        Files.delete(Engine.logFile(again, last()));
      } else {
        Engine.cut(Engine.logFile(again, last()), size);
      }
      try (VolumeSet set = Engine.open(again, new MemoryIndex())) {
        check(set, PHOTOS);
        assertTrue(set.damage().isEmpty());
      }
      Files.delete(Engine.dataFile(again, last()));
      try (VolumeSet set = Engine.open(again, new MemoryIndex())) {
        // The log alone tells all entries now; the bytes are lost and said to be.
        MemoryIndex rebuilt = new MemoryIndex();
        rebuilt.catchUp(set);
        assertEquals(PHOTOS, rebuilt.entries().size());
        assertEquals(1, set.damage().size());
      }
    }
  }

  @Test
  void theIndexLogOfASealedVolumeIsReplacedByTheVolume() throws Exception {
    Path copy = crashed();
    Engine.open(copy, new MemoryIndex()).close();
    Path log = Engine.logFile(copy, last());
    for (long offset = 0; offset < Files.size(log); offset += 13) {
      Engine.flip(log, offset);
      try (VolumeSet set = Engine.open(copy, new MemoryIndex())) {
        check(set, PHOTOS);
      }
      Engine.flip(log, offset);
    }
    Files.delete(log);
    try (VolumeSet set = Engine.open(copy, new MemoryIndex())) {
      check(set, PHOTOS);
    }
  }

  @Test
  void bytesInsideAPhotoAreNotTakenForANeedle() throws Exception {
    dir = temp.resolve("running");
    try (VolumeSet set = Engine.open(dir, index)) {
      Location first = Engine.put(set, "small", 1, Engine.bytes(30, 1)).location();
      byte[] volume = Files.readAllBytes(Engine.dataFile(dir, first));
      // Copies of the volume's own needle. With a name of six bytes the data begins at a multiple
      // of 8, so that the copies stand where a scan looks.
      byte[] trap = new byte[8 * volume.length + 4000];
      for (int at = 0; at + volume.length < trap.length; at += volume.length) {
        System.arraycopy(volume, 0, trap, at, volume.length);
      }
      Location bad = Engine.put(set, "trap-6", 2, trap).location();
      Location after = Engine.put(set, "after", 3, Engine.bytes(30, 2)).location();
      Path copy = Engine.crash(dir, temp.resolve("crashed"));
      Engine.flip(Engine.dataFile(copy, bad), bad.offset() + 2);
      Files.delete(Engine.logFile(copy, bad));
      MemoryIndex rebuilt = new MemoryIndex();
      try (VolumeSet crashed = Engine.open(copy, rebuilt)) {
        rebuilt.catchUp(crashed);
        assertEquals(
            List.of(first, after),
            rebuilt.entries().values().stream()
                .map(NeedleEntry::location)
                .sorted((a, b) -> Long.compare(a.offset(), b.offset()))
                .toList());
        assertEquals(bad.length(), crashed.damage().get(0).length());
      }
    }
  }

  @Test
  void aNeedleMovedElsewhereIsNotANeedle() throws Exception {
    Path copy = crashed();
    Path file = Engine.dataFile(copy, last());
    byte[] volume = Files.readAllBytes(file);
    int from = (int) locations.get(3).offset();
    int to = (int) locations.get(4).offset();
    System.arraycopy(volume, from, volume, to, (int) locations.get(3).length());
    Files.write(file, volume);
    try (VolumeSet set = Engine.open(copy, index)) {
      Engine.failure(ErrorCode.DAMAGED, () -> set.read(locations.get(4)));
      Engine.read(set, locations.get(5));
    }
  }

  @Test
  void aCrashAtAnyStepOfANewVolumeLeavesNothingThatStopsTheNextStart() throws Exception {
    dir = temp.resolve("running");
    Engine.open(dir, index).close();
    List<Path> states = new ArrayList<>();
    for (FaultyDisk.Operation operation :
        List.of(
            FaultyDisk.Operation.CREATE,
            FaultyDisk.Operation.WRITE,
            FaultyDisk.Operation.FORCE,
            FaultyDisk.Operation.SYNC_DIRECTORY,
            FaultyDisk.Operation.REPLACE)) {
      for (int nth = 1; nth <= 5; nth++) {
        Path run = Engine.crash(dir, temp.resolve("run-" + operation + nth));
        FaultyDisk disk = new FaultyDisk();
        VolumeSet set = VolumeSet.open(Engine.settings(run), new MemoryIndex(), disk);
        disk.fail(operation, file -> true, nth);
        boolean failed = tryPut(set);
        states.add(Engine.crash(run, temp.resolve("state-" + operation + nth + failed)));
        disk.heal();
        Engine.put(set, "again", 2, Engine.bytes(100, 2));
        set.close();
        try (VolumeSet reopened = Engine.open(run, new MemoryIndex())) {
          assertTrue(reopened.damage().isEmpty(), () -> reopened.damage().toString());
        }
      }
    }
    for (Path state : states) {
      MemoryIndex rebuilt = new MemoryIndex();
      try (VolumeSet set = Engine.open(state, rebuilt)) {
        assertTrue(set.damage().isEmpty(), () -> state + ": " + set.damage());
        rebuilt.catchUp(set);
        boolean acknowledged = state.toString().endsWith("false");
        assertTrue(!acknowledged || rebuilt.entries().size() == 1, state::toString);
        Location location = Engine.put(set, "next", 9, Engine.bytes(10, 1)).location();
        assertArrayEquals(Engine.bytes(10, 1), Engine.read(set, location));
      }
    }
  }

  private static boolean tryPut(VolumeSet set) {
    try {
      Engine.put(set, "first", 1, Engine.bytes(100, 1));
      return false;
    } catch (BackpackException refused) {
      return true;
    }
  }

  @Test
  void anEmptyOrTornNewVolumeThatIsListedHoldsNothing() throws Exception {
    dir = temp.resolve("running");
    try (VolumeSet set = Engine.open(dir, index)) {
      Location location = Engine.put(set, "a", 1, Engine.bytes(100, 1)).location();
      for (int size : new int[] {0, 1, 63, 64, 70, 104, 120}) {
        Path copy = Engine.crash(dir, temp.resolve("size" + size));
        Engine.cut(Engine.dataFile(copy, location), size);
        Engine.cut(Engine.logFile(copy, location), Math.min(size, 64));
        try (VolumeSet crashed = Engine.open(copy, new MemoryIndex())) {
          assertTrue(crashed.extents().isEmpty());
          Engine.put(crashed, "b", 1, Engine.bytes(100, 1));
        }
        try (VolumeSet again = Engine.open(copy, new MemoryIndex())) {
          assertEquals(1, again.extents().size());
        }
      }
    }
  }

  @Test
  void volumeIdsAreNeverUsedTwice() throws IOException {
    dir = temp.resolve("running");
    List<Integer> ids = new ArrayList<>();
    Path current = dir;
    for (int i = 0; i < 5; i++) {
      try (VolumeSet set = Engine.open(current, index)) {
        ids.add(Engine.put(set, "p" + i, 1, Engine.bytes(10, i)).location().volume());
        current = Engine.crash(current, temp.resolve("crash" + i));
      }
    }
    assertEquals(5, ids.stream().distinct().count());
    // An older manifest comes back: what it does not list is left alone, and its ids are not used.
    Path manifest = current.resolve(Manifest.FILE);
    byte[] old =
        new Manifest(
                Manifest.decode(ByteBuffer.wrap(Files.readAllBytes(manifest)))
                    .orElseThrow()
                    .cookie(),
                1,
                1,
                false,
                List.of())
            .encode()
            .array();
    Files.write(manifest, old);
    try (VolumeSet set = Engine.open(current, new MemoryIndex())) {
      int next = Engine.put(set, "next", 1, Engine.bytes(10, 1)).location().volume();
      assertFalse(ids.contains(next), () -> Arrays.toString(ids.toArray()) + " " + next);
    }
    for (int id : ids) {
      assertTrue(Files.exists(Volume.file(current, id)));
    }
  }
}
