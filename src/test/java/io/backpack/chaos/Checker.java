package io.backpack.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Compares what the clients were told with what the cluster has at the end. */
final class Checker {
  private static final int THREADS = 6;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final Topology topology;
  private final History history;
  private final boolean clocks;
  private final List<Window> atRisk;
  private final Set<String> excused = ConcurrentHashMap.newKeySet();
  private final Findings findings;
  private final long patienceNanos;
  private final ThreadLocal<Http> http = ThreadLocal.withInitial(Http::new);

  /**
   * @param clocks whether clocks were wrong
   * @param atRisk when a disk was taken that may have had the only copy of what was acknowledged
   */
  Checker(
      Topology topology, History history, boolean clocks, List<Window> atRisk, Findings findings) {
    this.topology = topology;
    this.history = history;
    this.clocks = clocks;
    this.atRisk = List.copyOf(atRisk);
    this.findings = findings;
    // Of a cluster that did not become well in minutes nothing better is to be expected.
    this.patienceNanos = findings.count(Findings.Kind.STUCK) == 0 ? PATIENCE_NANOS : 0;
  }

  void check() throws Exception {
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
    new ReadJudge(history, excused, findings).judgeAll();
  }

  private void check(Truth truth) {
    findings.checked(truth.mustBeGone());
    truth.outOfOrder().forEach(pair -> findings.add(Findings.Kind.ORDER, pair));
    List<Topology.Node> nodes = topology.nodesOf(truth.shard());
    judge(truth, "the nodes in turn", fallThrough(truth, nodes));
    Server any = topology.servers().get(Math.abs(truth.name().hashCode() % nodes.size()));
    judge(truth, "a coordinator", patiently(any.coordinatorUrl() + "/" + truth.address()));
    for (Topology.Node node : nodes) {
      onNode(truth, node);
    }
  }

  private Http.Answer fallThrough(Truth truth, List<Topology.Node> nodes) {
    int first = truth.name().length();
    return patiently(() -> FallThrough.read(http.get(), nodes, truth.name(), first).answer());
  }

  private Http.Answer patiently(String url) {
    return patiently(() -> http.get().get(url));
  }

  /** Asks until there is an answer that may stay. */
  private Http.Answer patiently(Supplier<Http.Answer> question) {
    long end = System.nanoTime() + patienceNanos;
    Http.Answer answer = question.get();
    while ((answer.status() == 503 || answer.status() == 0) && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(PACE_NANOS);
      answer = question.get();
    }
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
    } else if (answer.status() == 200
        && history.recognize(truth.name(), answer.body()) == Op.WRONG) {
      findings.add(Findings.Kind.WRONG_BYTES, says(who, answer, truth));
    } else if (truth.within(atRisk)) {
      if (excused.add(truth.address())) {
        findings.add(
            truth.mustBeGone() ? Findings.Kind.UNDELETED_DEGRADED : Findings.Kind.LOST_DEGRADED,
            says(who, answer, truth));
      }
    } else if (answer.status() != 200) {
      findings.add(Findings.Kind.LOST, says(who, answer, truth));
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
    Http.Answer answer = patiently(node.url() + "/" + truth.name());
    if (truth.holds(answer)
        || excused.contains(truth.address())
        || seenThoughRefused(truth, answer)
        || seenThoughMoved(truth, answer)) {
      return;
    }
    String says = says("node " + node.id(), answer, truth);
    if (answer.status() == 200 && history.recognize(truth.name(), answer.body()) == Op.WRONG) {
      findings.add(Findings.Kind.WRONG_BYTES, says);
    } else {
      findings.add(Findings.Kind.UNREPAIRED, says);
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
