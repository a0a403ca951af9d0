package io.backpack.chaos;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a campaign is told.
 *
 * @param seconds how long faults are made; start and check come on top
 * @param onceEach each kind of fault once, one after another, however long that takes
 * @param servers 2 to 9, each with as many nodes as there are shards
 * @param strict whether uploads need all their copies; empty: when a fault takes away disks
 * @param careless uploads are answered with one copy and nobody makes the others, so that photos do
 *     get lost: shows that this is found
 * @param keep leave the files
 * @param dir for all files; empty for a new one below the system's directory of temporary files
 */
record Options(
    int seconds,
    long seed,
    Set<FaultKind> faults,
    boolean onceEach,
    int servers,
    Optional<Boolean> strict,
    boolean careless,
    boolean keep,
    Optional<Path> dir,
    boolean list) {

  static final String USAGE =
      """
      bench/chaos [--seconds 300] [--seed S] [--faults=KIND,...] [--once-each] [--servers 3]
                  [--strict | --degraded] [--careless] [--keep] [--dir DIR] [--list]
      """;

  Options {
    if (seconds < 1 || servers < 2 || servers > 9 || faults.isEmpty()) {
      throw new IllegalArgumentException("out of range");
    }
  }

  static Options parse(List<String> arguments) {
    int seconds = 300;
    long seed = System.nanoTime() & 0xFFFFFFFFL;
    Set<FaultKind> faults = EnumSet.allOf(FaultKind.class);
    boolean onceEach = false;
    int servers = 3;
    Optional<Boolean> strict = Optional.empty();
    boolean careless = false;
    boolean keep = false;
    Optional<Path> dir = Optional.empty();
    boolean list = false;
    List<String> words = new ArrayList<>();
    for (String argument : arguments) {
      words.addAll(List.of(argument.split("=", 2)));
    }
    for (int i = 0; i < words.size(); i++) {
      switch (words.get(i)) {
        case "--seconds" -> seconds = Integer.parseInt(words.get(++i));
        case "--seed" -> seed = Long.parseLong(words.get(++i));
        case "--servers" -> servers = Integer.parseInt(words.get(++i));
        case "--faults" -> faults = FaultKind.parse(words.get(++i));
        case "--dir" -> dir = Optional.of(Path.of(words.get(++i)));
        case "--once-each" -> onceEach = true;
        case "--strict" -> strict = Optional.of(true);
        case "--degraded" -> strict = Optional.of(false);
        case "--careless" -> careless = true;
        case "--keep" -> keep = true;
        case "--list" -> list = true;
        default -> throw new IllegalArgumentException("no option " + words.get(i));
      }
    }
    return new Options(seconds, seed, faults, onceEach, servers, strict, careless, keep, dir, list);
  }

  boolean copiesStrict() {
    return !careless && strict.orElse(faults.stream().anyMatch(FaultKind::takesDisks));
  }
}
