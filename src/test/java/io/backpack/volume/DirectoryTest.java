package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose a directory is, and which of several serve. */
class DirectoryTest {
  @TempDir Path temp;
  private final MemoryIndex index = new MemoryIndex();
  private Path one;
  private Path two;

  @BeforeEach
  void name() {
    one = temp.resolve("one");
    two = temp.resolve("two");
  }

  private VolumeSet open(Path... dirs) {
    return VolumeSet.open(Engine.settings(dirs), index);
  }

  private static void delete(Path dir) throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void theIdentityIsMadeOnceAndIsTheSameInAllDirectories() {
    StoreIdentity first;
    try (VolumeSet set = open(one, two)) {
      first = set.identity();
      assertEquals(Engine.NODE, first.nodeId());
    }
    try (VolumeSet set = open(two)) {
      assertEquals(first, set.identity());
    }
    try (VolumeSet set = open(two, one)) {
      assertEquals(first, set.identity());
      assertTrue(set.refused().isEmpty());
    }
    try (VolumeSet set = open(temp.resolve("other"))) {
      assertNotEquals(first.cookie(), set.identity().cookie());
    }
  }

  @Test
  void aSecondOpenInTheSameProcessIsRefused() {
    try (VolumeSet set = open(one, two)) {
      Path third = temp.resolve("third");
      BackpackException failure =
          Engine.failure(ErrorCode.STORAGE_FAILED, () -> open(third, one).close());
      assertTrue(failure.getMessage().contains(one + " is in use"), failure.getMessage());
      assertTrue(
          failure.getMessage().contains("" + ProcessHandle.current().pid()), failure.getMessage());
      Engine.put(set, "a", 1, Engine.bytes(10, 1));
      open(third).close();
    }
    open(one, two).close();
  }

  /** Holds the directory until it is destroyed. */
  static final class Holder {
    public static void main(String[] args) throws Exception {
      VolumeSet set = Engine.open(Path.of(args[0]), new MemoryIndex());
      System.out.println("open " + set.identity().cookie());
      int end = System.in.read();
      set.close();
      System.exit(end);
    }
  }

  @Test
  void aSecondProcessIsRefusedUntilTheFirstHasEnded() throws Exception {
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                one.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      String line =
          holder
              .inputReader()
              .lines()
              .filter(each -> each.startsWith("open"))
              .findFirst()
              .orElseThrow();
      assertTrue(line.startsWith("open"), line);
      BackpackException failure = Engine.failure(ErrorCode.STORAGE_FAILED, () -> open(one).close());
      assertTrue(
          failure.getMessage().contains("in use by process " + holder.pid()), failure.getMessage());
    } finally {
      holder.destroyForcibly();
      assertTrue(holder.waitFor(10, TimeUnit.SECONDS));
    }
    open(one).close();
  }

  @Test
  void aDirectoryOfAnotherNodeStopsTheStart() {
    open(one).close();
    VolumeSettings other =
        new VolumeSettings("8", List.of(two, one), 1 << 20, 0, true, 1 << 20, 1 << 20);
    BackpackException failure =
        Engine.failure(ErrorCode.STORAGE_FAILED, () -> VolumeSet.open(other, index).close());
    assertTrue(failure.getMessage().contains(one + " belongs to node 7"), failure.getMessage());
    assertTrue(!Files.exists(two.resolve(DirectoryIdentity.FILE)), "nothing was made");
  }

  @Test
  void aDirectoryOfAnotherStoreIsRefusedWhileTheOthersServe() {
    Path foreign = temp.resolve("foreign");
    open(one, two).close();
    open(foreign).close();
    try (VolumeSet set = open(foreign, one, two)) {
      assertEquals(1, set.refused().size());
      assertTrue(set.refused().get(0).startsWith(foreign + ": it belongs to another store"));
      assertFalse(set.complete());
      Engine.put(set, "a", 1, Engine.bytes(10, 1));
      open(foreign).close();
    }
  }

  @Test
  void anEmptyDirectoryInThePlaceOfAMissingOneIsRefused() throws IOException {
    Location location;
    try (VolumeSet set = open(one, two)) {
      location = Engine.put(set, "a", 1, Engine.bytes(10, 1)).location();
    }
    Path unmounted = location.volume() >>> 24 == 1 ? one : two;
    Path disk = Engine.crash(unmounted, temp.resolve("disk"));
    delete(unmounted);
    try (VolumeSet set = open(one, two)) {
      assertEquals(1, set.refused().size());
      assertTrue(set.refused().get(0).contains("mount its disk"), set.refused().get(0));
      Engine.failure(ErrorCode.MISSING, () -> set.read(location));
      Engine.put(set, "b", 1, Engine.bytes(10, 1));
    }
    Path other = unmounted.equals(one) ? two : one;
    try (VolumeSet set = open(disk, other)) {
      assertTrue(set.complete());
      assertArrayEquals(Engine.bytes(10, 1), Engine.read(set, location));
    }
    Files.createFile(unmounted.resolve(StoreOpener.NEW_MARK));
    try (VolumeSet set = open(one, two)) {
      assertTrue(set.refused().isEmpty());
    }
    assertTrue(!Files.exists(unmounted.resolve(StoreOpener.NEW_MARK)));
  }

  @Test
  void aNewDirectoryJoinsTheOthers() {
    open(one).close();
    StoreIdentity identity;
    try (VolumeSet set = open(one, two)) {
      identity = set.identity();
      assertTrue(set.refused().isEmpty());
    }
    Path three = temp.resolve("three");
    try (VolumeSet set = open(one, two, three)) {
      assertEquals(identity, set.identity());
      assertTrue(set.refused().isEmpty());
    }
  }

  @Test
  void aStopWhileTheFirstDirectoriesAreMadeIsMended() throws Exception {
    for (int nth = 1; nth <= 8; nth++) {
      Path a = temp.resolve("a" + nth);
      Path b = temp.resolve("b" + nth);
      FaultyDisk disk = new FaultyDisk();
      disk.fail(FaultyDisk.Operation.REPLACE, file -> true, nth);
      try {
        VolumeSet.open(Engine.settings(a, b), index, disk).close();
      } catch (BackpackException refused) {
        assertEquals(ErrorCode.STORAGE_FAILED, refused.code());
      }
      try (VolumeSet set = open(a, b)) {
        assertTrue(set.refused().isEmpty(), () -> set.refused().toString());
      }
    }
  }

  @Test
  void aCopyOfADirectoryIsRefused() {
    open(one).close();
    Path copy = Engine.crash(one, temp.resolve("copy"));
    try (VolumeSet set = open(one, copy)) {
      assertEquals(1, set.refused().size());
      assertTrue(set.refused().get(0).contains("is a copy of"), set.refused().get(0));
    }
  }

  @Test
  void aDirectoryWithoutItsManifestOrIdentityIsRefused() throws IOException {
    try (VolumeSet set = open(one)) {
      Engine.put(set, "a", 1, Engine.bytes(10, 1));
    }
    Path noIdentity = Engine.crash(one, temp.resolve("noIdentity"));
    Files.delete(noIdentity.resolve(DirectoryIdentity.FILE));
    assertRefused(noIdentity, "no backpack.identity");
    Path noManifest = Engine.crash(one, temp.resolve("noManifest"));
    Files.delete(noManifest.resolve(Manifest.FILE));
    assertRefused(noManifest, "manifest is missing");
    assertTrue(Files.exists(noIdentity.resolve("data_16777216")), "nothing is removed");
  }

  private void assertRefused(Path dir, String why) {
    BackpackException failure = Engine.failure(ErrorCode.STORAGE_FAILED, () -> open(dir).close());
    assertTrue(failure.getMessage().contains(why), failure.getMessage());
  }

  @Test
  void aLostVolumeIsDamageAndItsPhotosAreMissing() throws Exception {
    Location location;
    try (VolumeSet set = open(one)) {
      location = Engine.put(set, "a", 1, Engine.bytes(10, 1)).location();
    }
    Files.delete(Engine.dataFile(one, location));
    Files.delete(Engine.logFile(one, location));
    try (VolumeSet set = open(one)) {
      assertEquals(1, set.damage().size());
      assertEquals("the file is lost", set.damage().get(0).reason());
      Engine.failure(ErrorCode.MISSING, () -> set.read(location));
      MemoryIndex rebuilt = new MemoryIndex();
      rebuilt.catchUp(set);
      assertEquals(
          location.end(), rebuilt.checkpoint(location.volume()), "replay comes to its end");
      Engine.put(set, "b", 1, Engine.bytes(10, 1));
    }
  }

  @Test
  void aDiskThatWentAwayIsNotWrittenByItsName() throws IOException {
    Path dir = temp.resolve("disk");
    try (VolumeSet set = Engine.open(dir, index)) {
      Appended stored = Engine.put(set, "a", 1, Engine.bytes(100, 1));
      Files.move(dir, temp.resolve("unmounted"));
      Files.createDirectory(dir);
      BackpackException refusal =
          Engine.failure(ErrorCode.STORAGE_FAILED, set.roll(stored.location().volume()));
      assertTrue(refusal.getMessage().contains("not mounted"), refusal.getMessage());
      Engine.failure(
          ErrorCode.STORAGE_FAILED, set.append(Engine.photo("b", 2, Engine.bytes(100, 2))));
      assertArrayEquals(Engine.bytes(100, 1), Engine.read(set, stored.location()));
      try (Stream<Path> files = Files.list(dir)) {
        assertEquals(List.of(), files.filter(each -> each.toString().contains("data_")).toList());
      }
    }
  }
}
