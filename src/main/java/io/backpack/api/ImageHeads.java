package io.backpack.api;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads width, height and orientation from the first bytes of JPEG (ITU-T T.81), PNG (W3C PNG 3),
 * GIF (89a) and WebP (RFC 9649) files, whatever their names or types say.
 *
 * <p>The bytes are a stranger's. Lengths that they claim are compared with what is there and never
 * allocated; every step goes forward, so the time grows with the bytes given and with nothing else.
 */
final class ImageHeads {
  private static final int SOI = 0xffd8;
  private static final int START_OF_SCAN = 0xda;
  private static final int END_OF_IMAGE = 0xd9;
  private static final int APP1 = 0xe1;
  private static final long PNG_SIGNATURE = 0x89504e470d0a1a0aL;
  private static final int CHUNK_OVERHEAD = 12;
  private static final int WEBP_EXIF_FLAG = 0x08;
  private static final int FOURTEEN_BITS = 0x3fff;
  private static final String EXIF = "Exif\0\0";

  private final ByteBuffer big;
  private final ByteBuffer little;
  private final int size;

  private ImageHeads(ByteBuffer head) {
    this.big = head.slice().order(ByteOrder.BIG_ENDIAN);
    this.little = head.slice().order(ByteOrder.LITTLE_ENDIAN);
    this.size = big.limit();
  }

  /** See {@link ImageInfo#read}. */
  static Optional<ImageInfo> read(ByteBuffer head) {
    int length = Math.min(head.remaining(), ImageInfo.HEAD);
    return new ImageHeads(head.slice(head.position(), length)).read();
  }

  private Optional<ImageInfo> read() {
    if (has(0, 2) && u16(0) == SOI) {
      return jpeg();
    }
    if (has(0, 8) && big.getLong(0) == PNG_SIGNATURE) {
      return png();
    }
    if (text(0, "GIF87a") || text(0, "GIF89a")) {
      return has(6, 4)
          ? ImageInfo.of(little.getShort(6) & 0xffff, little.getShort(8) & 0xffff, 1)
          : Optional.empty();
    }
    return text(0, "RIFF") && text(8, "WEBP") ? webp() : Optional.empty();
  }

  /** Segments up to the frame header, which has the size; Exif stands before it. */
  private Optional<ImageInfo> jpeg() {
    int orientation = 0;
    long at = 2;
    while (has(at, 2) && u8(at) == 0xff) {
      int marker = u8(at + 1);
      if (marker == 0xff) {
        at++; // A fill byte.
        continue;
      }
      if (marker == 0x01 || marker >= 0xd0 && marker <= 0xd8) {
        at += 2;
        continue;
      }
      if (marker == START_OF_SCAN || marker == END_OF_IMAGE || !has(at + 2, 2)) {
        return Optional.empty();
      }
      int length = u16(at + 2);
      if (length < 2) {
        return Optional.empty();
      }
      if (startsFrame(marker)) {
        return length >= 8 && has(at + 4, 5)
            ? ImageInfo.of(u16(at + 7), u16(at + 5), Math.max(1, orientation))
            : Optional.empty();
      }
      if (marker == APP1 && orientation == 0 && length >= 8 && text(at + 4, EXIF)) {
        orientation = exif(at + 4 + EXIF.length(), at + 2 + length);
      }
      at += 2 + length;
    }
    return Optional.empty();
  }

  private static boolean startsFrame(int marker) {
    // C4, C8 and CC among the frame markers are tables, a reserved one, and arithmetic coding.
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  private Optional<ImageInfo> png() {
    if (!has(8, 16) || big.getInt(8) != 13 || !text(12, "IHDR")) {
      return Optional.empty();
    }
    int orientation = 1;
    long at = 8;
    while (has(at, 8) && !text(at + 4, "IEND")) {
      long length = Integer.toUnsignedLong(big.getInt((int) at));
      if (text(at + 4, "eXIf")) {
        orientation = Math.max(1, exif(at + 8, at + 8 + length));
        break;
      }
      at += length + CHUNK_OVERHEAD;
    }
    return ImageInfo.of(big.getInt(16), big.getInt(20), orientation);
  }

  private Optional<ImageInfo> webp() {
    if (text(12, "VP8X")) {
      return has(20, 10)
          ? ImageInfo.of(u24(24) + 1, u24(27) + 1, webpOrientation())
          : Optional.empty();
    }
    if (text(12, "VP8 ")) {
      boolean keyFrame = has(20, 10) && (u8(20) & 1) == 0 && big.getInt(22) << 8 == 0x9d012a00;
      return keyFrame
          ? ImageInfo.of(
              little.getShort(26) & FOURTEEN_BITS, little.getShort(28) & FOURTEEN_BITS, 1)
          : Optional.empty();
    }
    if (text(12, "VP8L") && has(20, 5) && u8(20) == 0x2f) {
      int bits = little.getInt(21);
      return ImageInfo.of((bits & FOURTEEN_BITS) + 1, (bits >>> 14 & FOURTEEN_BITS) + 1, 1);
    }
    return Optional.empty();
  }

  /** The EXIF chunk comes after the picture: only of small files is it among the first bytes. */
  private int webpOrientation() {
    if ((u8(20) & WEBP_EXIF_FLAG) == 0) {
      return 1;
    }
    long at = 12;
    while (has(at, 8)) {
      long length = Integer.toUnsignedLong(little.getInt((int) at + 4));
      if (text(at, "EXIF")) {
        long tiff = text(at + 8, EXIF) ? at + 8 + EXIF.length() : at + 8;
        return Math.max(1, exif(tiff, at + 8 + length));
      }
      at += 8 + length + (length & 1);
    }
    return 1;
  }

  /** The orientation in these bytes; 0 when they do not say, or not all of them are here. */
  private int exif(long from, long to) {
    long end = Math.min(to, size);
    return from < end ? ExifOrientation.read(big.slice((int) from, (int) (end - from))) : 0;
  }

  private boolean has(long at, int length) {
    return at + length <= size;
  }

  private int u8(long at) {
    return big.get((int) at) & 0xff;
  }

  private int u16(long at) {
    return big.getShort((int) at) & 0xffff;
  }

  private int u24(long at) {
    return u8(at) | u8(at + 1) << 8 | u8(at + 2) << 16;
  }

  private boolean text(long at, String expected) {
    byte[] bytes = expected.getBytes(StandardCharsets.ISO_8859_1);
    if (!has(at, bytes.length)) {
      return false;
    }
    return big.slice((int) at, bytes.length).equals(ByteBuffer.wrap(bytes));
  }
}
