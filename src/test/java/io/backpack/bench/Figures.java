package io.backpack.bench;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;

/** How figures are written. */
final class Figures {
  private Figures() {}

  /** Three figures or so: {@code 1.13}, {@code 48.2}, {@code 212,000}. */
  static String number(double value) {
    double size = Math.abs(value);
    String pattern = size >= 1000 ? "#,##0" : size >= 100 ? "0" : size >= 10 ? "0.#" : "0.###";
    return new DecimalFormat(pattern, DecimalFormatSymbols.getInstance(Locale.ROOT)).format(value);
  }

  /** A count of photos as in {@code 20k} or {@code 10M}. */
  static String count(long count) {
    if (count >= 1_000_000 && count % 100_000 == 0) {
      return number(count / 1e6) + "M";
    }
    return count >= 1000 && count % 100 == 0 ? number(count / 1e3) + "k" : Long.toString(count);
  }
}
