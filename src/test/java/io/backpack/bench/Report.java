package io.backpack.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The table of all rows, for the screen and as the document. */
final class Report {
  private final List<Row> rows;
  private final Results results;

  Report(List<Row> rows, Results results) {
    this.rows = rows;
    this.results = results;
  }

  /** Each row in a line. */
  String table() {
    StringBuilder out = new StringBuilder();
    for (Row row : rows) {
      List<String> cells = cells(row);
      out.append(
          String.format(
              "%-36s %-12s %-18s %-16s %s%n",
              row.id(), cells.get(1), cells.get(2), cells.get(3), cells.get(4)));
    }
    return out.toString();
  }

  /** Title, goal, figure, spread, whether the goal is met. */
  private List<String> cells(Row row) {
    String unit = row.unit().isEmpty() ? "" : " " + row.unit();
    String goal = row.goal().map(each -> each + unit).orElse("");
    Optional<Result> result = results.find(row.id()).filter(each -> !each.rounds().isEmpty());
    if (result.isEmpty()) {
      return List.of(row.title(), goal, "not measured", "", "");
    }
    double median = result.get().median();
    return List.of(
        row.title(),
        goal,
        Figures.number(median) + unit,
        result.get().spread(),
        row.goal().map(each -> each.met(median) ? "yes" : "**no**").orElse(""));
  }

  /**
   * The document.
   *
   * @param machine lines that say where it was measured
   * @param limits what is written by hand about goals that are not met; may be empty
   */
  String document(List<String> machine, String limits) {
    StringBuilder out = new StringBuilder();
    out.append("# Benchmarks\n\n");
    out.append(
        """
        How fast Backpack is and what memory it takes, against nginx on plain files or the raw disk, on the same
        machine in the same run. Written by `bench/run`, which measures all of it again (`--plan` says how long
        that takes, `--quick` needs 3 minutes, `--help` says more).

        A figure is the median of its rounds; a ratio is of two slices that followed each other, since the machine
        gives more or less from one minute to the next. wrk, Redis, the node and nginx share the cores. A node is
        loaded before the first slice until its rate does not rise any more. Absolute figures are of this machine:

        """);
    machine.forEach(line -> out.append("- ").append(line).append('\n'));
    out.append("\n| figure | goal | measured | spread | met | scale | date |\n");
    out.append("| --- | --- | --- | --- | --- | --- | --- |\n");
    for (Row row : rows) {
      Optional<Result> result = results.find(row.id());
      List<String> cells = new ArrayList<>(cells(row));
      cells.set(0, "[" + row.title().replace("|", "/") + "](#" + row.id() + ")");
      cells.add(result.map(each -> (each.quick() ? "quick: " : "") + each.scale()).orElse(""));
      cells.add(result.map(Result::date).orElse(""));
      out.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
    if (!limits.isBlank()) {
      out.append('\n').append(limits.strip()).append('\n');
    }
    out.append("\n# How it is measured, and the raw figures\n\n");
    out.append(
        """
        A line for each round: the figure, and what it was computed from. Latencies are in milliseconds.
        `us/request` is the processor time of each program (`java` is the node) by the number of requests, from
        `/proc/PID/stat`; what else the machine does touches it less than it touches rates.
        """);
    for (Row row : rows) {
      describe(row, out);
    }
    return out.toString();
  }

  private void describe(Row row, StringBuilder out) {
    out.append("\n## ").append(row.id()).append("\n\n");
    out.append(row.title()).append(". ").append(row.how().strip()).append('\n');
    Optional<Result> result = results.find(row.id());
    if (row.plot().isPresent() && result.map(each -> !each.points().isEmpty()).orElse(false)) {
      out.append("\n![").append(row.title()).append("](").append(picture(row)).append(")\n");
    }
    if (result.map(each -> !each.raw().isEmpty()).orElse(false)) {
      out.append("\n```\n");
      result.get().raw().forEach(line -> out.append(line).append('\n'));
      out.append("```\n");
    }
  }

  /** The picture's place beside the document. */
  static String picture(Row row) {
    return "benchmarks/" + row.id() + ".png";
  }
}
