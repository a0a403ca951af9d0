package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.nio.ByteBuffer;
import java.util.Optional;

/** One record of an index log. */
sealed interface IndexLogRecord {
  /** A needle; it begins where the record before ended. */
  record Entry(NeedleEntry entry) implements IndexLogRecord {}

  /** Bytes of the volume that hold no sound needle; they begin where the record before ended. */
  record Gap(long from, long to) implements IndexLogRecord {}

  /** The volume was synced up to here when this was written. */
  record Mark(long durable) implements IndexLogRecord {}

  // offset  bytes
  //      0      4  length of the record, these and the checksum included
  //      4      1  kind: 1 entry, 2 gap, 3 mark, 4 entry of a generation above 0
  // entry:
  //      5      1  flags, as in the needle
  //      6      2  length of the name
  //      8      8  version
  //     16      8  offset of the needle
  //     24      4  length of the needle
  //     28         name; of kind 4: 1 byte generation, then the name
  // gap:
  //      5      3  zero
  //      8      8  first byte
  //     16      8  first byte after it
  // mark:
  //      5      3  zero
  //      8      8  durable length
  // last 4 bytes of each: CRC-32C of salt, offset of the record in the log, all bytes before
  int HEAD = 5;
  int CRC_BYTES = 4;
  int ENTRY_FIXED = 28;
  int GAP_LENGTH = 24 + CRC_BYTES;
  int MARK_LENGTH = 16 + CRC_BYTES;
  int MAX_LENGTH = ENTRY_FIXED + 1 + PhotoName.MAX_BYTES + CRC_BYTES;

  byte ENTRY = 1;
  byte GAP = 2;
  byte MARK = 3;
  byte LATER_ENTRY = 4;

  /** Writes the record at the buffer's position, which stands for {@code place} in the log. */
  default void encode(ByteBuffer out, long salt, long place) {
    int start = out.position();
    if (this instanceof Entry one) {
      NeedleEntry entry = one.entry;
      byte[] name = entry.name().utf8();
      boolean later = entry.generation() > 0;
      out.putInt(ENTRY_FIXED + (later ? 1 : 0) + name.length + CRC_BYTES);
      out.put(later ? LATER_ENTRY : ENTRY);
      out.put((byte) NeedleHeader.flags(entry.tombstone(), entry.supersedes(), entry.collided()));
      out.putShort((short) name.length).putLong(entry.version().bits());
      out.putLong(entry.location().offset()).putInt((int) entry.location().length());
      if (later) {
        out.put((byte) entry.generation());
      }
      out.put(name);
    } else if (this instanceof Gap gap) {
      out.putInt(GAP_LENGTH).put(GAP).put((byte) 0).putShort((short) 0);
      out.putLong(gap.from).putLong(gap.to);
    } else if (this instanceof Mark mark) {
      out.putInt(MARK_LENGTH).put(MARK).put((byte) 0).putShort((short) 0).putLong(mark.durable);
    }
    out.putInt(Bytes.crc(salt, place, out.slice(start, out.position() - start)));
  }

  /** Whether the checksum of the record at an index of a buffer is right. */
  static boolean sound(ByteBuffer bytes, int at, int length, long salt, long place) {
    int crcAt = length - CRC_BYTES;
    return bytes.getInt(at + crcAt) == Bytes.crc(salt, place, bytes.slice(at, crcAt));
  }

  /** Where the needle of the entry at an index begins in the volume. */
  static long offset(ByteBuffer bytes, int at) {
    return bytes.getLong(at + 16);
  }

  /** The length of the needle of the entry at an index. */
  static long length(ByteBuffer bytes, int at) {
    return Integer.toUnsignedLong(bytes.getInt(at + 24));
  }

  /** What the mark at an index says. */
  static long durable(ByteBuffer bytes, int at) {
    return bytes.getLong(at + 8);
  }

  /**
   * The record whose bytes these are, from position to limit; nothing when it is damaged.
   *
   * @param volume id of the volume
   */
  static Optional<IndexLogRecord> decode(ByteBuffer bytes, int volume, long salt, long place) {
    int length = bytes.remaining();
    if (length < HEAD + CRC_BYTES) {
      return Optional.empty();
    }
    ByteBuffer in = Bytes.slice(bytes, bytes.position(), length);
    int crcAt = length - CRC_BYTES;
    if (!sound(in, 0, length, salt, place)) {
      return Optional.empty();
    }
    byte kind = in.get(HEAD - 1);
    if (kind == ENTRY && length > ENTRY_FIXED + CRC_BYTES) {
      return entry(in, volume, 0, in.slice(ENTRY_FIXED, crcAt - ENTRY_FIXED));
    }
    if (kind == LATER_ENTRY && length > ENTRY_FIXED + 1 + CRC_BYTES) {
      int generation = in.get(ENTRY_FIXED);
      return entry(in, volume, generation, in.slice(ENTRY_FIXED + 1, crcAt - ENTRY_FIXED - 1));
    }
    if (kind == GAP && length == GAP_LENGTH) {
      return Optional.of(new Gap(in.getLong(8), in.getLong(16)));
    }
    if (kind == MARK && length == MARK_LENGTH) {
      return Optional.of(new Mark(durable(in, 0)));
    }
    return Optional.empty();
  }

  private static Optional<IndexLogRecord> entry(
      ByteBuffer in, int volume, int generation, ByteBuffer rest) {
    int flags = in.get(HEAD);
    byte[] name = new byte[rest.remaining()];
    rest.get(name);
    if (Short.toUnsignedInt(in.getShort(6)) != name.length) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Entry(
              new NeedleEntry(
                  PhotoName.of(name),
                  new Version(in.getLong(8)),
                  (flags & NeedlePrefix.TOMBSTONE) != 0,
                  (flags & NeedlePrefix.SUPERSEDES) != 0,
                  (flags & NeedlePrefix.COLLIDED) != 0,
                  generation,
                  new Location(volume, offset(in, 0), length(in, 0)))));
    } catch (BackpackException | IllegalArgumentException notOurs) {
      return Optional.empty();
    }
  }
}
