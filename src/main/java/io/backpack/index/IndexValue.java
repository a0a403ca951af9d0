package io.backpack.index;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Version;
import io.backpack.volume.Location;
import java.nio.ByteBuffer;

/**
 * What the index stores for a name, 21 bytes, big-endian:
 *
 * <pre>
 *    0  8  version
 *    8  1  1 tombstone; the generation in the upper 7 bits
 *    9  4  volume
 *   13  4  offset / 8, unsigned
 *   17  4  length / 8, unsigned
 * </pre>
 */
final class IndexValue {
  static final int BYTES = 21;

  private static final int TOMBSTONE = 1;
  private static final int GENERATION_SHIFT = 1;
  private static final int UNIT = Location.ALIGNMENT;

  private IndexValue() {}

  static void write(
      ByteBuffer out, Version version, boolean tombstone, int generation, Location location) {
    out.putLong(version.bits());
    out.put((byte) (generation << GENERATION_SHIFT | (tombstone ? TOMBSTONE : 0)));
    out.putInt(location.volume());
    out.putInt(units(location.offset()));
    out.putInt(units(location.length()));
  }

  /** By the byte behind the version. */
  static boolean tombstone(int flags) {
    return (flags & TOMBSTONE) != 0;
  }

  private static int units(long bytes) {
    long units = bytes / UNIT;
    if (units > 0xffff_ffffL) {
      throw new IllegalArgumentException("an offset or a length beyond 32 GiB: " + bytes);
    }
    return (int) units;
  }

  /**
   * @throws BackpackException {@link ErrorCode#INDEX_UNAVAILABLE} when these are not such bytes
   */
  static Lookup read(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new BackpackException(
          ErrorCode.INDEX_UNAVAILABLE, "the index holds a value that is none of ours");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    Version version = new Version(in.getLong());
    int flags = Byte.toUnsignedInt(in.get());
    int volume = in.getInt();
    long offset = Integer.toUnsignedLong(in.getInt()) * UNIT;
    long length = Integer.toUnsignedLong(in.getInt()) * UNIT;
    if (length == 0) {
      throw new BackpackException(
          ErrorCode.INDEX_UNAVAILABLE, "the index holds a value that is none of ours");
    }
    return new Lookup(
        version,
        tombstone(flags),
        flags >>> GENERATION_SHIFT,
        new Location(volume, offset, length));
  }
}
