package io.backpack.api;

import java.util.HexFormat;
import java.util.Objects;

/**
 * What is known of a stored photo without its bytes; equal on every copy.
 *
 * @param size bytes, at least 1
 * @param crc32c CRC-32C (RFC 3720, appendix B.4) of all bytes
 * @param contentType the media type it is served with
 */
public record PhotoInfo(
    PhotoName name, long size, int crc32c, Version version, String contentType) {

  public PhotoInfo {
    Objects.requireNonNull(name);
    Objects.requireNonNull(version);
    Objects.requireNonNull(contentType);
    if (size < 1) {
      throw new IllegalArgumentException("a photo has at least one byte");
    }
  }

  /** The checksum as 8 lower-case hex digits. */
  public String crc32cHex() {
    return HexFormat.of().toHexDigits(crc32c);
  }

  /** The strong entity tag, with its quotes. */
  public String etag() {
    return '"' + version.hex() + '-' + crc32cHex() + '"';
  }
}
