package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.PhotoName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The verified header of a needle: everything but the data. The layout stands in {@link
 * NeedlePrefix}.
 */
final class NeedleHeader {
  private static final int CRC_BYTES = 4;

  private final NeedlePrefix prefix;
  private final PhotoName name;
  private final String contentType;
  private final Attributes attributes;
  private final int[] blockCrcs;

  private NeedleHeader(
      NeedlePrefix prefix,
      PhotoName name,
      String contentType,
      Attributes attributes,
      int[] blockCrcs) {
    this.prefix = prefix;
    this.name = name;
    this.contentType = contentType;
    this.attributes = attributes;
    this.blockCrcs = blockCrcs;
  }

  NeedlePrefix prefix() {
    return prefix;
  }

  PhotoName name() {
    return name;
  }

  String contentType() {
    return contentType;
  }

  Attributes attributes() {
    return attributes;
  }

  /**
   * Writes the header of a needle at the buffer's position; the buffer is little-endian and has
   * room.
   */
  static void encode(
      ByteBuffer out,
      NeedlePrefix prefix,
      byte[] name,
      byte[] type,
      Attributes attributes,
      int[] blockCrcs,
      Place place) {
    int start = out.position();
    prefix.encode(out, place.salt, place.offset);
    out.put(name).put(type).put(attributes.encoded());
    for (int crc : blockCrcs) {
      out.putInt(crc);
    }
    out.putInt(Bytes.crc(place.salt, place.offset, out.slice(start, out.position() - start)));
  }

  /** What ties a checksum to one place of one volume. */
  record Place(long salt, long offset) {}

  /**
   * The header at the start of {@code bytes}, which hold at least {@link
   * NeedlePrefix#headerLength()}; nothing when it is damaged.
   */
  static Optional<NeedleHeader> decode(NeedlePrefix prefix, ByteBuffer bytes, Place place) {
    int length = prefix.headerLength();
    ByteBuffer in = Bytes.slice(bytes, bytes.position(), length);
    int crcAt = length - CRC_BYTES;
    if (in.getInt(crcAt) != Bytes.crc(place.salt, place.offset, in.slice(0, crcAt))) {
      return Optional.empty();
    }
    in.position(NeedlePrefix.SIZE);
    byte[] name = new byte[prefix.nameLength()];
    byte[] type = new byte[prefix.typeLength()];
    in.get(name).get(type);
    ByteBuffer attributes = in.slice(in.position(), prefix.attributesLength());
    in.position(in.position() + prefix.attributesLength());
    int[] blockCrcs = new int[prefix.blocks()];
    for (int i = 0; i < blockCrcs.length; i++) {
      blockCrcs[i] = in.getInt();
    }
    try {
      return Optional.of(
          new NeedleHeader(
              prefix,
              PhotoName.of(name),
              new String(type, StandardCharsets.UTF_8),
              Attributes.ofBytes(attributes),
              blockCrcs));
    } catch (BackpackException badName) {
      return Optional.empty();
    }
  }

  /** The checksums of the data's blocks, data from position to limit. */
  static int[] blockCrcs(ByteBuffer data) {
    int[] crcs = new int[NeedlePrefix.blocks(data.remaining())];
    for (int i = 0; i < crcs.length; i++) {
      crcs[i] = Bytes.crc(block(data, i));
    }
    return crcs;
  }

  /** Whether {@code data} begins with these blocks, the first of which has number {@code first}. */
  boolean verifies(ByteBuffer data, int first) {
    int count = NeedlePrefix.blocks(data.remaining());
    for (int i = 0; i < count; i++) {
      if (Bytes.crc(block(data, i)) != blockCrcs[first + i]) {
        return false;
      }
    }
    return true;
  }

  private static ByteBuffer block(ByteBuffer data, int number) {
    int from = data.position() + number * NeedlePrefix.BLOCK;
    return data.slice(from, Math.min(NeedlePrefix.BLOCK, data.limit() - from));
  }

  NeedleEntry entry(Location location) {
    return new NeedleEntry(
        name,
        prefix.version(),
        prefix.tombstone(),
        prefix.has(NeedlePrefix.SUPERSEDES),
        prefix.has(NeedlePrefix.COLLIDED),
        prefix.generation(),
        location);
  }

  /** The needle with its data, which must have been verified. */
  StoredNeedle stored(ByteBuffer data) {
    return new StoredNeedle(
        name,
        prefix.version(),
        prefix.tombstone(),
        contentType,
        attributes,
        prefix.crc32c(),
        prefix.headerLength(),
        data);
  }

  static int flags(boolean tombstone, boolean supersedes, boolean collided) {
    return (tombstone ? NeedlePrefix.TOMBSTONE : 0)
        | (supersedes ? NeedlePrefix.SUPERSEDES : 0)
        | (collided ? NeedlePrefix.COLLIDED : 0);
  }
}
