package io.backpack.chaos;

import java.nio.file.Path;
import java.util.List;

/** What this version of the program can do, as its help and its pages say. */
final class Capabilities {
  static final String REPAIR = "/_/repair";

  /** What a node holds, in a form that is equal on nodes that hold the same. */
  static final String SUMS = "/_/sums";

  private static Boolean replace;

  private Capabilities() {}

  /** Whether {@code node --replace} is there. */
  static synchronized boolean replace() {
    if (replace == null) {
      replace =
          Shell.attempt(
                  List.of(
                      System.getProperty("backpack.java", "java"),
                      "-jar",
                      Path.of(System.getProperty("backpack.jar", "target/backpack.jar")).toString(),
                      "node",
                      "--help"),
                  "")
              .output()
              .contains("--replace");
    }
    return replace;
  }

  /** Whether nodes repair themselves and say how far they are. */
  static boolean repair(Http http, Topology topology) {
    return topology.nodes().stream()
        .allMatch(node -> http.get(node.url() + REPAIR).status() == 200);
  }
}
