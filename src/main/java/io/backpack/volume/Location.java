package io.backpack.volume;

/**
 * Where a needle lies.
 *
 * @param volume id of the volume, unique in the node for ever: the directory's ordinal (1 to 255)
 *     in the upper 8 bits, a number counted by the directory's manifest in the lower 24
 * @param offset of the needle's first byte in the volume; a multiple of 8
 * @param length of the whole needle with its padding; a multiple of 8
 */
public record Location(int volume, long offset, long length) {
  /** Needles begin and end at multiples of this. */
  public static final int ALIGNMENT = 8;

  public Location {
    if (offset < 0 || offset % ALIGNMENT != 0 || length <= 0 || length % ALIGNMENT != 0) {
      throw new IllegalArgumentException("not a needle's place: " + offset + "+" + length);
    }
  }

  /** The offset after the needle. */
  public long end() {
    return offset + length;
  }
}
