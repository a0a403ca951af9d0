package io.backpack.api;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The name of a photo: 1 to 1,024 bytes of UTF-8. It reads like a path, so control characters and
 * the segments {@code .}, {@code ..} and the empty one are refused; nothing is normalised, a plus
 * is a plus, and names that differ in one byte are different names.
 *
 * <p>{@code stats} and what starts with {@code _/} are reserved for the node itself.
 */
public final class PhotoName implements Comparable<PhotoName> {
  /** The longest name, in bytes of UTF-8. */
  public static final int MAX_BYTES = 1024;

  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private final String value;
  private final byte[] utf8;

  private PhotoName(String value, byte[] utf8) {
    this.value = value;
    this.utf8 = utf8;
  }

  /**
   * A name from its decoded text.
   *
   * @throws BackpackException {@link ErrorCode#BAD_NAME} when a rule is broken
   */
  public static PhotoName of(String text) {
    if (isPlain(text)) {
      return checked(text, text.getBytes(StandardCharsets.ISO_8859_1));
    }
    byte[] bytes;
    try {
      ByteBuffer encoded =
          StandardCharsets.UTF_8
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .encode(CharBuffer.wrap(text));
      bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
    } catch (CharacterCodingException e) {
      throw bad("is not well-formed Unicode");
    }
    return checked(text, bytes);
  }

  /**
   * A name from its stored or received bytes.
   *
   * @throws BackpackException {@link ErrorCode#BAD_NAME} when they are no UTF-8 or break a rule
   */
  public static PhotoName of(byte[] bytes) {
    String plain = new String(bytes, StandardCharsets.ISO_8859_1);
    if (isPlain(plain)) {
      return checked(plain, bytes.clone());
    }
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes))
              .toString();
      return checked(text, bytes.clone());
    } catch (CharacterCodingException e) {
      throw bad("is not UTF-8");
    }
  }

  /**
   * A name from the percent-encoded path of a URL, without its leading slash and without a query.
   *
   * @throws BackpackException {@link ErrorCode#BAD_NAME} for a broken escape or rule
   */
  public static PhotoName ofEncoded(String path) {
    if (path.indexOf('%') < 0) {
      return of(path);
    }
    byte[] raw = path.getBytes(StandardCharsets.UTF_8);
    byte[] decoded = new byte[raw.length];
    int length = 0;
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] != '%') {
        decoded[length++] = raw[i];
        continue;
      }
      int high = i + 2 < raw.length ? Character.digit(raw[i + 1], 16) : -1;
      int low = i + 2 < raw.length ? Character.digit(raw[i + 2], 16) : -1;
      if (high < 0 || low < 0) {
        throw bad("has a % that is not followed by two hex digits");
      }
      decoded[length++] = (byte) (high << 4 | low);
      i += 2;
    }
    return of(Arrays.copyOf(decoded, length));
  }

  /** Visible ASCII, as nearly all names are: one byte per character, no control character. */
  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~') {
        return false;
      }
    }
    return true;
  }

  private static PhotoName checked(String text, byte[] utf8) {
    if (utf8.length == 0) {
      throw bad("is empty");
    }
    if (utf8.length > MAX_BYTES) {
      throw bad("has " + utf8.length + " bytes, at most " + MAX_BYTES + " are allowed");
    }
    int segment = 0;
    for (int i = 0; i <= text.length(); i++) {
      char c = i < text.length() ? text.charAt(i) : '/';
      if (c == '/') {
        checkSegment(text, segment, i);
        segment = i + 1;
      } else if (Character.isISOControl(c)) {
        throw bad("has a control character");
      }
    }
    return new PhotoName(text, utf8);
  }

  private static void checkSegment(String text, int start, int end) {
    int length = end - start;
    if (length == 0) {
      throw bad("has an empty segment (a slash at its start, its end, or next to another)");
    }
    if (length <= 2 && text.charAt(start) == '.' && text.charAt(end - 1) == '.') {
      throw bad("has a segment '" + text.substring(start, end) + "'");
    }
  }

  private static BackpackException bad(String why) {
    return new BackpackException(ErrorCode.BAD_NAME, "the name " + why);
  }

  /** Whether the name belongs to the node's own pages and no photo can have it. */
  public boolean reserved() {
    return value.equals("stats") || value.equals("_") || value.startsWith("_/");
  }

  /** The decoded text. */
  public String value() {
    return value;
  }

  /** The bytes of the name; a copy. */
  public byte[] utf8() {
    return utf8.clone();
  }

  /** The number of bytes, 1 to {@link #MAX_BYTES}. */
  public int length() {
    return utf8.length;
  }

  /**
   * The name percent-encoded for a URL, without a leading slash: everything but the unreserved
   * characters of RFC 3986, slash and colon is escaped.
   */
  public String encoded() {
    StringBuilder out = new StringBuilder(utf8.length + 16);
    for (byte b : utf8) {
      boolean plain =
          b >= 'a' && b <= 'z'
              || b >= 'A' && b <= 'Z'
              || b >= '0' && b <= '9'
              || b == '-'
              || b == '.'
              || b == '_'
              || b == '~'
              || b == '/'
              || b == ':';
      if (plain) {
        out.append((char) b);
      } else {
        out.append('%').append(HEX[b >> 4 & 15]).append(HEX[b & 15]);
      }
    }
    return out.toString();
  }

  @Override
  public int compareTo(PhotoName other) {
    return Arrays.compareUnsigned(utf8, other.utf8);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PhotoName name && Arrays.equals(utf8, name.utf8);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(utf8);
  }

  @Override
  public String toString() {
    return value;
  }
}
