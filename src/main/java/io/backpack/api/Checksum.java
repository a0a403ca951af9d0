package io.backpack.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * A checksum that a client sent with its upload.
 *
 * @param algorithm how it was computed
 * @param hex the digest as lower-case hex digits
 */
public record Checksum(Algorithm algorithm, String hex) {
  /** The algorithms a client may choose from. */
  public enum Algorithm {
    CRC32C(4),
    MD5(16),
    SHA256(32);

    private final int length;

    Algorithm(int length) {
      this.length = length;
    }

    /** The length of a digest in bytes. */
    public int length() {
      return length;
    }
  }

  public Checksum {
    if (hex.length() != 2 * algorithm.length()) {
      throw new BackpackException(
          ErrorCode.BAD_REQUEST, "a " + algorithm + " checksum has " + algorithm.length + " bytes");
    }
  }

  /** The CRC-32C of all bytes of a buffer, which are not copied. Does not block. */
  public static int crc32c(Buffer bytes) {
    CRC32C sum = new CRC32C();
    for (ByteBuffer part : ((BufferInternal) bytes).getByteBuf().nioBuffers()) {
      sum.update(part);
    }
    return (int) sum.getValue();
  }

  /** A checksum from its digest. */
  public static Checksum of(Algorithm algorithm, byte[] digest) {
    return new Checksum(algorithm, HexFormat.of().formatHex(digest));
  }
}
