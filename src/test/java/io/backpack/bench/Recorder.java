package io.backpack.bench;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Takes what a row measures, round by round. One thread. */
final class Recorder {
  private final String row;
  private final boolean quick;
  private final Consumer<String> progress;
  private final List<Double> rounds = new ArrayList<>();
  private final List<String> raw = new ArrayList<>();
  private final List<List<Double>> points = new ArrayList<>();
  private String scale = "";

  Recorder(String row, boolean quick, Consumer<String> progress) {
    this.row = row;
    this.quick = quick;
    this.progress = progress;
  }

  String row() {
    return row;
  }

  void scale(String text) {
    scale = text;
  }

  /**
   * The figure of a round and what it was computed from.
   *
   * @throws IllegalStateException when one side answered nothing
   */
  void round(double figure, String line) {
    if (!Double.isFinite(figure)) {
      throw new IllegalStateException("no figure: " + line);
    }
    rounds.add(figure);
    note(Figures.number(figure) + ": " + line);
  }

  /** The figure of a round that needs no words. */
  void figure(double figure) {
    rounds.add(figure);
  }

  /** A line among the raw figures. */
  void note(String line) {
    raw.add(line);
    progress.accept("  " + line);
  }

  /** A point of the plot. */
  void point(Double... columns) {
    points.add(List.of(columns));
  }

  Result result() {
    return new Result(
        row, LocalDate.now(ZoneOffset.UTC).toString(), scale, quick, rounds, raw, points);
  }
}
