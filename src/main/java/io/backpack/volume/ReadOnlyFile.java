package io.backpack.volume;

import java.nio.ByteBuffer;

/** A file that was opened for reading and refuses all else. */
interface ReadOnlyFile extends VolumeFile {
  @Override
  default int write(ByteBuffer from, long position) {
    throw new UnsupportedOperationException();
  }

  @Override
  default void force(boolean metadata) {
    throw new UnsupportedOperationException();
  }

  @Override
  default void truncate(long size) {
    throw new UnsupportedOperationException();
  }
}
