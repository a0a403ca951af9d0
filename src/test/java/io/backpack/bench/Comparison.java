package io.backpack.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The same load on several servers in turn. */
final class Comparison {
  /** One server. */
  record Side(String name, String url) {}

  /** What happens before each slice. */
  @FunctionalInterface
  interface Before {
    void slice() throws IOException;
  }

  private final Bench bench;
  private final Recorder recorder;
  private final Wrk.Job job;
  private final List<Side> sides;
  private Before before = () -> {};

  Comparison(Bench bench, Recorder recorder, Wrk.Job job, Side... sides) {
    this.bench = bench;
    this.recorder = recorder;
    this.job = job;
    this.sides = List.of(sides);
  }

  Comparison before(Before each) {
    before = each;
    return this;
  }

  /**
   * Loads the first side for long, since it is the one with compilers, and the others once for a
   * set.
   *
   * @param set names what the others have to have in memory
   */
  Comparison warmUp(String set, Wrk.Job with) throws IOException {
    boolean known = !bench.warmed(set);
    for (int i = 0; i < (known ? 1 : sides.size()); i++) {
      double seconds = i == 0 ? bench.options().warmup() : 1;
      bench
          .wrk()
          .run(
              sides.get(i).url(),
              new Wrk.Job(with.script(), with.connections(), seconds, with.environment()));
    }
    return this;
  }

  /**
   * All rounds.
   *
   * @param pid of the process whose profile is taken meanwhile, when one is wanted
   * @return the loads of each round, in the order of the sides
   */
  List<List<Load>> run(long pid) throws IOException {
    Optional<Profile> profile = Profile.begin(bench, pid);
    List<List<Load>> all = new ArrayList<>();
    for (int round = 0; round < bench.options().rounds(); round++) {
      List<Load> loads = new ArrayList<>();
      for (Side side : sides) {
        before.slice();
        loads.add(bench.wrk().run(side.url(), job));
      }
      all.add(loads);
    }
    if (profile.isPresent()) {
      profile.get().end(recorder.row());
    }
    return all;
  }

  /** The same, and records the ratio of the first side to the second. */
  List<List<Load>> ratios(long pid) throws IOException {
    List<List<Load>> all = run(pid);
    for (List<Load> loads : all) {
      recorder.round(loads.get(0).rate() / loads.get(1).rate(), describe(loads));
    }
    return all;
  }

  String describe(List<Load> loads) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < sides.size(); i++) {
      out.append(i == 0 ? "" : ", ")
          .append(sides.get(i).name())
          .append(' ')
          .append(loads.get(i).describe());
    }
    return out.toString();
  }
}
