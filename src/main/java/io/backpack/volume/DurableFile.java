package io.backpack.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Replaces a small file as a whole: after any stop there is either the old one or the new one. */
final class DurableFile {
  private DurableFile() {}

  static void write(Disk disk, Path file, ByteBuffer content) throws IOException {
    Path dir = file.toAbsolutePath().getParent();
    Path temporary = dir.resolve(file.getFileName() + ".tmp");
    if (Files.exists(temporary)) {
      disk.delete(temporary);
    }
    try (VolumeFile out = disk.create(temporary)) {
      Bytes.writeFully(out, content, 0);
      out.force(true);
    }
    disk.replace(temporary, file);
    disk.syncDirectory(dir);
  }
}
