package io.backpack.volume;

import io.backpack.posix.PosixFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An open file with positional access; the seam at which tests let the disk fail. */
interface VolumeFile extends Closeable {
  /** An answer of {@link #readNow}. */
  int NOT_NOW = PosixFile.NOT_NOW;

  /** As {@link java.nio.channels.FileChannel#read(ByteBuffer, long)}; any number at a time. */
  int read(ByteBuffer into, long position) throws IOException;

  /**
   * Reads what is in memory, without waiting for a disk; any number at a time.
   *
   * @param into a direct buffer
   * @return the bytes read, which may be fewer than the file has; -1 at its end; {@link #NOT_NOW}
   *     when a disk would have to be waited for, or when that cannot be told
   */
  default int readNow(ByteBuffer into, long position) throws IOException {
    return NOT_NOW;
  }

  /** Writes once and returns what was written, which may be less than was asked. */
  int write(ByteBuffer from, long position) throws IOException;

  /** What was written before is on the disk when this returns. */
  void force(boolean metadata) throws IOException;

  long size() throws IOException;

  void truncate(long size) throws IOException;
}
