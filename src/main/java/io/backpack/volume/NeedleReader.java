package io.backpack.volume;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.nio.ByteBuffer;

/**
 * An open needle: its header was read and verified, its data is read block by block. Safe for use
 * by several threads. Nothing needs closing.
 */
public final class NeedleReader {
  private final Volume volume;
  private final Location location;
  private final NeedleHeader header;

  NeedleReader(Volume volume, Location location, NeedleHeader header) {
    this.volume = volume;
    this.location = location;
    this.header = header;
  }

  public PhotoName name() {
    return header.name();
  }

  public Version version() {
    return header.prefix().version();
  }

  public boolean tombstone() {
    return header.prefix().tombstone();
  }

  /** Empty for a tombstone. */
  public String contentType() {
    return header.contentType();
  }

  public Attributes attributes() {
    return header.attributes();
  }

  /** See {@link NeedleEntry#generation()}. */
  public int generation() {
    return header.prefix().generation();
  }

  /** Of all data; 0 for a tombstone. */
  public int crc32c() {
    return header.prefix().crc32c();
  }

  /** Bytes of the photo; 0 for a tombstone. */
  public long size() {
    return header.prefix().dataLength();
  }

  /**
   * Reads a part of the photo. Reads and verifies every block of 64 KiB that it touches, so the
   * best parts begin and end at multiples of that. Blocks.
   *
   * @return the part from position to limit
   * @throws io.backpack.api.BackpackException as {@link VolumeSet#read(Location)}
   */
  public ByteBuffer readBlocks(long offset, int length) {
    if (offset < 0 || length < 1 || offset + length > size()) {
      throw new IllegalArgumentException("no such part: " + offset + "+" + length);
    }
    int first = (int) (offset / NeedlePrefix.BLOCK);
    long from = (long) first * NeedlePrefix.BLOCK;
    long to =
        Math.min(size(), (offset + length + NeedlePrefix.BLOCK - 1) & -(long) NeedlePrefix.BLOCK);
    ByteBuffer blocks = volume.readBlocks(location, header, first, (int) (to - from));
    return blocks.slice((int) (offset - from), length);
  }
}
