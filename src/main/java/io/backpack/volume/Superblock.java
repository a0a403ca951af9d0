package io.backpack.volume;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The first bytes of a volume, and with another magic of its index log: which volume this is. The
 * manifest holds the same, so that a damaged superblock does not cost the volume.
 *
 * @param id of the volume
 * @param cookie of the store, 32 hex digits
 * @param salt random, goes into every checksum of the volume
 * @param created milliseconds since 1970-01-01 UTC
 */
record Superblock(int id, String cookie, long salt, long created) {
  // offset  bytes
  //      0      8  magic
  //      8      4  format version: 1
  //     12      4  volume id
  //     16     16  cookie of the store
  //     32      8  salt
  //     40      8  time of creation, milliseconds since 1970-01-01 UTC
  //     48     12  reserved, zero
  //     60      4  CRC-32C of bytes 0 to 59
  static final int SIZE = 64;
  static final long VOLUME_MAGIC = magic("BPVOLUME");
  static final long LOG_MAGIC = magic("BPINDLOG");
  static final int FORMAT = 1;

  private static final int FORMAT_AT = 8;
  private static final int ID_AT = 12;
  private static final int COOKIE_AT = 16;
  private static final int COOKIE_BYTES = 16;
  private static final int SALT_AT = 32;
  private static final int CREATED_AT = 40;
  private static final int CRC_AT = 60;

  /** Eight letters as they stand in the file. */
  static long magic(String letters) {
    long magic = 0;
    for (int i = letters.length() - 1; i >= 0; i--) {
      magic = magic << 8 | letters.charAt(i);
    }
    return magic;
  }

  ByteBuffer encode(long magic) {
    ByteBuffer out = Bytes.allocate(SIZE);
    out.putLong(0, magic);
    out.putInt(FORMAT_AT, FORMAT);
    out.putInt(ID_AT, id);
    out.put(COOKIE_AT, Bytes.ofHex(cookie));
    out.putLong(SALT_AT, salt);
    out.putLong(CREATED_AT, created);
    out.putInt(CRC_AT, Bytes.crc(out.slice(0, CRC_AT)));
    return out;
  }

  /** What the bytes say; nothing when they are damaged, of another format or no superblock. */
  static Optional<Superblock> decode(ByteBuffer bytes, long magic) {
    ByteBuffer in = Bytes.slice(bytes, 0, SIZE);
    if (in.getLong(0) != magic
        || in.getInt(CRC_AT) != Bytes.crc(in.slice(0, CRC_AT))
        || in.getInt(FORMAT_AT) != FORMAT) {
      return Optional.empty();
    }
    byte[] cookie = new byte[COOKIE_BYTES];
    in.get(COOKIE_AT, cookie);
    return Optional.of(
        new Superblock(
            in.getInt(ID_AT), Bytes.hex(cookie), in.getLong(SALT_AT), in.getLong(CREATED_AT)));
  }
}
