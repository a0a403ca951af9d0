package io.backpack.volume;

/**
 * What became of reading a volume's photos.
 *
 * @param photos live ones that the visitor took
 * @param bytes of these photos
 * @param damaged places that were stepped over; each may have been a live photo
 * @param unindexed sound photos that the index does not know (and should, unless they were stored
 *     while the volume was read); they were left out
 * @param complete the end of the volume was reached
 */
public record PhotosRead(long photos, long bytes, long damaged, long unindexed, boolean complete) {
  /** Of no volume. */
  public static PhotosRead none() {
    return new PhotosRead(0, 0, 0, 0, true);
  }

  /** Both together. */
  public PhotosRead plus(PhotosRead other) {
    return new PhotosRead(
        photos + other.photos,
        bytes + other.bytes,
        damaged + other.damaged,
        unindexed + other.unindexed,
        complete && other.complete);
  }

  /** Whether every live photo was given out, as far as the index knows of it. */
  public boolean whole() {
    return complete && damaged == 0 && unindexed == 0;
  }
}
