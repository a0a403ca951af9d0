package io.backpack.http;

import io.backpack.api.ByteRange;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header {@code Content-Range: bytes first-last/size} of a 206 (RFC 9110, section 14.4).
 *
 * @param size of the whole photo
 */
record ContentRange(ByteRange range, long size) {
  private static final Pattern FORM = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");

  static Optional<ContentRange> parse(String header) {
    Matcher matcher = FORM.matcher(header == null ? "" : header);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long first = Long.parseLong(matcher.group(1));
    long last = Long.parseLong(matcher.group(2));
    long size = Long.parseLong(matcher.group(3));
    return first > last || last >= size
        ? Optional.empty()
        : Optional.of(new ContentRange(new ByteRange(first, last - first + 1), size));
  }

  @Override
  public String toString() {
    return "bytes " + range.offset() + "-" + (range.end() - 1) + "/" + size;
  }
}
