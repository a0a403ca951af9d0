package io.backpack.cli.volume;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes files that have the name that was asked for only when they are whole. */
final class WholeFile {
  /** What goes into one. */
  @FunctionalInterface
  interface Content<T> {
    T write(OutputStream out) throws IOException;
  }

  private WholeFile() {}

  /**
   * Writes one, under another name first.
   *
   * @return what {@code content} returned
   */
  static <T> T write(Path file, Content<T> content) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      try (OutputStream out = Files.newOutputStream(file)) { // A pipe or a tape.
        return content.write(out);
      }
    }
    Path part = file.resolveSibling(file.getFileName() + ".part");
    boolean whole = false;
    try {
      T written;
      try (OutputStream out = Files.newOutputStream(part)) {
        written = content.write(out);
      }
      try (FileChannel synced = FileChannel.open(part, StandardOpenOption.WRITE)) {
        synced.force(true);
      }
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
      whole = true;
      return written;
    } finally {
      if (!whole) {
        Files.deleteIfExists(part);
      }
    }
  }
}
