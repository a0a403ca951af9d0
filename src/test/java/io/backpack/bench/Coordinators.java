package io.backpack.bench;

import java.io.IOException;
import java.util.List;

/** Rows: a coordinator by load, beside a node that hangs, and what a replicator catches up. */
final class Coordinators {
  private static final List<Integer> CONNECTIONS = List.of(1, 8, 64, 256);

  /** The time after which the coordinator gives up a node is in it. */
  private static final int STOPPED_SECONDS = 13;

  private static final int BESIDE = 16;

  private Coordinators() {}

  static List<Row> rows() {
    return List.of(
        Row.plotted(
            "coordinator-connections",
            "uploads through a coordinator with 2 copies, 256 connections",
            "/s",
            "wrk, PUT of new names to the coordinator of a `standalone` with two nodes, by 1 to 256"
                + " connections, one after the other.",
            new Plot(
                "connections",
                "uploads/s, milliseconds",
                List.of("uploads/s", "p50 (ms)", "p99 (ms)", "p99.9 (ms)"),
                true,
                true),
            Coordinators::connections),
        Row.told(
            "coordinator-hung-node",
            "longest pause of uploads to a shard while a node of another one hangs",
            "s",
            "A coordinator and two shards of two nodes, each a process; wrk with "
                + BESIDE
                + " connections for each shard, all through the coordinator. One node of shard 2 is"
                + " stopped (SIGSTOP), and goes on after "
                + STOPPED_SECONDS
                + " s and another slice. The pause is the longest that an upload to shard 1 took"
                + " from the stop on. Uploads name their shard, so that those to shard 2 cannot go"
                + " elsewhere: the first ones wait for the request timeout of 10 s, the others are"
                + " stored on one node and queued.",
            Coordinators::hungNode),
        Row.told(
            "replication-rate",
            "copies that a replicator makes while it catches up",
            "/s",
            "A coordinator and a shard of two nodes, each a process. One node is ended, wrk uploads"
                + " with 64 connections, and the node is started again; from the first copy until"
                + " the queue is empty. Nothing else is done meanwhile.",
            Coordinators::catchUp));
  }

  private static void connections(Bench bench, Recorder out) throws IOException {
    try (Standalone both = Standalone.start(bench, "connections")) {
      int seconds = bench.options().seconds();
      out.scale(seconds + " s each");
      WarmUp.run(bench, both.url(), Wrk.Job.put(Bench.CONNECTIONS, seconds));
      for (int connections : CONNECTIONS) {
        bench.disk().settle();
        Load load = bench.wrk().run(both.url(), Wrk.Job.put(connections, seconds));
        out.point((double) connections, load.rate(), load.p50(), load.p99(), load.p999());
        String line = connections + " connections: " + load.describe();
        if (connections == CONNECTIONS.get(CONNECTIONS.size() - 1)) {
          out.round(load.rate(), line);
        } else {
          out.note(line);
        }
      }
    }
  }

  private static void hungNode(Bench bench, Recorder out) throws IOException {
    int seconds = bench.options().seconds();
    try (Shards shards = Shards.start(bench, "hung", 2)) {
      out.scale(BESIDE + " connections a shard, " + STOPPED_SECONDS + " s stopped");
      for (int spent = 0; spent < bench.options().warmup(); spent += seconds) {
        both(bench, shards, seconds);
      }
      Node hung = shards.node(2, 2);
      note(out, "all well", both(bench, shards, seconds));
      double longest = 0;
      shards.stop(hung);
      try {
        longest = note(out, "from the stop on", both(bench, shards, STOPPED_SECONDS));
        longest = Math.max(longest, note(out, "later", both(bench, shards, seconds)));
      } finally {
        shards.goOn(hung);
      }
      List<Load> after = both(bench, shards, seconds);
      longest = Math.max(longest, after.get(0).max());
      long degraded = shards.coordinatorStats().getLong("degraded_uploads");
      out.round(
          longest / 1e3,
          describe("after it went on", after)
              + ", "
              + Figures.number((double) degraded)
              + " degraded uploads in all");
    }
  }

  /** Uploads to both shards at the same time. */
  private static List<Load> both(Bench bench, Shards shards, int seconds) throws IOException {
    return bench
        .wrk()
        .together(
            shards.url(),
            List.of(Wrk.Job.putInto("1", BESIDE, seconds), Wrk.Job.putInto("2", BESIDE, seconds)));
  }

  /** Returns the longest upload to shard 1, in milliseconds. */
  private static double note(Recorder out, String when, List<Load> loads) {
    out.note(describe(when, loads));
    return loads.get(0).max();
  }

  private static String describe(String when, List<Load> loads) {
    return when + ": shard 1 " + told(loads.get(0)) + ", shard 2 " + told(loads.get(1));
  }

  private static String told(Load load) {
    return load.describe() + " longest " + Figures.number(load.max()) + " ms";
  }

  private static void catchUp(Bench bench, Recorder out) throws IOException {
    int seconds = bench.options().seconds();
    try (Shards shards = Shards.start(bench, "copies", 1)) {
      Wrk.Job job = Wrk.Job.put(Bench.CONNECTIONS, seconds);
      out.scale("2 rounds of uploads of " + seconds + " s");
      bench.wrk().run(shards.url(), job.lasting(bench.options().warmup() / 2.0));
      Node away = shards.node(1, 2);
      for (int round = 0; round < 2; round++) {
        away.stop();
        Load load = bench.wrk().run(shards.url(), job);
        long before = copied(shards);
        long tasks = queued(shards);
        bench.disk().settle();
        away.launch();
        away.awaitReady();
        long ready = System.nanoTime();
        Waiting.until("the first copy is made", 60, () -> copied(shards) > before);
        long begun = System.nanoTime();
        long already = copied(shards);
        Waiting.until("the queue is empty", 300, () -> queued(shards) == 0);
        double took = (System.nanoTime() - begun) / 1e9;
        long copies = copied(shards) - already;
        out.round(
            copies / took,
            copies
                + " of "
                + tasks
                + " copies in "
                + Figures.number(took)
                + " s, the first "
                + Figures.number((begun - ready) / 1e9)
                + " s after the node was ready; uploads without it "
                + load.describe());
      }
    }
  }

  private static long copied(Shards shards) throws IOException {
    return shards.replicatorStats().getLong("copied", 0L);
  }

  private static long queued(Shards shards) throws IOException {
    return shards.coordinatorStats().getLong("queue_length", 0L);
  }
}
