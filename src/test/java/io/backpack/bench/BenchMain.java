package io.backpack.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine;

/** {@code bench/run}: measures the rows that are wanted, prints the table, writes the document. */
final class BenchMain {
  /** Rows with a goal that a quick run leaves out: each needs a node, or a set, of its own. */
  private static final Set<String> SLOW =
      Set.of(
          "warm-get-redis",
          "cold-get-1m",
          "put-unsynced",
          "compaction-p99",
          "rebuild-p99",
          "coordinator",
          "replication-lag");

  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private final Options options;
  private final List<Row> all = Rows.all();

  private BenchMain(Options options) {
    this.options = options;
  }

  public static void main(String[] args) throws Exception {
    Options options = new Options();
    CommandLine line = new CommandLine(options);
    try {
      line.parseArgs(args);
    } catch (CommandLine.ParameterException e) {
      System.err.println(e.getMessage());
      line.usage(System.err);
      System.exit(USAGE);
    }
    if (line.isUsageHelpRequested()) {
      line.usage(System.out);
      return;
    }
    System.exit(run(options));
  }

  static int run(Options options) throws Exception {
    return new BenchMain(options).run();
  }

  private int run() throws Exception {
    if (options.list) {
      all.forEach(
          row ->
              System.out.printf(
                  "%-36s %-12s %s%n",
                  row.id(), row.goal().map(Goal::toString).orElse(""), row.title()));
      return 0;
    }
    if (options.write && !options.rows.isEmpty()) {
      System.err.println(
          "--write measures nothing: without it --rows measures these and writes the document");
      return USAGE;
    }
    Optional<List<Row>> wanted = wanted();
    if (wanted.isEmpty()) {
      return USAGE;
    }
    if (options.plan) {
      plan(wanted.get());
      return 0;
    }
    long begun = System.nanoTime();
    Results results = Results.load(options.results());
    int failed = 0;
    System.out.println(space(wanted.get()));
    try (Bench bench = new Bench(options)) {
      for (Row row : wanted.get()) {
        failed += measure(bench, row, results) ? 0 : 1;
      }
      Report report = new Report(all, results);
      System.out.println();
      System.out.print(report.table());
      write(bench, report, results);
    }
    System.out.printf(
        Locale.ROOT,
        "%d rows in %.0f s, %d failed; %s and %s%n",
        wanted.get().size(),
        (System.nanoTime() - begun) / 1e9,
        failed,
        options.out(),
        options.results());
    return failed == 0 ? 0 : FAILED;
  }

  private void plan(List<Row> rows) {
    rows.forEach(
        row ->
            System.out.printf(
                Locale.ROOT, "%-36s %5.0f s%n", row.id(), Plan.seconds(options, row.id())));
    System.out.printf(Locale.ROOT, "%-36s %5.0f s%n", "in all, about", seconds(rows));
  }

  private double seconds(List<Row> rows) {
    return rows.stream().mapToDouble(row -> Plan.seconds(options, row.id())).sum();
  }

  private Optional<List<Row>> wanted() {
    Map<String, Row> byId = all.stream().collect(Collectors.toMap(Row::id, row -> row));
    List<String> named = new ArrayList<>(options.rows);
    named.addAll(options.skip);
    for (String id : named) {
      if (!byId.containsKey(id)) {
        System.err.println("there is no row " + id + ", see --list");
        return Optional.empty();
      }
    }
    return Optional.of(
        Rows.inOrder(
            all.stream()
                .filter(row -> !options.write)
                .filter(
                    row -> options.rows.isEmpty() ? usual(row) : options.rows.contains(row.id()))
                .filter(row -> !options.skip.contains(row.id()))
                .toList()));
  }

  /** A quick run has the goals that take little time. */
  private boolean usual(Row row) {
    return !options.quick || row.goal().isPresent() && !SLOW.contains(row.id());
  }

  /** What the run will need of the disk. */
  private String space(List<Row> rows) throws IOException {
    Space space = Space.of(options, rows.stream().map(Row::id).toList());
    long free = Files.getFileStore(options.dir).getUsableSpace();
    String line =
        String.format(
            Locale.ROOT,
            "%d rows, about %.0f minutes; needs about %.1f GB in %s, where %.1f GB are free",
            rows.size(),
            Math.ceil(seconds(rows) / 60),
            space.bytes() / 1e9,
            options.dir,
            free / 1e9);
    if (space.bytes() > free) {
      throw new IOException(line + ": name another with --dir, or fewer photos with --photos");
    }
    return line;
  }

  private boolean measure(Bench bench, Row row, Results results) throws IOException {
    long begun = System.nanoTime();
    System.out.println(row.id() + ": " + row.title());
    Recorder recorder = new Recorder(row.id(), options.quick, System.out::println);
    try {
      row.measurement().run(bench, recorder);
    } catch (Exception e) {
      // One row that cannot be measured, such as a cold one without root, leaves the others.
      System.out.println("  FAILED: " + e);
      bench.stopNode();
      return false;
    }
    Result result = recorder.result();
    results.put(result);
    System.out.printf(
        Locale.ROOT,
        "  = %s %s %s (%.0f s)%n",
        result.rounds().isEmpty() ? "nothing" : Figures.number(result.median()),
        row.unit(),
        row.goal().map(goal -> "goal " + goal).orElse(""),
        (System.nanoTime() - begun) / 1e9);
    return true;
  }

  private void write(Bench bench, Report report, Results results) throws IOException {
    Path out = options.out().toAbsolutePath();
    Files.createDirectories(out.getParent());
    for (Row row : all) {
      Optional<Result> result = results.find(row.id());
      if (row.plot().isPresent() && result.isPresent() && !result.get().points().isEmpty()) {
        draw(bench, row, result.get(), out.resolveSibling(Report.picture(row)));
      }
    }
    Path limits = out.resolveSibling("benchmarks-limits.md");
    String words = Files.exists(limits) ? Files.readString(limits) : "";
    Files.writeString(out, report.document(Machine.describe(bench), words));
  }

  private static void draw(Bench bench, Row row, Result result, Path png) throws IOException {
    Files.createDirectories(png.getParent());
    Path data = bench.path(row.id() + ".data");
    Path script = bench.path(row.id() + ".gnuplot");
    Files.write(
        data,
        result.points().stream()
            .map(point -> point.stream().map(String::valueOf).collect(Collectors.joining(" ")))
            .toList());
    Files.writeString(
        script, row.plot().orElseThrow().script(row.id(), data.toString(), png.toString()));
    bench.processes().run("gnuplot", script.toString());
  }
}
