package io.backpack.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Compares what the clients were told with what the cluster has at the end. */
final class Checker {
  private static final int THREADS = 6;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final Topology topology;
  private final History history;
  private final boolean repaired;
  private final boolean clocks;
  private final boolean tasksLost;
  private final Findings findings;
  private final ThreadLocal<Http> http = ThreadLocal.withInitial(Http::new);

  /**
   * @param repaired whether every node must have all of its shard; else what single nodes lack is
   *     only counted
   * @param made the kinds of faults that there were
   */
  Checker(
      Topology topology,
      History history,
      boolean repaired,
      Set<FaultKind> made,
      Findings findings) {
    this.topology = topology;
    this.history = history;
    this.repaired = repaired;
    this.clocks = made.contains(FaultKind.CLOCK);
    // A delete that was to be brought to a node and was forgotten with its queue is brought by
    // repair.
    this.tasksLost = made.stream().anyMatch(FaultKind::losesTasks);
    this.findings = findings;
  }

  void check() throws Exception {
    new ReadJudge(history, findings).judgeAll();
    List<Truth> truths = new ArrayList<>();
    history
        .writes()
        .forEach(
            (name, writes) -> {
              for (int shard = 1; shard <= Server.SHARDS; shard++) {
                Truth.of(name, shard, writes, clocks).ifPresent(truths::add);
              }
            });
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<?>> checks = new ArrayList<>();
      for (Truth truth : truths) {
        checks.add(threads.submit(() -> check(truth)));
      }
      for (Future<?> check : checks) {
        check.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private void check(Truth truth) {
    findings.checked(truth.mustBeGone());
    truth.outOfOrder().forEach(pair -> findings.add(Findings.Kind.ORDER, pair));
    List<Topology.Node> nodes = topology.nodesOf(truth.shard());
    judge(truth, "the nodes in turn", fallThrough(truth, nodes));
    Server any = topology.servers().get(Math.abs(truth.name().hashCode() % nodes.size()));
    String path = truth.shard() + ":" + truth.name();
    judge(truth, "a coordinator", patiently(any.coordinatorUrl() + "/" + path));
    for (Topology.Node node : nodes) {
      onNode(truth, node);
    }
  }

  private Http.Answer fallThrough(Truth truth, List<Topology.Node> nodes) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    Http.Answer answer;
    do {
      answer = FallThrough.read(http.get(), nodes, truth.name(), truth.name().length()).answer();
    } while (answer.status() == 503 && System.nanoTime() - end < 0);
    return answer;
  }

  private Http.Answer patiently(String url) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    Http.Answer answer;
    do {
      answer = http.get().get(url);
    } while ((answer.status() == 503 || answer.status() == 0) && System.nanoTime() - end < 0);
    return answer;
  }

  private void judge(Truth truth, String who, Http.Answer answer) {
    if (truth.holds(answer)) {
      return;
    }
    if (seenThoughRefused(truth, answer)) {
      findings.add(Findings.Kind.REFUSED_SEEN, says(who, answer, truth));
    } else if (seenThoughMoved(truth, answer)) {
      findings.add(Findings.Kind.MOVED_SEEN, says(who, answer, truth));
    } else if (answer.status() == 200 && truth.mustBeGone() && tasksLost && !repaired) {
      findings.add(Findings.Kind.MISSING_COPY, says(who, answer, truth));
    } else if (answer.status() != 200) {
      findings.add(Findings.Kind.LOST, says(who, answer, truth));
    } else if (history.recognize(truth.name(), answer.body()) == Op.WRONG) {
      findings.add(Findings.Kind.WRONG_BYTES, says(who, answer, truth));
    } else {
      findings.add(
          truth.mustBeGone() ? Findings.Kind.UNDELETED : Findings.Kind.OTHER_UPLOAD,
          says(who, answer, truth));
    }
  }

  /** Nothing acknowledged is hidden by it, but a client was told that it was not stored. */
  private static boolean seenThoughRefused(Truth truth, Http.Answer answer) {
    return answer.status() == 200 && truth.mustBeGone() && truth.wereRefused(answer.body());
  }

  /** Nothing acknowledged is hidden by it, and the client knows another address of these bytes. */
  private static boolean seenThoughMoved(Truth truth, Http.Answer answer) {
    return answer.status() == 200 && truth.wereMoved(answer.body());
  }

  private void onNode(Truth truth, Topology.Node node) {
    Http.Answer answer = http.get().get(node.url() + "/" + truth.name());
    if (truth.holds(answer) || seenThoughRefused(truth, answer) || seenThoughMoved(truth, answer)) {
      return;
    }
    String says = says("node " + node.id(), answer, truth);
    if (answer.status() == 200 && history.recognize(truth.name(), answer.body()) == Op.WRONG) {
      findings.add(Findings.Kind.WRONG_BYTES, says);
    } else {
      findings.add(repaired ? Findings.Kind.UNREPAIRED : Findings.Kind.MISSING_COPY, says);
    }
  }

  private static String says(String who, Http.Answer answer, Truth truth) {
    return who
        + " answers "
        + answer.status()
        + (answer.status() == 200
            ? " with "
                + answer.body().length
                + " bytes, version "
                + String.format("%016x", answer.version())
            : "")
        + " for "
        + truth.story();
  }
}
