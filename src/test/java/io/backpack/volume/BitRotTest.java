package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Single bytes change behind the engine's back: nothing wrong is ever returned. */
class BitRotTest {
  @TempDir Path temp;
  private final MemoryIndex index = new MemoryIndex();
  private final List<Location> locations = new ArrayList<>();

  private static byte[] data(int i) {
    return Engine.bytes(20 + 13 * i, i);
  }

  private Path closed() {
    Path dir = temp.resolve("store");
    try (VolumeSet set = Engine.open(dir, index)) {
      for (int i = 0; i < 5; i++) {
        locations.add(Engine.put(set, "p" + i, i + 1, data(i)).location());
      }
      locations.add(Engine.delete(set, "p0", 99).location());
    }
    return dir;
  }

  /** Reads everything; what is not damaged is right. Returns how many reads failed. */
  private int failedReads(VolumeSet set) {
    int failed = 0;
    for (int i = 0; i < locations.size(); i++) {
      try {
        StoredNeedle stored = set.read(locations.get(i));
        boolean tombstone = i == 5;
        assertEquals(tombstone, stored.tombstone());
        assertEquals(Engine.name(tombstone ? "p0" : "p" + i), stored.name());
        assertEquals(tombstone ? 99 : i + 1, stored.version().bits());
        assertEquals(ByteBuffer.wrap(tombstone ? new byte[0] : data(i)), stored.data());
        assertEquals(tombstone ? "" : "image/jpeg", stored.contentType());
      } catch (BackpackException e) {
        assertEquals(ErrorCode.DAMAGED, e.code());
        failed++;
      }
    }
    return failed;
  }

  @Test
  void aFlippedByteAnywhereInAVolumeIsNeverServed() {
    Path dir = closed();
    Path file = Engine.dataFile(dir, locations.get(0));
    long size = locations.get(5).end();
    int caught = 0;
    try (VolumeSet set = Engine.open(dir, index)) {
      for (long at = 0; at < size; at++) {
        Engine.flip(file, at);
        int failed = failedReads(set);
        assertTrue(failed <= 1);
        caught += failed;
        Engine.flip(file, at);
      }
      assertEquals(0, failedReads(set));
    }
    long padding = 6 * 7;
    assertTrue(caught >= size - Superblock.SIZE - padding, "caught " + caught + " of " + size);
  }

  @Test
  void aFlippedByteAnywhereInAVolumeIsSteppedOverByAReplayOfTheVolume() throws Exception {
    Path dir = closed();
    Path file = Engine.dataFile(dir, locations.get(0));
    Files.delete(Engine.logFile(dir, locations.get(0)));
    VolumeScan scan = scan(dir);
    long size = locations.get(5).end();
    for (long at = Superblock.SIZE; at < size; at++) {
      Engine.flip(file, at);
      List<NeedleEntry> found = new ArrayList<>();
      long[] gaps = {0};
      scan.run(
          Volume.START,
          size,
          0,
          new VolumeScan.Sink() {
            @Override
            public boolean needle(NeedleEntry entry, long durableBefore) {
              found.add(entry);
              return true;
            }

            @Override
            public void gap(long from, long to, Optional<NeedleEntry> entry) {
              gaps[0]++;
            }
          });
      assertTrue(found.size() >= 5 && found.size() + gaps[0] == 6, "at " + at + ": " + found);
      assertTrue(found.stream().allMatch(each -> locations.contains(each.location())));
      Engine.flip(file, at);
    }
  }

  private static VolumeScan scan(Path dir) throws Exception {
    Manifest manifest =
        Manifest.decode(ByteBuffer.wrap(Files.readAllBytes(dir.resolve(Manifest.FILE))))
            .orElseThrow();
    ManifestEntry entry = manifest.volumes().get(0);
    Path file = Volume.file(dir, entry.id());
    return new VolumeScan(
        new Volume(
            entry.superblock(manifest.cookie()),
            dir,
            new SharedReader(new JdkDisk(), file),
            entry,
            new DamageReport()));
  }

  @Test
  void aDamagedSuperblockIsReportedAndItsVolumeStillServes() {
    Path dir = closed();
    Path file = Engine.dataFile(dir, locations.get(0));
    for (long at = 0; at < Superblock.SIZE; at += 9) {
      Path copy = Engine.crash(dir, temp.resolve("at" + at));
      Engine.flip(copy.resolve(file.getFileName()), at);
      try (VolumeSet set = Engine.open(copy, new MemoryIndex())) {
        assertEquals(1, set.damage().size());
        assertEquals(0, set.damage().get(0).offset());
        assertEquals(0, failedReads(set));
        Location next = Engine.put(set, "next", 1, Engine.bytes(10, 1)).location();
        assertFalse(
            next.volume() == locations.get(0).volume(), "a damaged volume is not continued");
      }
    }
  }

  @Test
  void oneDamagedCopyOfTheManifestIsMended() throws Exception {
    Path dir = closed();
    long size = Files.size(dir.resolve(Manifest.FILE));
    for (long at = 0; at < size; at += 7) {
      Path copy = Engine.crash(dir, temp.resolve("at" + at));
      Engine.flip(copy.resolve(Manifest.FILE), at);
      try (VolumeSet set = Engine.open(copy, new MemoryIndex())) {
        assertEquals(0, failedReads(set));
        assertTrue(set.damage().isEmpty());
      }
      byte[] mended = Files.readAllBytes(copy.resolve(Manifest.FILE));
      assertTrue(Manifest.whole(ByteBuffer.wrap(mended)));
    }
  }

  @Test
  void aManifestDamagedInBothCopiesRefusesItsDirectory() throws Exception {
    Path dir = closed();
    long size = Files.size(dir.resolve(Manifest.FILE));
    Engine.flip(dir.resolve(Manifest.FILE), 20);
    Engine.flip(dir.resolve(Manifest.FILE), size / 2 + 60);
    BackpackException failure =
        Engine.failure(ErrorCode.STORAGE_FAILED, () -> Engine.open(dir, index).close());
    assertTrue(failure.getMessage().contains("manifest is damaged"), failure.getMessage());
    assertTrue(failure.getMessage().contains(dir.toString()), failure.getMessage());
  }

  @Test
  void anIdentityWithAFlippedByteRefusesItsDirectory() throws Exception {
    Path dir = closed();
    Path file = dir.resolve(DirectoryIdentity.FILE);
    for (long at = 0; at < Files.size(file); at++) {
      Engine.flip(file, at);
      assertThrows(DirectoryIdentity.Unreadable.class, () -> DirectoryIdentity.read(dir));
      Engine.flip(file, at);
    }
    assertTrue(DirectoryIdentity.read(dir).isPresent());
    Engine.flip(file, 30);
    Engine.failure(ErrorCode.STORAGE_FAILED, () -> Engine.open(dir, index).close());
  }

  @Test
  void blocksOfALargePhotoAreVerifiedOneByOne() {
    Path dir = temp.resolve("large");
    byte[] data = Engine.bytes(300_000, 1);
    try (VolumeSet set = Engine.open(dir, index)) {
      Location location = Engine.put(set, "a", 1, data).location();
      NeedleReader reader = set.openNeedle(location);
      Engine.flip(Engine.dataFile(dir, location), location.offset() + 150_000);
      assertEquals(ByteBuffer.wrap(data, 0, 65_536), reader.readBlocks(0, 65_536));
      Engine.failure(ErrorCode.DAMAGED, () -> reader.readBlocks(131_072, 1));
      Engine.failure(ErrorCode.DAMAGED, () -> reader.readBlocks(0, 300_000));
      Engine.failure(ErrorCode.DAMAGED, () -> set.read(location));
      assertEquals(300_000, set.openNeedle(location).size());
      assertEquals(1, set.damage().size());
    }
  }
}
