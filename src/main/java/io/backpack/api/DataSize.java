package io.backpack.api;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes as configuration and commands write it: {@code 100mb}, {@code 3500MiB}, {@code
 * 1.5tb} or plain {@code 4096}. Units are powers of 1024, whichever way they are spelled, as disks
 * are sold smaller than they look and never larger.
 *
 * @param bytes 0 or more
 */
public record DataSize(long bytes) implements Comparable<DataSize> {
  private static final String UNITS = "kmgtpe";
  private static final Pattern SYNTAX =
      Pattern.compile("(\\d{1,19}(?:\\.\\d{1,6})?) ?(?:b|bytes?|([kmgtpe])(?:i?b)?)?");

  public DataSize {
    if (bytes < 0) {
      throw new IllegalArgumentException("a size is not negative: " + bytes);
    }
  }

  /**
   * Parses a size; upper and lower case are the same, and one space may stand before the unit.
   *
   * @throws BackpackException {@link ErrorCode#BAD_REQUEST} for anything else, for a part of a
   *     byte, and from 8 EiB on
   */
  public static DataSize parse(String text) {
    Matcher matcher = SYNTAX.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw bad(text, "is not a size, as 4096, 512kb, 100mb, 20gb or 1.5tb");
    }
    String unit = matcher.group(2);
    int shift = unit == null ? 0 : 10 * (UNITS.indexOf(unit) + 1);
    BigDecimal exact = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(1L << shift));
    if (shift == 0 && exact.stripTrailingZeros().scale() > 0) {
      throw bad(text, "is not a whole number of bytes");
    }
    BigDecimal whole = exact.setScale(0, RoundingMode.DOWN);
    if (whole.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      throw bad(text, "is too large, sizes end at 8 EiB");
    }
    return new DataSize(whole.longValueExact());
  }

  private static BackpackException bad(String text, String why) {
    return new BackpackException(ErrorCode.BAD_REQUEST, "'" + text + "' " + why);
  }

  /** For people, rounded to three digits at most: {@code 44.1 GB}, {@code 512 B}. */
  public String forPeople() {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    // 999.5 and not 1024: what rounds to a fourth digit belongs to the next unit.
    while (value >= 999.5 && unit < UNITS.length() - 1) {
      value /= 1024;
      unit++;
    }
    String format = value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f";
    return String.format(Locale.ROOT, format, value)
        + " "
        + Character.toUpperCase(UNITS.charAt(unit))
        + "B";
  }

  @Override
  public int compareTo(DataSize other) {
    return Long.compare(bytes, other.bytes);
  }

  /** Exactly, in the largest unit that has no rest: {@code 100gb}, {@code 1536mb}, {@code 1000}. */
  @Override
  public String toString() {
    int unit = bytes == 0 ? 0 : Math.min(Long.numberOfTrailingZeros(bytes) / 10, UNITS.length());
    return unit == 0
        ? Long.toString(bytes)
        : (bytes >> 10 * unit) + UNITS.substring(unit - 1, unit) + "b";
  }
}
