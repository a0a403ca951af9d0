package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.volume.DirectoryInfo.State;
import io.backpack.volume.StepDisk.Step;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several directories: the load is spread, one that fails leaves the work to the others. */
class SeveralDirectoriesTest {
  @TempDir Path temp;
  private final MemoryIndex index = new MemoryIndex();
  private final DirectoryFaults disk = new DirectoryFaults();
  private final AtomicLong now = new AtomicLong();
  private Path one;
  private Path two;

  @BeforeEach
  void name() {
    one = temp.resolve("one");
    two = temp.resolve("two");
  }

  private VolumeSet open() {
    return open(Engine.settings(one, two));
  }

  private VolumeSet open(VolumeSettings settings) {
    return VolumeSet.open(settings, index, disk, now::get);
  }

  private DirectoryInfo info(VolumeSet set, Path dir) {
    return set.directories().stream()
        .filter(each -> each.dir().equals(dir))
        .findFirst()
        .orElseThrow();
  }

  private static boolean in(VolumeSet set, Path dir, Location location) {
    return set.volumes().stream()
        .anyMatch(each -> each.id() == location.volume() && each.dir().equals(dir));
  }

  @Test
  void theLoadIsSpreadByFreeSpace() {
    disk.usable(one, 1L << 30);
    disk.usable(two, 3L << 30);
    try (VolumeSet set = open()) {
      int inTwo = 0;
      int count = 6000;
      for (int i = 0; i < count; i += 100) {
        List<CompletableFuture<Appended>> waiting = new ArrayList<>();
        for (int j = 0; j < 100; j++) {
          waiting.add(set.append(Engine.photo("p" + (i + j), 1, Engine.bytes(10, i))));
        }
        for (CompletableFuture<Appended> each : waiting) {
          inTwo += in(set, two, Engine.await(each).location()) ? 1 : 0;
        }
      }
      // Seven times the standard deviation.
      assertEquals(0.75, (double) inTwo / count, 0.04);
    }
  }

  @Test
  void aSlowDiskDoesNotHoldTheOthersUp() {
    disk.usable(one, 1L << 40);
    disk.usable(two, 1L << 30);
    int maxQueued = 200_000;
    VolumeSettings settings =
        new VolumeSettings(Engine.NODE, List.of(one, two), 8 << 20, 0, true, 20_000, maxQueued);
    CountDownLatch latch = new CountDownLatch(1);
    List<CompletableFuture<Appended>> all = new ArrayList<>();
    try (VolumeSet set = open(settings)) {
      disk.slow(one, latch);
      try {
        for (int i = 0; i < 500; i++) {
          Awaitility.await().pollDelay(Duration.ZERO).until(() -> queued(set) < 150_000);
          all.add(set.append(Engine.photo("p" + i, 1, Engine.bytes(1000, i))));
        }
        assertTrue(info(set, one).queuedBytes() <= maxQueued / 2);
        Awaitility.await().until(() -> all.stream().filter(each -> each.isDone()).count() > 350);
      } finally {
        latch.countDown();
      }
      all.forEach(Engine::await);
    }
  }

  private static long queued(VolumeSet set) {
    return set.directories().stream().mapToLong(DirectoryInfo::queuedBytes).sum();
  }

  @ParameterizedTest
  @CsvSource({
    "Input/output error, FAILING",
    "Read-only file system, READ_ONLY",
    "No space left on device, FULL"
  })
  void aFailingDirectoryLeavesAndComesBack(String words, State state) {
    try (VolumeSet set = open()) {
      disk.fail(words, one);
      for (int i = 0; i < 100; i++) {
        Engine.put(set, "p" + i, 1, Engine.bytes(1000, i));
      }
      DirectoryInfo failed = info(set, one);
      assertEquals(state, failed.state());
      assertFalse(failed.reason().isEmpty());
      assertEquals(0, failed.freeBytes());
      assertTrue(info(set, two).writable());
      assertTrue(set.freeBytes() > 0);
      Engine.delete(set, "p0", 2);

      // A pause is due by now: nothing changes before it is over.
      Awaitility.await()
          .until(
              () -> {
                now.addAndGet(WriteGate.LONGEST_PAUSE_NANOS);
                return info(set, one).state() == state;
              });
      disk.heal();
      Awaitility.await()
          .until(
              () -> {
                now.addAndGet(WriteGate.LONGEST_PAUSE_NANOS);
                return info(set, one).writable();
              });
      assertFalse(Files.exists(one.resolve(WriteProbe.FILE)));
      assertTrue(comesTo(set, one));
      MemoryIndex rebuilt = new MemoryIndex();
      Engine.crash(one, temp.resolve("crashed/one"));
      Engine.crash(two, temp.resolve("crashed/two"));
      assertSame(rebuilt, temp.resolve("crashed/one"), temp.resolve("crashed/two"));
    }
    assertSame(new MemoryIndex(), one, two);
  }

  private boolean comesTo(VolumeSet set, Path dir) {
    for (int i = 0; i < 100; i++) {
      if (in(set, dir, Engine.put(set, "q" + i, 1, Engine.bytes(10, i)).location())) {
        return true;
      }
    }
    return false;
  }

  private void assertSame(MemoryIndex rebuilt, Path... dirs) {
    try (VolumeSet set = VolumeSet.open(Engine.settings(dirs), rebuilt)) {
      rebuilt.catchUp(set);
      assertEquals(index.entries(), rebuilt.entries());
      assertTrue(set.damage().isEmpty());
      rebuilt.entries().values().forEach(each -> set.read(each.location()));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aNeedleThatWentElsewhereWinsOverWhatTheFailedWriteLeft() throws Exception {
    Path crashedOne = temp.resolve("crashed/one");
    Path crashedTwo = temp.resolve("crashed/two");
    try (VolumeSet set = open()) {
      for (int i = 0; i < 20; i++) {
        Engine.put(set, "before" + i, 1, Engine.bytes(100, i));
      }
      // The bytes are there, the sync fails, and the manifest does not learn of it.
      disk.fail(
          "Input/output error",
          (step, file) ->
              file.startsWith(one)
                  && (step == Step.FORCE || step == Step.REPLACE || step == Step.CREATE));
      for (int i = 0; i < 40; i++) {
        Location location = Engine.put(set, "p" + i, 1, Engine.bytes(1000, i)).location();
        assertTrue(in(set, two, location));
      }
      assertTrue(
          index.entries().values().stream().anyMatch(each -> each.generation() == 1),
          "one was tried first");
      Engine.crash(one, crashedOne);
      Engine.crash(two, crashedTwo);
      disk.heal();
    }
    MemoryIndex rebuilt = new MemoryIndex();
    assertSame(rebuilt, crashedOne, crashedTwo);
    long needles;
    try (VolumeSet set = VolumeSet.open(Engine.settings(crashedOne, crashedTwo), rebuilt)) {
      needles = set.volumes().stream().mapToLong(VolumeInfo::needles).sum();
    }
    assertTrue(needles > rebuilt.entries().size(), "the failed write was found again");
  }

  @Test
  void whenAllFailTheWriterIsTold() {
    try (VolumeSet set = open()) {
      disk.fail("Input/output error", temp);
      for (int i = 0; i < 20; i++) {
        Engine.failure(
            ErrorCode.STORAGE_FAILED, set.append(Engine.photo("p" + i, 1, Engine.bytes(10, 1))));
      }
      assertEquals(0, set.freeBytes());
      assertEquals(0, queued(set));
      disk.fail("No space left on device", temp);
      Awaitility.await()
          .until(
              () -> {
                now.addAndGet(WriteGate.LONGEST_PAUSE_NANOS);
                return set.directories().stream().allMatch(each -> each.state() == State.FULL);
              });
      Engine.failure(ErrorCode.NO_SPACE, set.append(Engine.photo("full", 1, Engine.bytes(10, 1))));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"closed", "crashed", "crashed without its log"})
  void aReadOnlyDirectoryIsReadFromTheStart(String how) throws Exception {
    List<Location> photos = new ArrayList<>();
    Path crashed = temp.resolve("crashed");
    try (VolumeSet set = open(Engine.settings(one))) {
      for (int i = 0; i < 20; i++) {
        photos.add(Engine.put(set, "p" + i, 1, Engine.bytes(1000, i)).location());
      }
      Engine.crash(one, crashed);
    }
    Path dir = how.equals("closed") ? one : crashed;
    if (how.endsWith("log")) {
      Files.delete(Engine.logFile(dir, photos.get(0)));
    }
    byte[] manifest = Files.readAllBytes(dir.resolve(Manifest.FILE));
    disk.fail("Read-only file system", dir);
    MemoryIndex rebuilt = new MemoryIndex();
    for (VolumeSettings settings : List.of(Engine.settings(dir), Engine.settings(two, dir))) {
      try (VolumeSet set = VolumeSet.open(settings, rebuilt, disk, now::get)) {
        assertTrue(set.refused().isEmpty() && set.complete());
        rebuilt.catchUp(set);
        for (int i = 0; i < photos.size(); i++) {
          assertArrayEquals(Engine.bytes(1000, i), Engine.read(set, photos.get(i)));
        }
        DirectoryInfo info = info(set, dir);
        assertEquals(State.READ_ONLY, info.state());
        assertTrue(info.reason().contains("mount it for writing"), info.reason());
        if (settings.dirs().size() == 1) {
          Engine.failure(
              ErrorCode.STORAGE_FAILED, set.append(Engine.photo("no", 2, Engine.bytes(10, 1))));
        } else {
          for (int i = 0; i < 20; i++) {
            Engine.put(set, "q" + i, 1, Engine.bytes(10, i));
          }
          Engine.delete(set, "p0", 2);
        }
      }
      assertArrayEquals(manifest, Files.readAllBytes(dir.resolve(Manifest.FILE)));
    }
    disk.heal();
    MemoryIndex again = new MemoryIndex();
    try (VolumeSet set = VolumeSet.open(Engine.settings(dir, two), again, disk)) {
      again.catchUp(set);
      assertEquals(rebuilt.entries(), again.entries());
      assertTrue(set.damage().isEmpty());
      assertTrue(set.directories().stream().allMatch(DirectoryInfo::writable));
      assertTrue(comesTo(set, dir));
    }
  }

  @Test
  void aDirectoryThatFailsAtTheStartLeavesTheWorkToTheOthers() {
    Location location;
    try (VolumeSet set = open()) {
      location = Engine.put(set, "a", 1, Engine.bytes(100, 1)).location();
    }
    disk.fail(
        "Input/output error",
        (step, file) ->
            file.startsWith(one)
                && (step == Step.CREATE || step == Step.WRITE || step == Step.REPLACE));
    try (VolumeSet set = open()) {
      for (int i = 0; i < 50; i++) {
        Engine.put(set, "p" + i, 1, Engine.bytes(1000, i));
      }
      assertTrue(set.refused().isEmpty());
      assertEquals(State.FAILING, info(set, one).state());
      assertArrayEquals(Engine.bytes(100, 1), Engine.read(set, location));
      disk.heal();
      Awaitility.await()
          .until(
              () -> {
                now.addAndGet(WriteGate.LONGEST_PAUSE_NANOS);
                return info(set, one).writable();
              });
      assertTrue(comesTo(set, one));
    }
    assertSame(new MemoryIndex(), one, two);
  }

  @Test
  void readErrorsAreShownAndStopNothing() {
    try (VolumeSet set = open()) {
      Location location = Engine.put(set, "a", 1, Engine.bytes(100, 1)).location();
      Path dir = in(set, one, location) ? one : two;
      disk.failReads();
      for (int i = 0; i < ReadErrors.MANY; i++) {
        Engine.failure(ErrorCode.DAMAGED, () -> set.read(location));
      }
      disk.heal();
      DirectoryInfo info = info(set, dir);
      assertEquals(ReadErrors.MANY, info.readErrors());
      assertTrue(info.writable());
      assertTrue(info.reason().contains("replace it"), info.reason());
      assertArrayEquals(Engine.bytes(100, 1), Engine.read(set, location));
    }
  }

  @Test
  void mistakesInThePathsAreSaid() throws Exception {
    assertStops(one + " is the same as " + one, one, one);
    Files.createDirectories(one);
    Path link = Files.createSymbolicLink(temp.resolve("link"), one);
    assertStops(one + " is the same as " + link, one, link);
    assertStops(one.resolve("in") + " lies inside " + one, one, one.resolve("in"));
    Path file = Files.createFile(temp.resolve("file"));
    assertStops(file + ": it is not a directory", file);
    open().close();
    try (VolumeSet set = open(Engine.settings(one, two, file))) {
      assertEquals(State.REFUSED, info(set, file).state());
      assertEquals(1, set.refused().size());
      Engine.put(set, "a", 1, Engine.bytes(10, 1));
    }
    Path below = file.resolve("below");
    try (VolumeSet set = open(Engine.settings(one, two, below))) {
      assertEquals(1, set.refused().size());
    }
  }

  private void assertStops(String words, Path... dirs) {
    BackpackException failure =
        Engine.failure(
            ErrorCode.STORAGE_FAILED,
            () -> VolumeSet.open(Engine.settings(dirs), index, disk).close());
    assertTrue(failure.getMessage().contains(words), failure.getMessage());
  }

  @Test
  void aFullDirectoryDoesNotFlap() {
    VolumeSettings settings =
        new VolumeSettings(Engine.NODE, List.of(one, two), 8 << 20, 1000, true, 1 << 20, 64 << 20);
    try (VolumeSet set = open(settings)) {
      disk.usable(one, 1000);
      Awaitility.await().until(() -> info(set, one).state() == State.FULL);
      disk.usable(one, 2000);
      for (int i = 0; i < 50; i++) {
        assertTrue(in(set, two, Engine.put(set, "p" + i, 1, Engine.bytes(10, i)).location()));
      }
      Awaitility.await()
          .during(Duration.ofMillis(1500))
          .until(() -> info(set, one).state() == State.FULL);
      disk.usable(one, 1 << 30);
      Awaitility.await().until(() -> info(set, one).writable());
    }
  }
}
