package io.backpack.volume;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/** What all formats share: little-endian numbers, CRC-32C, whole reads and writes. */
final class Bytes {
  private Bytes() {}

  /** A zeroed buffer for a part of a file. */
  static ByteBuffer allocate(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The same bytes from position to limit, little-endian, with a position of its own. */
  static ByteBuffer view(ByteBuffer bytes) {
    return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The bytes of a buffer from {@code from}, little-endian, starting at position 0. */
  static ByteBuffer slice(ByteBuffer bytes, int from, int length) {
    return bytes.slice(from, length).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** CRC-32C (RFC 3720, appendix B.4) from position to limit, which stay as they are. */
  static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    return (int) crc.getValue();
  }

  /**
   * The same of bytes that are only valid in one place: {@code salt} is the secret of the volume,
   * {@code place} the offset where they stand. Who can choose what is stored cannot choose bytes
   * that have this checksum, nor does a copy of a needle have it anywhere else.
   */
  static int crc(long salt, long place, ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(allocate(16).putLong(salt).putLong(place).flip());
    crc.update(bytes.duplicate());
    return (int) crc.getValue();
  }

  static byte[] ofHex(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** Fills the buffer up to its limit. */
  static void readFully(VolumeFile file, ByteBuffer into, long position) throws IOException {
    long at = position;
    while (into.hasRemaining()) {
      int count = file.read(into, at);
      if (count < 0) {
        throw new EOFException("the file ends at " + at);
      }
      at += count;
    }
  }

  /**
   * Writes all of the buffer with one write. A short write is a failure: the kernel only does it
   * when the disk is full or failing, and what then stands on the disk is not known.
   */
  static void writeFully(VolumeFile file, ByteBuffer from, long position) throws IOException {
    int length = from.remaining();
    int written = file.write(from, position);
    if (written != length) {
      throw new IOException("short write: " + written + " of " + length + " bytes");
    }
  }
}
