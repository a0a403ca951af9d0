package io.backpack.volume;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.nio.ByteBuffer;

/**
 * An open needle: its header was read and verified, its data is read block by block. Safe for use
 * by several threads. Nothing needs closing.
 */
public final class NeedleReader {
  public PhotoName name() {
    throw new UnsupportedOperationException();
  }

  public Version version() {
    throw new UnsupportedOperationException();
  }

  public boolean tombstone() {
    throw new UnsupportedOperationException();
  }

  /** Empty for a tombstone. */
  public String contentType() {
    throw new UnsupportedOperationException();
  }

  /** Of all data; 0 for a tombstone. */
  public int crc32c() {
    throw new UnsupportedOperationException();
  }

  /** Bytes of the photo; 0 for a tombstone. */
  public long size() {
    throw new UnsupportedOperationException();
  }

  /**
   * Reads a part of the photo. Reads and verifies every block of 64 KiB that it touches, so the
   * best parts begin and end at multiples of that. Blocks.
   *
   * @throws io.backpack.api.BackpackException as {@link VolumeSet#read}
   */
  public ByteBuffer readBlocks(long offset, int length) {
    throw new UnsupportedOperationException();
  }
}
