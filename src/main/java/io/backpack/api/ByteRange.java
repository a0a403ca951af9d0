package io.backpack.api;

/**
 * A part of a photo's bytes that exists.
 *
 * @param offset of the first byte
 * @param length at least 1
 */
public record ByteRange(long offset, long length) {
  public ByteRange {
    if (offset < 0 || length < 1) {
      throw new IllegalArgumentException("not a range: " + offset + "+" + length);
    }
  }

  /** All bytes of a photo of this size. */
  public static ByteRange all(long size) {
    return new ByteRange(0, size);
  }

  /** The offset after the last byte. */
  public long end() {
    return offset + length;
  }
}
