package io.backpack.api;

import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;

/**
 * What is known of a stored photo without its bytes; equal on every copy.
 *
 * @param size bytes, at least 1
 * @param crc32c CRC-32C (RFC 3720, appendix B.4) of all bytes
 * @param contentType the media type it is served with
 * @param image width, height and orientation; nothing when the head of the photo does not say
 */
public record PhotoInfo(
    PhotoName name,
    long size,
    int crc32c,
    Version version,
    String contentType,
    Optional<ImageInfo> image) {

  public PhotoInfo {
    Objects.requireNonNull(name);
    Objects.requireNonNull(version);
    Objects.requireNonNull(contentType);
    Objects.requireNonNull(image);
    if (size < 1) {
      throw new IllegalArgumentException("a photo has at least one byte");
    }
  }

  /** A photo of which no image is known. */
  public PhotoInfo(PhotoName name, long size, int crc32c, Version version, String contentType) {
    this(name, size, crc32c, version, contentType, Optional.empty());
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
