package io.backpack.bench;

import java.util.List;

/**
 * What came of one row.
 *
 * @param row id of the row
 * @param date when, in UTC
 * @param scale how large the run was, as {@code 20k photos, 5 rounds of 5 s}
 * @param quick whether it was a quick run
 * @param rounds the figure of each round
 * @param raw one line per round with what it was computed from
 * @param points of a plot: one line each, in the columns of the row's plot
 */
record Result(
    String row,
    String date,
    String scale,
    boolean quick,
    List<Double> rounds,
    List<String> raw,
    List<List<Double>> points) {
  Result {
    rounds = List.copyOf(rounds);
    raw = List.copyOf(raw);
    points = points.stream().map(List::copyOf).toList();
  }

  double median() {
    return Stats.median(rounds);
  }

  String spread() {
    return rounds.size() < 2
        ? ""
        : Figures.number(Stats.min(rounds)) + "-" + Figures.number(Stats.max(rounds));
  }
}
