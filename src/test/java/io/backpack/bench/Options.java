package io.backpack.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line of {@code bench/run}. */
@Command(
    name = "bench/run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measures this Backpack against nginx on plain files and raw disk reads, in turn, and writes"
          + " docs/benchmarks.md.",
      "A figure counts as the median of ratios that were measured in one run. Cold rows drop the"
          + " page cache of the machine and need root.",
      "What is measured is kept in --results, so that the rows may be measured in several runs."
    })
final class Options {
  @Option(
      names = "--quick",
      description =
          "The rows with a goal that take little time, in less than 3 minutes, on small sets; others"
              + " where --rows names them.")
  boolean quick;

  @Option(
      names = "--rows",
      split = ",",
      paramLabel = "ID",
      description = "Only these rows, see --list.")
  List<String> rows = List.of();

  @Option(
      names = "--plan",
      description = "Tells which rows would be measured and about how long each takes, and ends.")
  boolean plan;

  @Option(names = "--skip", split = ",", paramLabel = "ID", description = "All but these rows.")
  List<String> skip = List.of();

  @Option(names = "--list", description = "Lists the rows, and ends.")
  boolean list;

  @Option(
      names = "--photos",
      paramLabel = "N",
      description = "Photos of the large set of files. Default: 1000000, quick 50000.")
  Optional<Integer> photos = Optional.empty();

  @Option(
      names = "--many",
      paramLabel = "N",
      description =
          "Tiny photos of the store for memory, starts and rebuilds. Default: 10000000, quick"
              + " 500000.")
  Optional<Integer> many = Optional.empty();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Rounds of each comparison. Default: 5, quick 3.")
  Optional<Integer> roundCount = Optional.empty();

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "Of one slice of load. Default: 4, quick 1.")
  Optional<Integer> sliceSeconds = Optional.empty();

  @Option(
      names = "--warmup",
      paramLabel = "S",
      description =
          "Seconds of load before the first slice of a node, and up to twice as long while its rate"
              + " rises. Default: 16, quick 3.")
  Optional<Integer> warmupSeconds = Optional.empty();

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      defaultValue = "/var/tmp",
      description = "Works in a new directory in here. Default: ${DEFAULT-VALUE}.")
  Path dir;

  @Option(
      names = "--results",
      paramLabel = "FILE",
      description =
          "Keeps what was measured. Default: target/bench/results.json, quick quick.json.")
  Optional<Path> resultsFile = Optional.empty();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "The document. Default: docs/benchmarks.md; quick: target/bench/quick.md.")
  Optional<Path> outFile = Optional.empty();

  @Option(
      names = "--write",
      description = "Measures nothing, writes the document from what is kept in --results.")
  boolean write;

  @Option(
      names = "--profile",
      description =
          "Records each node with Java Flight Recorder while it is loaded: ROW.jfr, its stacks"
              + " (ROW.collapsed, for flame graphs) and its top methods (ROW.txt) in target/bench.")
  boolean profile;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "A key of the configuration of every node; may be repeated.")
  List<String> settings = List.of();

  int photos() {
    return photos.orElse(quick ? 50_000 : 1_000_000);
  }

  int many() {
    return many.orElse(quick ? 500_000 : 10_000_000);
  }

  /** Photos of the warm set. */
  int warm() {
    return Math.min(photos(), 20_000);
  }

  int rounds() {
    return roundCount.orElse(quick ? 3 : 5);
  }

  int seconds() {
    return sliceSeconds.orElse(quick ? 1 : 4);
  }

  /** How often a node is started, or its index made, for a figure. */
  int starts() {
    return quick ? 1 : Math.min(3, rounds());
  }

  /** Before the first slice: compilers need it. */
  int warmup() {
    return warmupSeconds.orElse(quick ? 3 : 16);
  }

  /** Before a point of a plot, of which there are many. */
  int briefly() {
    return Math.max(1, warmup() / 3);
  }

  Path results() {
    return resultsFile.orElse(target(quick ? "quick.json" : "results.json"));
  }

  Path out() {
    return outFile.orElse(quick ? target("quick.md") : Path.of("docs/benchmarks.md"));
  }

  static Path target(String name) {
    return Path.of("target/bench").resolve(name);
  }
}
