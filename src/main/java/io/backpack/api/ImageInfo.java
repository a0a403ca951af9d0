package io.backpack.api;

import java.util.Optional;

/**
 * What the head of an image file says of it.
 *
 * @param width in pixels, as stored: before the orientation is applied
 * @param height in pixels, as stored
 * @param orientation how to show it, Exif 2.3 tag 0x0112: 1 as stored, 3 turned by 180 degrees, 6
 *     turned right, 8 turned left, the others mirrored; 1 when the file does not say
 */
public record ImageInfo(int width, int height, int orientation) {
  private static final int MAX_ORIENTATION = 8;

  public ImageInfo {
    if (width < 1 || height < 1 || orientation < 1 || orientation > MAX_ORIENTATION) {
      throw new IllegalArgumentException(
          "not an image: " + width + " x " + height + ", orientation " + orientation);
    }
  }

  /** The same of numbers that may be no image's; nothing then. */
  public static Optional<ImageInfo> of(int width, int height, int orientation) {
    boolean sound = width > 0 && height > 0 && orientation > 0 && orientation <= MAX_ORIENTATION;
    return sound ? Optional.of(new ImageInfo(width, height, orientation)) : Optional.empty();
  }
}
