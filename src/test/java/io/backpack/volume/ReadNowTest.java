package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads that do not wait; the disk of these tests has in memory what it is told. */
class ReadNowTest {
  /** A disk that has all in memory, up to some offset. */
  private static final class MemoryDisk implements Disk {
    private final Disk real = new JdkDisk();
    private long resident = Long.MAX_VALUE;
    private Path platter; // What the disk really holds; null for what is in memory.

    @Override
    public VolumeFile create(Path file) throws IOException {
      return real.create(file);
    }

    @Override
    public VolumeFile open(Path file) throws IOException {
      return real.open(file);
    }

    @Override
    public VolumeFile openForReading(Path file) throws IOException {
      return real.openForReading(file);
    }

    @Override
    public VolumeFile openForRandomReads(Path file) throws IOException {
      return new MemoryFile(real.openForReading(file));
    }

    @Override
    public VolumeFile openAside(Path file) throws IOException {
      return real.openForReading(platter == null ? file : platter);
    }

    @Override
    public void replace(Path from, Path to) throws IOException {
      real.replace(from, to);
    }

    @Override
    public void delete(Path file) throws IOException {
      real.delete(file);
    }

    @Override
    public void syncDirectory(Path dir) throws IOException {
      real.syncDirectory(dir);
    }

    @Override
    public long usableSpace(Path dir) throws IOException {
      return real.usableSpace(dir);
    }

    private final class MemoryFile implements VolumeFile {
      private final VolumeFile file;

      MemoryFile(VolumeFile file) {
        this.file = file;
      }

      @Override
      public int read(ByteBuffer into, long position) throws IOException {
        return file.read(into, position);
      }

      @Override
      public int readNow(ByteBuffer into, long position) throws IOException {
        if (position >= resident) {
          return NOT_NOW;
        }
        into.limit(into.position() + (int) Math.min(into.remaining(), resident - position));
        return file.read(into, position);
      }

      @Override
      public int write(ByteBuffer from, long position) throws IOException {
        return file.write(from, position);
      }

      @Override
      public void force(boolean metadata) throws IOException {
        file.force(metadata);
      }

      @Override
      public long size() throws IOException {
        return file.size();
      }

      @Override
      public void truncate(long size) throws IOException {
        file.truncate(size);
      }

      @Override
      public void close() throws IOException {
        file.close();
      }
    }
  }

  @TempDir Path temp;
  private final MemoryDisk disk = new MemoryDisk();
  private final byte[] data = Engine.bytes(20_000, 1);
  private Path dir;
  private Location location;

  @BeforeEach
  void aPhoto() {
    dir = temp.resolve("volumes");
    try (VolumeSet set = open()) {
      location = Engine.put(set, "photo", 1, data).location();
      Engine.put(set, "other", 2, data);
    }
  }

  private VolumeSet open() {
    return VolumeSet.open(Engine.settings(dir), new MemoryIndex(), disk);
  }

  private Optional<StoredNeedle> readNow(VolumeSet set) {
    return set.readNow(location, ByteBuffer::allocateDirect);
  }

  @Test
  void givesAPhotoThatIsInMemoryAndNoOther() {
    try (VolumeSet set = open()) {
      StoredNeedle photo = readNow(set).orElseThrow();
      assertEquals(ByteBuffer.wrap(data), photo.data());
      assertEquals(Engine.name("photo"), photo.name());

      disk.resident = location.end() - 1;
      assertTrue(readNow(set).isEmpty(), "its last byte is not in memory");
      disk.resident = 0;
      assertTrue(readNow(set).isEmpty());
      assertEquals(List.of(), set.damage());
    }
  }

  @Test
  void readsIntoTheBuffersOfTheCaller() {
    try (VolumeSet set = open()) {
      ByteBuffer mine = ByteBuffer.allocateDirect(30_000).position(77);
      StoredNeedle photo = set.readNow(location, length -> mine).orElseThrow();
      assertEquals(77, mine.position());
      assertEquals(77 + location.length(), mine.limit());
      assertEquals(ByteBuffer.wrap(data), photo.data());
    }
  }

  @Test
  void verifiesWhatItReads() {
    try (VolumeSet set = open()) {
      Engine.flip(Engine.dataFile(dir, location), location.end() - 5_000);
      Engine.failure(ErrorCode.DAMAGED, () -> readNow(set));
      assertEquals(1, set.damage().size());
      Engine.flip(Engine.dataFile(dir, location), location.end() - 5_000);
      assertTrue(readNow(set).isEmpty(), "the disk has to be asked");
      assertEquals(ByteBuffer.wrap(data), set.read(location).data());
      assertEquals(List.of(), set.damage());
      assertTrue(readNow(set).isPresent());
    }
  }

  @Test
  void damageOfTheDiskStaysWhileOnlyMemoryIsRight() throws IOException {
    try (VolumeSet set = open()) {
      disk.platter = Files.copy(Engine.dataFile(dir, location), temp.resolve("platter"));
      Engine.flip(disk.platter, location.end() - 5_000);
      assertFalse(set.verify(location.volume(), Pace.UNLIMITED).sound());
      assertEquals(1, set.damage().size());
      assertTrue(readNow(set).isEmpty());
      assertEquals(ByteBuffer.wrap(data), set.read(location).data(), "memory has it still");
      assertEquals(1, set.damage().size(), "a repair is needed as before");

      Engine.flip(disk.platter, location.end() - 5_000);
      assertEquals(ByteBuffer.wrap(data), set.read(location).data());
      assertEquals(List.of(), set.damage());
    }
  }

  @Test
  void leavesItToWhoWaitsToSayWhyThereIsNothing() {
    try (VolumeSet set = open()) {
      Engine.cut(Engine.dataFile(dir, location), location.end() - 5_000);
      assertTrue(readNow(set).isEmpty());
      assertEquals(List.of(), set.damage());
      Engine.failure(ErrorCode.MISSING, () -> set.read(location));
      assertEquals(1, set.damage().size());
    }
  }

  @Test
  void knowsVolumesThatWereCompacted() throws Exception {
    MemoryIndex index = new MemoryIndex();
    try (VolumeSet set = VolumeSet.open(Engine.settings(dir), index, disk)) {
      Engine.await(set.roll(location.volume()));
      assertTrue(readNow(set).isPresent());
      index.catchUp(set);
      set.compact(List.of(location.volume()), Pace.UNLIMITED);
      assertFalse(set.lists(location.volume()));
      Engine.failure(ErrorCode.MISSING, () -> readNow(set));
    }
  }

  @Test
  void theKernelsAnswersAreTheSamePhotos() {
    try (VolumeSet set = VolumeSet.open(Engine.settings(dir), new MemoryIndex())) {
      StoredNeedle photo = set.read(location, ByteBuffer::allocateDirect);
      assertEquals(ByteBuffer.wrap(data), photo.data());
      // Not all file systems can tell, and memory may be short; what is said is right.
      readNow(set).ifPresent(now -> assertEquals(photo, now));
    }
  }
}
