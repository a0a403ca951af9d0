package io.backpack.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The same load on several servers in turn. */
final class Comparison {
  /**
   * One server.
   *
   * @param pids whose processor time a request costs
   */
  record Side(String name, String url, List<Long> pids) {
    Side {
      pids = List.copyOf(pids);
    }

    static Side of(Node node) {
      return new Side("backpack", node.url(), List.of(node.pid(), node.store().redis().pid()));
    }

    static Side of(Nginx nginx) {
      return new Side("nginx", nginx.url(), List.of(nginx.pid()));
    }
  }

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
   * Loads the first side, and others of its process, until the compilers are done, once for a
   * process; what has no compilers for a second.
   */
  Comparison warmUp() throws IOException {
    if (bench.warmed(sides.get(0).url() + " " + sides.get(0).pids())) {
      WarmUp.run(bench, sides.get(0).url(), job);
    }
    for (Side side : sides.subList(1, sides.size())) {
      if (side.pids().equals(sides.get(0).pids())) {
        WarmUp.run(bench, side.url(), job);
      } else {
        bench.wrk().run(side.url(), job.lasting(1));
      }
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
        Cpu begun = Cpu.of(side.pids());
        Load load = bench.wrk().run(side.url(), job);
        loads.add(load.costing(Cpu.of(side.pids()).since(begun, load.requests())));
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
