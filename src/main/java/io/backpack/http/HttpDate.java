package io.backpack.http;

import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/**
 * Dates as HTTP writes them (IMF-fixdate, RFC 9110, section 5.6.7). Written by hand because every
 * GET needs one and the formatter of the JDK costs as much as the rest of the head.
 */
final class HttpDate {
  private static final String[] DAYS = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  private static final String[] MONTHS = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
  };

  private HttpDate() {}

  static String format(long millis) {
    long seconds = Math.floorDiv(millis, 1000L);
    LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(seconds, 86_400L));
    int ofDay = (int) Math.floorMod(seconds, 86_400L);
    StringBuilder out = new StringBuilder(29);
    out.append(DAYS[date.getDayOfWeek().getValue() - 1]).append(", ");
    two(out, date.getDayOfMonth()).append(' ').append(MONTHS[date.getMonthValue() - 1]).append(' ');
    two(out, date.getYear() / 100);
    two(out, date.getYear() % 100).append(' ');
    two(out, ofDay / 3600).append(':');
    two(out, ofDay / 60 % 60).append(':');
    return two(out, ofDay % 60).append(" GMT").toString();
  }

  private static StringBuilder two(StringBuilder out, int number) {
    return out.append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
  }

  /** Empty for what is no date: such a condition is then as if it were not there. */
  static Optional<Instant> parse(String text) {
    try {
      return Optional.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text.strip())));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
