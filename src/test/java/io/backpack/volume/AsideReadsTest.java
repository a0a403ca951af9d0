package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.posix.PageCache;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Who reads a whole volume leaves in memory what is there, and brings nothing of it there. */
@EnabledOnOs(OS.LINUX)
class AsideReadsTest {
  private static final int PHOTOS = 40;
  private static final int SIZE = 100_000;

  @TempDir Path temp;
  private final MemoryIndex index = new MemoryIndex();
  private Path dir;
  private Path file;
  private Location cold;
  private Location hot;

  @BeforeEach
  void aVolumeOfWhichOnePhotoIsInMemory() throws IOException {
    dir = temp.resolve("volumes");
    try (VolumeSet set = Engine.open(dir, index)) {
      for (int i = 0; i < PHOTOS; i++) {
        Location at = Engine.put(set, "photo" + i, 1, Engine.bytes(SIZE, i)).location();
        cold = i == PHOTOS / 2 ? at : cold;
        hot = i == PHOTOS - 1 ? at : hot;
      }
    }
    file = Engine.dataFile(dir, cold);
    assertTrue(
        DirectFile.open(file).map(AsideReadsTest::closed).isPresent()
            && PageCache.holds(file, cold.offset()),
        "the file system of java.io.tmpdir has no reads past the page cache, or does not tell what is"
            + " in it: name another with -Djava.io.tmpdir, ext4 and XFS do");
    PageCache.drop(file);
    try (VolumeSet set = Engine.open(dir, index)) {
      assertEquals("photo" + (PHOTOS - 1), set.read(hot).name().toString());
    }
  }

  private static boolean closed(VolumeFile file) {
    Quietly.close(file);
    return true;
  }

  private void assertLeftAsItWas() {
    assertFalse(PageCache.holds(file, cold.offset() + SIZE / 2), "it was brought into memory");
    assertTrue(PageCache.holds(file, hot.offset() + SIZE / 2), "it was pushed out of memory");
  }

  @Test
  void aVerification() {
    try (VolumeSet set = Engine.open(dir, index)) {
      VerifyReport report = set.verify(cold.volume(), Pace.UNLIMITED);
      assertEquals(PHOTOS, report.needles());
      assertTrue(report.sound());
      assertLeftAsItWas();
    }
  }

  @Test
  void aStreamOfTheVolume() throws IOException {
    try (VolumeSet set = Engine.open(dir, index)) {
      PhotosRead read =
          set.photos(
              cold.volume(),
              Pace.UNLIMITED,
              new PhotoVisitor() {
                @Override
                public boolean photo(StoredNeedle photo) {
                  return true;
                }

                @Override
                public void damaged(Damage damage) {
                  throw new AssertionError(damage);
                }
              });
      assertEquals(PHOTOS, read.photos());
      assertLeftAsItWas();
    }
  }

  @Test
  void aReplayOfTheVolume() throws IOException {
    Engine.cut(Engine.logFile(dir, cold), Superblock.SIZE);
    try (VolumeSet set = Engine.open(dir, index)) {
      long[] entries = {0};
      set.replay(
          cold.volume(),
          0,
          batch -> {
            entries[0] += batch.entries().size();
            return true;
          });
      assertEquals(PHOTOS, entries[0]);
      assertLeftAsItWas();
    }
  }

  @Test
  void directReadsGiveTheBytesOfTheFileWhereverTheyBeginAndEnd() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try (VolumeFile direct = DirectFile.open(file).orElseThrow();
        VolumeFile usual = new JdkDisk().openForReading(file)) {
      for (int i = 0; i < 300; i++) {
        long from = (long) (random.nextDouble() * usual.size());
        int length = 1 + random.nextInt((int) Math.min(1_500_000, usual.size() - from));
        ByteBuffer expected = ByteBuffer.allocate(length);
        ByteBuffer found = ByteBuffer.allocate(length);
        Bytes.readFully(usual, expected, from);
        Bytes.readFully(direct, found, from);
        assertEquals(expected.flip(), found.flip(), "seed " + seed + " at " + from);
      }
      assertEquals(-1, direct.read(ByteBuffer.allocate(1), usual.size()));
    }
  }
}
