package io.backpack.bench;

import io.backpack.bench.Comparison.Side;
import java.io.IOException;
import java.util.List;

/**
 * Rows: a coordinator, two nodes and a replicator in one process, as {@code standalone} has them.
 */
final class Cluster {
  private static final int LAG_WARMUP_SECONDS = 10;

  private Cluster() {}

  static List<Row> rows() {
    return List.of(
        Row.of(
            "coordinator",
            "upload through a coordinator with 2 copies / upload straight to a node",
            "",
            Goal.atLeast(0.5),
            "wrk, 64 connections, PUT of new names to the coordinator of a `standalone` with two"
                + " nodes, and to one of those nodes, in turn.",
            Cluster::upload),
        Row.of(
            "replication-lag",
            "replication lag at half of the peak upload rate, p99",
            "s",
            Goal.atMost(1),
            "A `standalone` with two nodes and `coordinator.copies: 1`, so that each upload has one"
                + " copy that a replicator makes. Uploads of 12 KB at half of the rate that 64"
                + " connections reach; from the 201 until both nodes answer HEAD with 200.",
            Cluster::lag));
  }

  private static void upload(Bench bench, Recorder out) throws IOException {
    try (Standalone both = Standalone.start(bench, "coordinator")) {
      Wrk.Job job = Wrk.Job.put(Bench.CONNECTIONS, bench.options().seconds());
      out.scale(bench.slices());
      new Comparison(
              bench,
              out,
              job,
              new Side("coordinator", both.url(), List.of(both.pid())),
              new Side("node", both.nodeUrl(1), List.of(both.pid())))
          .before(bench.disk()::settle)
          .warmUp()
          .ratios(both.pid());
    }
  }

  private static void lag(Bench bench, Recorder out) throws IOException {
    try (Standalone both = Standalone.start(bench, "lag", "coordinator.copies=1")) {
      Wrk.Job job = Wrk.Job.put(Bench.CONNECTIONS, bench.options().seconds());
      Uploads uploads = new Uploads(both);
      // A longer one leaves a queue that takes minutes; to work it off warms the replicator.
      double warmup = Math.min(LAG_WARMUP_SECONDS, bench.options().warmup());
      bench.wrk().run(both.url(), job.lasting(warmup));
      uploads.awaitEmptyQueue();
      Load peak = bench.wrk().run(both.url(), job);
      uploads.awaitEmptyQueue();
      double rate = peak.rate() / 2;
      out.scale(bench.slices());
      for (int round = 0; round < bench.options().rounds(); round++) {
        Uploads.Lags lags = uploads.run(round, rate, bench.options().seconds());
        out.round(
            Stats.percentile(lags.seconds(), 99),
            "peak "
                + Figures.number(peak.rate())
                + "/s, uploads "
                + Figures.number(lags.rate())
                + "/s, lag of "
                + lags.seconds().size()
                + " of them p50 "
                + Figures.number(Stats.median(lags.seconds()))
                + " p99 "
                + Figures.number(Stats.percentile(lags.seconds(), 99))
                + " max "
                + Figures.number(Stats.max(lags.seconds()))
                + " s");
      }
    }
  }
}
