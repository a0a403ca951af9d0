package io.backpack.api;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What a photo is asked by: its name and, where a coordinator is asked, its shard.
 *
 * @param shard {@code [A-Za-z0-9_-]{1,32}}, or empty: on a node, which is in one shard anyway, and
 *     on an upload that may go to any shard
 */
public record PhotoAddress(String shard, PhotoName name) {
  private static final Pattern SHARD = Pattern.compile("[A-Za-z0-9_-]{1,32}");

  public PhotoAddress {
    Objects.requireNonNull(name);
    if (!shard.isEmpty()) {
      checkId("shard", shard);
    }
  }

  /** The address of a name on one node, or anywhere. */
  public static PhotoAddress of(PhotoName name) {
    return new PhotoAddress("", name);
  }

  /**
   * Parses {@code shard:name}, split at the first colon; both may be percent-encoded, as in a path.
   *
   * @throws BackpackException {@link ErrorCode#BAD_NAME}
   */
  public static PhotoAddress ofEncoded(String path) {
    String plain = path.replaceFirst("%3[Aa]", ":");
    String text = path.indexOf(':') >= 0 && path.indexOf(':') <= plain.indexOf(':') ? path : plain;
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new BackpackException(
          ErrorCode.BAD_NAME, "the path is not /{shard}:{name}, as in /1:photo.jpg");
    }
    return new PhotoAddress(
        checkId("shard", text.substring(0, colon)), PhotoName.ofEncoded(text.substring(colon + 1)));
  }

  /**
   * Checks the id of a shard or node.
   *
   * @return the id
   * @throws BackpackException {@link ErrorCode#BAD_NAME}
   */
  public static String checkId(String what, String id) {
    if (!SHARD.matcher(id).matches()) {
      throw new BackpackException(
          ErrorCode.BAD_NAME, "the " + what + " id is not 1 to 32 letters, digits, '_' or '-'");
    }
    return id;
  }

  /**
   * The percent-encoded path with its leading slash: {@code /1:a%20b.jpg}, or {@code /a%20b.jpg}.
   */
  public String path() {
    return shard.isEmpty() ? "/" + name.encoded() : "/" + shard + ":" + name.encoded();
  }

  @Override
  public String toString() {
    return shard.isEmpty() ? name.value() : shard + ":" + name.value();
  }
}
