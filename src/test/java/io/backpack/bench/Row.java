package io.backpack.bench;

import java.util.Optional;

/**
 * One line of the table.
 *
 * @param id for the command line, as {@code warm-get}
 * @param title what the figure is
 * @param unit behind the figure; empty for a ratio
 * @param goal nothing for a figure that is only told
 * @param how a sentence or two on how it is measured
 * @param plot of its points; nothing for a single figure
 */
record Row(
    String id,
    String title,
    String unit,
    Optional<Goal> goal,
    String how,
    Optional<Plot> plot,
    Measurement measurement) {

  /** Measures, and puts what it saw into the recorder. */
  @FunctionalInterface
  interface Measurement {
    void run(Bench bench, Recorder recorder) throws Exception;
  }

  static Row of(
      String id, String title, String unit, Goal goal, String how, Measurement measurement) {
    return new Row(id, title, unit, Optional.of(goal), how, Optional.empty(), measurement);
  }

  /** One without a goal. */
  static Row told(String id, String title, String unit, String how, Measurement measurement) {
    return new Row(id, title, unit, Optional.empty(), how, Optional.empty(), measurement);
  }

  static Row plotted(
      String id, String title, String unit, String how, Plot plot, Measurement measurement) {
    return new Row(id, title, unit, Optional.empty(), how, Optional.of(plot), measurement);
  }
}
