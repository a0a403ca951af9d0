package io.backpack.volume;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The fixed part of a needle's header. It has a checksum of its own, so that a scan decides with 40
 * bytes whether a needle begins here, whatever lengths an uploader made the bytes claim.
 *
 * @param durableBefore length of the volume that was known to be synced when the needle was written
 */
record NeedlePrefix(
    int flags,
    int generation,
    int nameLength,
    Version version,
    long durableBefore,
    int dataLength,
    int crc32c,
    int attributesLength,
    int typeLength) {
  // offset  bytes
  //      0      4  magic "BPN1"
  //      4      1  flags: 1 tombstone, 2 supersedes, 4 collided
  //      5      1  generation, 0 to 127
  //      6      2  length of the name
  //      8      8  version
  //     16      8  durable before
  //     24      4  length of the data
  //     28      4  CRC-32C of the data
  //     32      2  length of the attributes
  //     34      1  length of the content type
  //     35      1  format: 1
  //     36      4  CRC-32C of salt, offset of the needle, bytes 0 to 35
  // then: name, content type, attributes, a CRC-32C per 64 KiB of data,
  //       CRC-32C of salt, offset and everything before it; data; zeros up to a multiple of 8
  static final int SIZE = 40;
  static final int MAGIC = 'B' | 'P' << 8 | 'N' << 16 | '1' << 24;
  static final int BLOCK = 64 << 10;
  static final int MAX_ATTRIBUTES = 2 << 10;

  /** Bytes that hold every header, that of a photo of 2 GiB too. */
  static final int MAX_HEADER = 256 << 10;

  static final int TOMBSTONE = 1;
  static final int SUPERSEDES = 2;
  static final int COLLIDED = 4;

  private static final int CRC_BYTES = 4;
  private static final byte FORMAT = 1;
  private static final int FLAGS_AT = 4;
  private static final int GENERATION_AT = 5;
  private static final int NAME_LENGTH_AT = 6;
  private static final int VERSION_AT = 8;
  private static final int DURABLE_AT = 16;
  private static final int DATA_LENGTH_AT = 24;
  private static final int DATA_CRC_AT = 28;
  private static final int ATTRIBUTES_LENGTH_AT = 32;
  private static final int TYPE_LENGTH_AT = 34;
  private static final int FORMAT_AT = 35;
  private static final int CRC_AT = 36;

  /** Writes it at the buffer's position; the buffer is little-endian. */
  void encode(ByteBuffer out, long salt, long offset) {
    int start = out.position();
    out.putInt(MAGIC).put((byte) flags).put((byte) generation).putShort((short) nameLength);
    out.putLong(version.bits()).putLong(durableBefore);
    out.putInt(dataLength).putInt(crc32c);
    out.putShort((short) attributesLength).put((byte) typeLength).put(FORMAT);
    out.putInt(Bytes.crc(salt, offset, out.slice(start, CRC_AT)));
  }

  /**
   * The prefix at the start of {@code bytes}, which hold at least {@link #SIZE}; nothing when no
   * needle of the volume begins there.
   */
  static Optional<NeedlePrefix> decode(ByteBuffer bytes, long salt, long offset) {
    ByteBuffer in = Bytes.slice(bytes, bytes.position(), SIZE);
    if (in.getInt(0) != MAGIC
        || in.getInt(CRC_AT) != Bytes.crc(salt, offset, in.slice(0, CRC_AT))
        || in.get(FORMAT_AT) != FORMAT) {
      return Optional.empty();
    }
    NeedlePrefix prefix =
        new NeedlePrefix(
            Byte.toUnsignedInt(in.get(FLAGS_AT)),
            Byte.toUnsignedInt(in.get(GENERATION_AT)),
            Short.toUnsignedInt(in.getShort(NAME_LENGTH_AT)),
            new Version(in.getLong(VERSION_AT)),
            in.getLong(DURABLE_AT),
            in.getInt(DATA_LENGTH_AT),
            in.getInt(DATA_CRC_AT),
            Short.toUnsignedInt(in.getShort(ATTRIBUTES_LENGTH_AT)),
            Byte.toUnsignedInt(in.get(TYPE_LENGTH_AT)));
    return prefix.plausible() ? Optional.of(prefix) : Optional.empty();
  }

  private boolean plausible() {
    return nameLength > 0
        && nameLength <= PhotoName.MAX_BYTES
        && attributesLength <= MAX_ATTRIBUTES
        && generation <= NeedleEntry.MAX_GENERATION
        && dataLength >= 0
        && tombstone() == (dataLength == 0);
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  boolean tombstone() {
    return has(TOMBSTONE);
  }

  /** Number of checksums in the table. */
  int blocks() {
    return blocks(dataLength);
  }

  /** Bytes from the start of the needle to its data. */
  int headerLength() {
    return headerLength(nameLength, typeLength, attributesLength, dataLength);
  }

  /** Bytes of the whole needle. */
  long needleLength() {
    return align(headerLength() + (long) dataLength);
  }

  static int blocks(int dataLength) {
    return (int) ((dataLength + (long) BLOCK - 1) / BLOCK);
  }

  static int headerLength(int name, int type, int attributes, int data) {
    return SIZE + name + type + attributes + CRC_BYTES * blocks(data) + CRC_BYTES;
  }

  static long align(long length) {
    return length + Location.ALIGNMENT - 1 & -Location.ALIGNMENT;
  }
}
