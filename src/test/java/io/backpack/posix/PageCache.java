package io.backpack.posix;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What the kernel has in memory of a file. */
public final class PageCache {
  private static final int DONT_NEED = 4;

  private PageCache() {}

  /** Takes all of a file out of memory. */
  public static void drop(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true); // Pages that are not written yet stay.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int fd = LibC.open((file + "\0").getBytes(StandardCharsets.UTF_8), LibC.O_RDONLY);
    LibC.posix_fadvise(fd, 0, 0, DONT_NEED);
    LibC.close(fd);
  }

  /** Whether the byte at an offset is in memory; to be asked once, since asking may bring it. */
  public static boolean holds(Path file, long offset) {
    try (PosixFile opened = PosixFile.open(file).orElseThrow()) {
      return opened.readNow(ByteBuffer.allocateDirect(1), offset) == 1;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
