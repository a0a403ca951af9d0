package io.backpack.volume;

import io.backpack.api.ImageInfo;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What a needle says of its photo beside name and type, at most {@link #MAX_BYTES}: a list of type
 * (1 byte), length of the value (2 bytes), value. Types that this release does not know are kept as
 * they are. Immutable.
 *
 * <pre>
 *   type  length
 *      1       9  image: width (4), height (4), Exif orientation 1 to 8 (1)
 * </pre>
 */
public final class Attributes {
  /** The most bytes that a needle has room for. */
  public static final int MAX_BYTES = NeedlePrefix.MAX_ATTRIBUTES;

  public static final Attributes NONE = new Attributes(ByteBuffer.allocate(0));

  private static final int HEAD = 3;
  private static final byte IMAGE = 1;
  private static final int IMAGE_LENGTH = 9;

  private final ByteBuffer bytes;

  private Attributes(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  /** What is known of an image. */
  public static Attributes of(Optional<ImageInfo> image) {
    if (image.isEmpty()) {
      return NONE;
    }
    ImageInfo info = image.get();
    ByteBuffer out = Bytes.allocate(HEAD + IMAGE_LENGTH);
    out.put(IMAGE).putShort((short) IMAGE_LENGTH);
    out.putInt(info.width()).putInt(info.height()).put((byte) info.orientation());
    return new Attributes(out.flip());
  }

  /** The bytes of a needle, as they stand there. */
  static Attributes ofBytes(ByteBuffer encoded) {
    if (!encoded.hasRemaining()) {
      return NONE;
    }
    ByteBuffer copy = Bytes.allocate(encoded.remaining());
    return new Attributes(copy.put(encoded.duplicate()).flip());
  }

  /** Width, height and orientation; nothing when the needle does not say. */
  public Optional<ImageInfo> image() {
    ByteBuffer in = Bytes.view(bytes);
    while (in.remaining() >= HEAD) {
      byte type = in.get();
      int length = Short.toUnsignedInt(in.getShort());
      if (length > in.remaining()) {
        return Optional.empty();
      }
      if (type == IMAGE && length == IMAGE_LENGTH) {
        return ImageInfo.of(in.getInt(), in.getInt(), in.get());
      }
      in.position(in.position() + length);
    }
    return Optional.empty();
  }

  /** Bytes in the needle. */
  int length() {
    return bytes.remaining();
  }

  /** The bytes, to be read only. */
  ByteBuffer encoded() {
    return Bytes.view(bytes);
  }
}
