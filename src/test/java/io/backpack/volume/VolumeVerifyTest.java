package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import io.backpack.api.Version;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A verification finds what is damaged and what the index lacks, and says what it is worth. */
class VolumeVerifyTest {
  private static final int SIZE = 100_000;

  @TempDir Path temp;
  private final MemoryIndex index = new MemoryIndex();

  private VolumeSet open() {
    return Engine.open(temp.resolve("store"), index);
  }

  private static Location put(VolumeSet set, String name, long version) {
    return Engine.put(set, name, version, Engine.bytes(SIZE, version)).location();
  }

  private static VerifyReport verify(VolumeSet set, Location location) {
    return set.verify(location.volume(), Pace.UNLIMITED);
  }

  private Path file(Location location) {
    return Engine.dataFile(temp.resolve("store"), location);
  }

  private Path log(Location location) {
    return Engine.logFile(temp.resolve("store"), location);
  }

  @Test
  void aSoundVolume() {
    try (VolumeSet set = open()) {
      Location first = put(set, "a", 1);
      Location second = put(set, "a", 2);
      Location third = put(set, "b", 3);
      Location tombstone = Engine.delete(set, "b", 4).location();
      VerifyReport report = verify(set, first);
      assertEquals(4, report.needles());
      assertEquals(tombstone.end() - Volume.START, report.bytes());
      assertEquals(second.length() + tombstone.length(), report.liveBytes());
      assertEquals(first.length() + third.length(), report.deadBytes());
      assertEquals(VerifyReport.Log.WHOLE, report.log());
      assertTrue(report.sound() && report.complete() && report.healed());
      assertEquals(List.of(), set.damage());
    }
  }

  @Test
  void damagedDataIsListedWithItsNameUntilItIsSoundAgain() {
    try (VolumeSet set = open()) {
      put(set, "a", 1);
      Location location = put(set, "b", 2);
      put(set, "c", 3);
      Engine.flip(file(location), location.offset() + 90_000);
      VerifyReport report = verify(set, location);
      assertEquals(2, report.needles());
      assertEquals(1, report.damagedLive());
      assertFalse(report.sound());
      assertEquals(VerifyReport.Log.WHOLE, report.log());
      Damage damage = set.damage().get(0);
      assertEquals(1, set.damage().size());
      assertEquals(location.offset(), damage.offset());
      assertEquals(location.length(), damage.length());
      assertEquals(Optional.of(Engine.name("b")), damage.name());
      Engine.flip(file(location), location.offset() + 90_000);
      assertTrue(verify(set, location).sound());
      assertEquals(List.of(), set.damage());
    }
  }

  @Test
  void theLogKnowsWhoseADamagedHeaderIs() {
    try (VolumeSet set = open()) {
      Location location = put(set, "a", 1);
      put(set, "b", 2);
      Engine.flip(file(location), location.offset() + 10);
      VerifyReport report = verify(set, location);
      assertEquals(1, report.damagedLive());
      assertEquals(0, report.unknown());
      assertEquals(Optional.of(Engine.name("a")), set.damage().get(0).name());
    }
  }

  @Test
  void withoutALogADamagedHeaderIsAStretchThatNobodyKnows() throws Exception {
    try (VolumeSet set = open()) {
      Location location = put(set, "a", 1);
      put(set, "b", 2);
      Engine.flip(file(location), location.offset() + 10);
      Files.delete(log(location));
      VerifyReport report = verify(set, location);
      assertEquals(VerifyReport.Log.LOST, report.log());
      assertEquals(0, report.damagedLive());
      assertEquals(1, report.unknown());
      assertEquals(location.offset(), set.damage().get(0).offset());
    }
  }

  @Test
  void damageOfWhatNobodyWantsIsCountedAndNotListed() {
    try (VolumeSet set = open()) {
      Location old = put(set, "a", 1);
      Engine.flip(file(old), old.offset() + 90_000);
      Engine.failure(ErrorCode.DAMAGED, () -> set.read(old));
      assertEquals(1, set.damage().size());
      put(set, "a", 2);
      VerifyReport report = verify(set, old);
      assertEquals(1, report.damagedDead());
      assertEquals(0, report.damagedLive());
      assertEquals(old.length(), report.deadBytes());
      assertTrue(report.sound());
      assertEquals(List.of(), set.damage());
    }
  }

  @Test
  void aVolumeThatWasCutLacksWhatItsLogKnows() {
    try (VolumeSet set = open()) {
      put(set, "a", 1);
      Location second = put(set, "b", 2);
      put(set, "c", 3);
      Engine.cut(file(second), second.offset() + 100);
      VerifyReport report = verify(set, second);
      assertEquals(1, report.needles());
      assertEquals(2, report.damagedLive());
      assertEquals(2, set.damage().size());
    }
  }

  @Test
  void aLostFileIsReportedWithoutBeingRead() throws Exception {
    Location location;
    try (VolumeSet set = open()) {
      location = put(set, "a", 1);
      put(set, "b", 2);
    }
    Files.delete(file(location));
    try (VolumeSet set = open()) {
      VerifyReport report = verify(set, location);
      assertEquals(0, report.needles());
      assertEquals(2, report.damagedLive());
      assertFalse(report.sound());
      assertFalse(set.damage().isEmpty());
    }
  }

  @Test
  void aDamagedSuperblockIsDamage() {
    try (VolumeSet set = open()) {
      Location location = put(set, "a", 1);
      Engine.flip(file(location), 20);
      VerifyReport report = verify(set, location);
      assertTrue(report.sound(), "the photos are");
      assertEquals(0, set.damage().get(0).offset());
      Engine.flip(file(location), 20);
      verify(set, location);
      assertEquals(List.of(), set.damage());
    }
  }

  @Test
  void aLogThatEndsEarlyIsNoDamage() throws Exception {
    try (VolumeSet set = open()) {
      Location location = put(set, "a", 1);
      put(set, "b", 2);
      Engine.cut(log(location), Files.size(log(location)) - 5);
      VerifyReport report = verify(set, location);
      assertEquals(VerifyReport.Log.ENDS_EARLY, report.log());
      assertTrue(report.sound());
    }
  }

  @Test
  void aLogThatSaysSomethingElseIsFound() throws Exception {
    try (VolumeSet set = open()) {
      Location location = put(set, "a", 1);
      Superblock superblock = superblock(file(location));
      try (IndexLogWriter log =
          IndexLogWriter.begin(new JdkDisk().open(log(location)), superblock)) {
        log.add(new IndexLogRecord.Entry(entry("other", location)));
        log.force();
      }
      VerifyReport report = verify(set, location);
      assertEquals(VerifyReport.Log.DIFFERS, report.log());
      assertEquals(1, report.needles());
      assertEquals(0, report.damagedLive());
    }
  }

  private static Superblock superblock(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file), 0, Superblock.SIZE);
    return Superblock.decode(bytes.slice(), Superblock.VOLUME_MAGIC).orElseThrow();
  }

  private static NeedleEntry entry(String name, Location location) {
    return new NeedleEntry(Engine.name(name), new Version(1), false, false, false, 0, location);
  }

  @Test
  void whatTheIndexLacksIsReplayed() throws Exception {
    try (VolumeSet set = open()) {
      Location location = put(set, "a", 1);
      put(set, "b", 2);
      index.drop(Engine.name("a"));
      VerifyReport report = verify(set, location);
      assertEquals(1, report.unindexed());
      assertTrue(report.healed());
      assertFalse(report.sound());
      assertEquals(0, index.checkpoint(location.volume()));
      index.catchUp(set);
      assertEquals(location, index.get(Engine.name("a")).location());
      assertTrue(verify(set, location).sound());
    }
  }

  /** Else the photo would be back until the volume of the tombstone is verified. */
  @Test
  void withAPhotoThatTheIndexLacksItsDeleteInAnotherVolumeIsReplayed() throws Exception {
    VolumeSettings small = Engine.settings(150_000, temp.resolve("store"));
    try (VolumeSet set = VolumeSet.open(small, index)) {
      Location photo = put(set, "a", 1);
      Location other = put(set, "b", 2);
      Location tombstone = Engine.delete(set, "a", 3).location();
      Location third = put(set, "c", 4);
      assertTrue(photo.volume() != tombstone.volume() && third.volume() != tombstone.volume());
      index.drop(Engine.name("a"));
      assertEquals(1, verify(set, photo).unindexed());
      assertEquals(0, index.checkpoint(photo.volume()));
      assertEquals(0, index.checkpoint(tombstone.volume()));
      assertTrue(index.checkpoint(third.volume()) > 0, "it has nothing of that name");
      index.catchUp(set);
      assertTrue(index.get(Engine.name("a")).tombstone());
      assertEquals(other, index.get(Engine.name("b")).location());
    }
  }

  @Test
  void aBatchOnItsWayToTheIndexIsNotMissing() {
    try (VolumeSet set = open()) {
      Location first = put(set, "a", 1);
      CompletableFuture<Void> gate = new CompletableFuture<>();
      index.holdUntil(gate);
      CompletableFuture<Appended> late = set.append(Engine.photo("late", 2, Engine.bytes(SIZE, 2)));
      Awaitility.await().until(() -> set.volumes().get(0).needles() == 2);
      boolean[] asked = {false};
      VerifyReport report =
          set.verify(
              first.volume(),
              bytes -> {
                asked[0] |= bytes == 0;
                if (asked[0]) {
                  gate.complete(null); // The index has been asked for the first time.
                }
                return true;
              });
      Engine.await(late);
      assertTrue(asked[0]);
      assertEquals(2, report.needles());
      assertEquals(0, report.unindexed());
    }
  }

  @Test
  void anIndexThatCannotBeAskedFailsIt() {
    try (VolumeSet set = open()) {
      Location location = put(set, "a", 1);
      index.fail(true);
      Engine.failure(ErrorCode.INDEX_UNAVAILABLE, () -> verify(set, location));
    }
  }

  @Test
  void itEndsInTheMiddleOfAPhotoWhenItIsTold() {
    try (VolumeSet set = open()) {
      byte[] large = Engine.bytes(4 << 20, 1);
      Location location = Engine.put(set, "large", 1, large).location();
      long[] passed = {0};
      VerifyReport report =
          set.verify(
              location.volume(),
              bytes -> {
                passed[0] += bytes;
                return passed[0] < 1 << 20;
              });
      assertFalse(report.complete());
      assertTrue(passed[0] < 2 << 20, "passed " + passed[0]);
      assertEquals(List.of(), set.damage());
    }
  }

  @Test
  void thePaceHearsOfEveryByteOnceAndInSmallPieces() {
    try (VolumeSet set = open()) {
      Location location = Engine.put(set, "large", 1, Engine.bytes(4 << 20, 1)).location();
      put(set, "small", 2);
      long[] sum = {0};
      long[] most = {0};
      set.verify(
          location.volume(),
          bytes -> {
            sum[0] += bytes;
            most[0] = Math.max(most[0], bytes);
            return true;
          });
      assertEquals(set.volumes().get(0).length() - Volume.START, sum[0]);
      assertTrue(most[0] <= 512 << 10, "at once " + most[0]);
    }
  }

  @Test
  void thereIsNoSuchVolume() {
    try (VolumeSet set = open()) {
      Engine.failure(ErrorCode.MISSING, () -> set.verify(99 << 24, Pace.UNLIMITED));
    }
  }

  @Test
  void theTimeOfAVerificationIsKept() throws Exception {
    Instant time = Instant.ofEpochMilli(1_700_000_000_123L);
    Location location;
    try (VolumeSet set = open()) {
      location = put(set, "a", 1);
      assertEquals(Optional.empty(), set.volumes().get(0).verified());
      set.noteVerified(location.volume(), time);
    }
    try (VolumeSet set = open()) {
      assertEquals(Optional.of(time), set.volumes().get(0).verified());
    }
    Path file = temp.resolve("store").resolve(ScrubFile.FILE);
    for (long at = 0; at < Files.size(file); at++) {
      Engine.flip(file, at);
      try (VolumeSet set = open()) {
        assertEquals(Optional.empty(), set.volumes().get(0).verified());
      }
      Engine.flip(file, at);
    }
    Files.delete(file);
    try (VolumeSet set = open()) {
      assertEquals(Optional.empty(), set.volumes().get(0).verified());
    }
  }
}
