package io.backpack.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Finds out whether a directory takes writes: a small file, synced and removed again. */
final class WriteProbe {
  /** Without meaning after a stop, as every file with this ending. */
  static final String FILE = "probe.tmp";

  private static final int SIZE = 4 << 10;

  private final Disk disk;
  private final Path dir;

  WriteProbe(Disk disk, Path dir) {
    this.disk = disk;
    this.dir = dir;
  }

  /**
   * Writes it.
   *
   * @throws IOException when the directory is not to be relied upon
   */
  void write() throws IOException {
    Path file = dir.resolve(FILE);
    if (Files.exists(file)) {
      disk.delete(file);
    }
    try (VolumeFile out = disk.create(file)) {
      Bytes.writeFully(out, ByteBuffer.allocate(SIZE), 0);
      out.force(true);
    }
    disk.delete(file);
    disk.syncDirectory(dir);
  }
}
