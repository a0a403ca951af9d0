package io.backpack.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Load by wrk with a script of {@code bench/}; each side of a comparison gets the same. */
final class Wrk {
  private static final int LONGEST_SECONDS = 100;

  private final Processes processes;
  private int runs;

  Wrk(Processes processes) {
    this.processes = processes;
  }

  /** What to ask for. */
  record Job(String script, int connections, double seconds, Map<String, String> environment) {
    /** GETs of random names. */
    static Job get(Photos photos, int connections, double seconds) {
      return new Job("get.lua", connections, seconds, Map.of("COUNT", "" + photos.count()));
    }

    /** GETs of those whose number modulo {@code of} is at least {@code from}. */
    static Job getLiving(Photos photos, int of, int from, int connections, double seconds) {
      return new Job(
          "get.lua",
          connections,
          seconds,
          Map.of("COUNT", "" + photos.count(), "LIVE_OF", "" + of, "LIVE_FROM", "" + from));
    }

    /** GETs of names none of which comes twice; ends after about so many. */
    static Job distinct(Photos photos, int connections, int requests) {
      return new Job(
          "cold.lua",
          connections,
          LONGEST_SECONDS,
          Map.of("COUNT", "" + photos.count(), "REQUESTS", "" + requests));
    }

    /** The same for another time. */
    Job lasting(double other) {
      return new Job(script, connections, other, environment);
    }

    /** PUTs of new names. */
    static Job put(int connections, double seconds) {
      return new Job("put.lua", connections, seconds, Map.of());
    }

    /** PUTs of new names to a coordinator, into this shard. */
    static Job putInto(String shard, int connections, double seconds) {
      return new Job("put.lua", connections, seconds, Map.of("SHARD", shard));
    }
  }

  Load run(String url, Job job) throws IOException {
    return Load.parse(processes.output(begin(url, job)));
  }

  /** Several at a time, each with its part of the connections; rates are added up. */
  List<Load> run(List<String> urls, Job job) throws IOException {
    List<Process> running = new ArrayList<>();
    for (String url : urls) {
      running.add(begin(url, job));
    }
    List<Load> loads = new ArrayList<>();
    for (Process each : running) {
      loads.add(Load.parse(processes.output(each)));
    }
    return loads;
  }

  /** Several loads on one server at a time. */
  List<Load> together(String url, List<Job> jobs) throws IOException {
    List<Process> running = new ArrayList<>();
    for (Job job : jobs) {
      running.add(begin(url, job));
    }
    List<Load> loads = new ArrayList<>();
    for (Process each : running) {
      loads.add(Load.parse(processes.output(each)));
    }
    return loads;
  }

  private Process begin(String url, Job job) throws IOException {
    Map<String, String> environment = new HashMap<>(job.environment());
    int run = ++runs;
    environment.put("SEED", "" + (run * 1_000L + 7));
    environment.put("RUN", "" + run);
    int threads = Math.min(2, job.connections());
    environment.put("THREADS", "" + threads);
    return processes.begin(
        environment,
        List.of(
            "wrk",
            "-t" + threads,
            "-c" + job.connections(),
            "-d" + Math.max(1, Math.round(job.seconds())) + "s",
            "--timeout",
            "20s",
            "-s",
            "bench/" + job.script(),
            url));
  }
}
