package io.backpack.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What it was measured on and with. */
final class Machine {
  private Machine() {}

  static List<String> describe(Bench bench) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add(
        "machine: "
            + Runtime.getRuntime().availableProcessors()
            + " cores ("
            + field("/proc/cpuinfo", "model name")
            + "), memory "
            + memory()
            + ", "
            + first(bench, "uname", "-sr")
            + ", disk "
            + bench.disk().name());
    lines.add("Java " + Runtime.version() + " (" + System.getProperty("java.vm.name") + ")");
    lines.add(first(bench, "redis-server", "--version"));
    lines.add(first(bench, "sh", "-c", "nginx -v 2>&1"));
    lines.add(first(bench, "sh", "-c", "wrk -v 2>&1 | head -1; true"));
    lines.add(first(bench, "fio", "--version"));
    lines.add("Backpack at " + first(bench, "git", "log", "-1", "--format=%h of %cs"));
    return lines;
  }

  private static String field(String file, String name) throws IOException {
    return Files.readAllLines(Path.of(file)).stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("unknown");
  }

  private static String memory() throws IOException {
    long kib = Long.parseLong(field("/proc/meminfo", "MemTotal").replaceAll("\\D", ""));
    return Math.round(kib / 1048576.0) + " GB";
  }

  private static String first(Bench bench, String... command) {
    try {
      return bench.processes().run(command).lines().findFirst().orElse("").strip();
    } catch (IOException e) {
      return command[0] + ": unknown";
    }
  }
}
