package io.backpack.bench;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What wrk saw in one slice.
 *
 * @param rate good answers a second
 * @param megabytes received a second
 * @param p50 latency in milliseconds, as are the others
 * @param errors answers that are no 2xx, broken connections, time-outs
 * @param cost processor time of the programs for each request, in words; empty when not known
 */
record Load(
    double rate,
    double megabytes,
    double p50,
    double p99,
    double p999,
    double max,
    long requests,
    long errors,
    String cost) {
  /**
   * The line that the scripts print: {@code RESULT requests micros bytes p50 p99 p999 max errors}.
   */
  private static final Pattern LINE =
      Pattern.compile(
          "^RESULT (\\d+) (\\d+) (\\d+) (\\d+) (\\d+) (\\d+) (\\d+) (\\d+)$", Pattern.MULTILINE);

  /** Reads it out of the output. */
  static Load parse(String output) {
    Matcher matcher = LINE.matcher(output);
    if (!matcher.find()) {
      throw new IllegalStateException("wrk printed no result: " + output.strip());
    }
    long requests = Long.parseLong(matcher.group(1));
    double seconds = Math.max(1, Long.parseLong(matcher.group(2))) / 1e6;
    return new Load(
        Math.max(0, requests - Long.parseLong(matcher.group(8))) / seconds,
        Long.parseLong(matcher.group(3)) / seconds / 1e6,
        millis(matcher.group(4)),
        millis(matcher.group(5)),
        millis(matcher.group(6)),
        millis(matcher.group(7)),
        requests,
        Long.parseLong(matcher.group(8)),
        "");
  }

  /** The same with what was seen of the servers meanwhile. */
  Load costing(String words) {
    return new Load(rate, megabytes, p50, p99, p999, max, requests, errors, words);
  }

  private static double millis(String micros) {
    return Long.parseLong(micros) / 1e3;
  }

  /** For the raw figures. */
  String describe() {
    return Figures.number(rate)
        + "/s (p50 "
        + Figures.number(p50)
        + " p99 "
        + Figures.number(p99)
        + " p99.9 "
        + Figures.number(p999)
        + " ms, errors "
        + errors
        + (cost.isEmpty() ? "" : "; " + cost)
        + ")";
  }
}
