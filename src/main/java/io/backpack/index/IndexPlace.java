package io.backpack.index;

import java.util.HexFormat;

/**
 * Where Redis has the entry of a name, for people who look for themselves.
 *
 * @param key of a hash
 * @param field of that hash as {@code redis-cli} takes it between double quotes: eight bytes, each
 *     as {@code \xNN}, or the name when another one holds the place of its hash
 */
public record IndexPlace(String key, String field) {
  static IndexPlace ofHash(String key, byte[] field) {
    StringBuilder escaped = new StringBuilder();
    for (byte each : field) {
      escaped.append("\\x").append(HexFormat.of().toHexDigits(each));
    }
    return new IndexPlace(key, escaped.toString());
  }
}
