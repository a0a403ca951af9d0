package io.backpack.api;

import java.time.Instant;
import java.util.regex.Pattern;

/**
 * Orders the writes of a name: a hybrid logical clock in 64 bits, compared unsigned. The higher one
 * wins whatever the order of arrival.
 *
 * <pre>
 *   bits 63..22  milliseconds since 1970-01-01 UTC (42 bits, until the year 2109)
 *   bits 21..14  counter within the millisecond
 *   bits 13..0   id of who stamped it: a coordinator, or the node for a direct upload
 * </pre>
 *
 * <p>The idea is that of Kulkarni et al., "Logical Physical Clocks" (2014), with the counter run on
 * into the time when it overflows.
 */
public record Version(long bits) implements Comparable<Version> {
  /** Lower than every stamped version. */
  public static final Version NONE = new Version(0);

  static final int STAMPER_BITS = 14;
  static final int COUNTER_BITS = 8;

  /** The number of distinct stampers in a cluster. */
  public static final int STAMPERS = 1 << STAMPER_BITS;

  private static final Pattern HEX = Pattern.compile("[0-9a-f]{16}");

  static Version of(long ticks, int stamper) {
    return new Version(ticks << STAMPER_BITS | stamper);
  }

  /**
   * What a photo of the original Backpack counts as, which has no version: below all that were
   * stamped, equal for equal bytes, so that every copy of it gets the same one whoever makes it,
   * and different for different bytes, so that nodes that have such settle on one of them.
   *
   * @param crc32c of all bytes
   */
  public static Version ofOriginal(int crc32c) {
    return new Version(1 + (crc32c & 0xffff_ffffL));
  }

  /**
   * Parses 16 lower-case hex digits.
   *
   * @throws BackpackException {@link ErrorCode#BAD_REQUEST}
   */
  public static Version parse(String hex) {
    if (!HEX.matcher(hex).matches()) {
      throw new BackpackException(
          ErrorCode.BAD_REQUEST, "a version is 16 lower-case hex digits, not '" + hex + "'");
    }
    return new Version(Long.parseUnsignedLong(hex, 16));
  }

  /** The time part, in milliseconds since 1970-01-01 UTC. */
  public long millis() {
    return bits >>> STAMPER_BITS + COUNTER_BITS;
  }

  /** Time and counter together, which is what a clock counts. */
  long ticks() {
    return bits >>> STAMPER_BITS;
  }

  /** Who stamped it, 0 to {@link #STAMPERS} - 1. */
  public int stamper() {
    return (int) bits & STAMPERS - 1;
  }

  /** The time part; equal on every copy, so it serves as Last-Modified. */
  public Instant time() {
    return Instant.ofEpochMilli(millis());
  }

  public boolean isAfter(Version other) {
    return compareTo(other) > 0;
  }

  /** 16 lower-case hex digits. */
  public String hex() {
    String digits = Long.toHexString(bits);
    return "0".repeat(16 - digits.length()) + digits;
  }

  @Override
  public int compareTo(Version other) {
    return Long.compareUnsigned(bits, other.bits);
  }

  @Override
  public String toString() {
    return hex();
  }
}
