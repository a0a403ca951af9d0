package io.backpack.api;

/**
 * A part of a photo as a client asks for it, before the size is known (RFC 9110, section 14.1.2).
 *
 * @param first the first byte, or -1 for the last {@code last} bytes
 * @param last the last byte, inclusive, or -1 for all that follow; the number of bytes when {@code
 *     first} is -1
 */
public record RangeRequest(long first, long last) {
  public RangeRequest {
    boolean suffix = first == -1 && last >= 0;
    boolean open = first >= 0 && last == -1;
    boolean closed = first >= 0 && last >= first;
    if (!suffix && !open && !closed) {
      throw new BackpackException(ErrorCode.BAD_REQUEST, "not a range of bytes");
    }
  }

  /**
   * The bytes this asks of a photo.
   *
   * @throws BackpackException {@link ErrorCode#RANGE_NOT_SATISFIABLE}
   */
  public ByteRange resolve(long size) {
    long start = first == -1 ? Math.max(0, size - last) : first;
    long end = first == -1 || last == -1 || last >= size ? size : last + 1;
    if (start >= end) {
      throw new BackpackException(
          ErrorCode.RANGE_NOT_SATISFIABLE, "the photo has " + size + " bytes, none in the range");
    }
    return new ByteRange(start, end - start);
  }
}
