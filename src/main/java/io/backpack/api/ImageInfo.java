package io.backpack.api;

import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
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
  /**
   * How many of a file's first bytes are looked at. A JPEG has its size behind Exif, a thumbnail
   * and a colour profile, each up to 64 KiB and the last in several parts.
   */
  public static final int HEAD = 256 << 10;

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

  /**
   * Reads it from the first bytes of a JPEG, PNG, GIF or WebP file, in time linear in their number
   * and without a copy. Never throws, whatever the bytes.
   *
   * @param head the first {@link #HEAD} bytes or more, or all there are, from position to limit; is
   *     left as it is
   * @return nothing for other files, and where the size does not stand in these bytes
   */
  public static Optional<ImageInfo> read(ByteBuffer head) {
    return ImageHeads.read(head);
  }

  /** The fields {@code width}, {@code height} and {@code orientation}. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("width", width)
        .put("height", height)
        .put("orientation", orientation);
  }

  /** The same out of an object with other fields; nothing where they are missing or no image's. */
  public static Optional<ImageInfo> ofJson(JsonObject json) {
    return json.getValue("width") instanceof Integer width
            && json.getValue("height") instanceof Integer height
            && json.getValue("orientation", 1) instanceof Integer orientation
        ? of(width, height, orientation)
        : Optional.empty();
  }
}
