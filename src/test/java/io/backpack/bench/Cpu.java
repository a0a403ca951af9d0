package io.backpack.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Processor time of programs: what a request costs, which the noise of a machine touches least.
 *
 * @param ticks used so far, by the name of the program; those of {@code wrk} are the ended children
 *     of this JVM
 */
record Cpu(Map<String, Long> ticks) {
  private static final double MICROS_PER_TICK = 1e6 / 100;
  private static final String LOAD = "wrk";

  // Of /proc/PID/stat, behind the name, which may have spaces: user, system, and of ended children.
  private static final int USER = 11;
  private static final int SYSTEM = 12;
  private static final int CHILDREN_USER = 13;
  private static final int CHILDREN_SYSTEM = 14;

  Cpu {
    ticks = Map.copyOf(ticks);
  }

  /** Of these processes with all that they have started and that runs. */
  static Cpu of(List<Long> pids) throws IOException {
    Map<String, Long> ticks = new TreeMap<>();
    List<Long> all = new ArrayList<>();
    for (long pid : pids) {
      all.add(pid);
      ProcessHandle.of(pid)
          .ifPresent(root -> root.descendants().forEach(child -> all.add(child.pid())));
    }
    for (long pid : all) {
      try {
        String stat = stat(pid);
        ticks.merge(name(stat), field(stat, USER) + field(stat, SYSTEM), Long::sum);
      } catch (IOException ended) {
        // As a Redis does that has rewritten its append-only file; it is missed in the sum.
        if (pids.contains(pid)) {
          throw ended;
        }
      }
    }
    String own = stat(ProcessHandle.current().pid());
    ticks.put(LOAD, field(own, CHILDREN_USER) + field(own, CHILDREN_SYSTEM));
    return new Cpu(ticks);
  }

  private static String stat(long pid) throws IOException {
    return Files.readString(Path.of("/proc/" + pid + "/stat"));
  }

  static String name(String stat) {
    return stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  }

  static long field(String stat, int number) {
    return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[number]);
  }

  /** What was used since, for each request: {@code us/request: java 27, redis-server 8, wrk 30}. */
  String since(Cpu before, long requests) {
    List<String> parts = new ArrayList<>();
    new TreeMap<>(ticks)
        .forEach(
            (name, now) -> {
              double used = (now - before.ticks.getOrDefault(name, 0L)) * MICROS_PER_TICK;
              parts.add(name + " " + Figures.number(used / Math.max(1, requests)));
            });
    return "us/request: " + String.join(", ", parts);
  }
}
