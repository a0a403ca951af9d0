package io.backpack.volume;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An open file with positional access; the seam at which tests let the disk fail. */
interface VolumeFile extends Closeable {
  /** As {@link java.nio.channels.FileChannel#read(ByteBuffer, long)}; any number at a time. */
  int read(ByteBuffer into, long position) throws IOException;

  /** Writes once and returns what was written, which may be less than was asked. */
  int write(ByteBuffer from, long position) throws IOException;

  /** What was written before is on the disk when this returns. */
  void force(boolean metadata) throws IOException;

  long size() throws IOException;

  void truncate(long size) throws IOException;
}
