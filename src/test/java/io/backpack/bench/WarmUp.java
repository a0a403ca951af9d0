package io.backpack.bench;

import java.io.IOException;
import java.util.List;

/** Loads a node until its compilers are done, which is when its rate does not rise any more. */
final class WarmUp {
  private static final double STILL = 1.05;
  private static final int PARTS = 4;

  private WarmUp() {}

  /** At least as long as {@code --warmup} says, at most twice as long. */
  static void run(Bench bench, String url, Wrk.Job job) throws IOException {
    run(bench, List.of(url), job);
  }

  /** The same for several nodes at once, by the rate of all. */
  static void run(Bench bench, List<String> urls, Wrk.Job job) throws IOException {
    int wanted = bench.options().warmup();
    int part = Math.max(1, wanted / PARTS);
    double best = 0;
    for (int spent = part; ; spent += part) {
      List<Load> loads = bench.wrk().run(urls, job.lasting(part));
      double rate = loads.stream().mapToDouble(Load::rate).sum();
      if (spent >= 2 * wanted || spent >= wanted && rate <= best * STILL) {
        return;
      }
      best = Math.max(best, rate);
    }
  }
}
