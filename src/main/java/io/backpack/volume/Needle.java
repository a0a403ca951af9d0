package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * What is appended to a volume: a photo, or the tombstone of a delete.
 *
 * @param supersedes see {@link NeedleEntry#supersedes()}
 * @param collided see {@link NeedleEntry#collided()}
 * @param generation see {@link NeedleEntry#generation()}
 * @param contentType the media type, at most {@link #MAX_CONTENT_TYPE} bytes; empty for a tombstone
 * @param attributes what else is known of the photo; none for a tombstone
 * @param data the photo from position to limit, at least one byte; empty for a tombstone. Must not
 *     change until the append has completed; its position and limit are left alone
 * @param crc32c of all data; 0 for a tombstone
 */
public record Needle(
    PhotoName name,
    Version version,
    boolean tombstone,
    boolean supersedes,
    boolean collided,
    int generation,
    String contentType,
    Attributes attributes,
    ByteBuffer data,
    int crc32c) {
  /** The longest content type, in bytes of UTF-8. */
  public static final int MAX_CONTENT_TYPE = 255;

  public Needle {
    Objects.requireNonNull(name);
    Objects.requireNonNull(version);
    Objects.requireNonNull(contentType);
    Objects.requireNonNull(attributes);
    if (tombstone) {
      if (data.hasRemaining() || crc32c != 0 || !contentType.isEmpty() || attributes.length() > 0) {
        throw new IllegalArgumentException("a tombstone has no photo");
      }
    } else if (!data.hasRemaining()) {
      throw new BackpackException(ErrorCode.EMPTY_BODY, "a photo has at least one byte");
    }
    if (contentType.getBytes(StandardCharsets.UTF_8).length > MAX_CONTENT_TYPE) {
      throw new BackpackException(
          ErrorCode.BAD_REQUEST, "the content type has more than " + MAX_CONTENT_TYPE + " bytes");
    }
  }

  /** The needle of a delete. */
  public static Needle tombstone(
      PhotoName name, Version version, boolean supersedes, boolean collided) {
    return tombstone(name, version, supersedes, collided, 0);
  }

  /** The same when it takes the place of another needle of the same delete. */
  public static Needle tombstone(
      PhotoName name, Version version, boolean supersedes, boolean collided, int generation) {
    return new Needle(
        name,
        version,
        true,
        supersedes,
        collided,
        generation,
        "",
        Attributes.NONE,
        ByteBuffer.allocate(0),
        0);
  }

  /** The same, to take the place of this one wherever it was written. */
  Needle next() {
    return new Needle(
        name,
        version,
        tombstone,
        supersedes,
        collided,
        NeedleEntry.nextGeneration(generation),
        contentType,
        attributes,
        data,
        crc32c);
  }
}
