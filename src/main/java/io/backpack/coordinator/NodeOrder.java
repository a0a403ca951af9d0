package io.backpack.coordinator;

import io.backpack.bus.NodeSightings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/**
 * In which order nodes are tried: those that announced themselves as ready, then those nothing is
 * known of, then those that are busy with themselves and those of the original, which say less,
 * then those that failed a moment ago, and last those that hang; random among equals. Only an
 * order: nobody is ever left out.
 *
 * <p>A failure is remembered for a second, twice as long each time it happens again after that, up
 * to {@link #LONGEST_PENALTY}; one answer ends it. Failures within the time count as one, so that a
 * hundred requests cut off by one hiccup do not condemn a node. When the time is over, the first
 * who asks the node does it for all: as long as that one waits, the others go on as if the time
 * were not over.
 *
 * <p>A node whose failure took as long as {@link #patience()} <em>hangs</em>, which is told by one
 * such failure, since the next would keep somebody waiting as well. It does so until it answers,
 * however long that takes: it is asked by one request at a time, which does not wait for it ({@link
 * #probe}), and by those who get nowhere without it.
 *
 * <p>Reads and writes are told apart where a node answers: one with a stuck disk may answer reads
 * out of its memory for as long as it likes. A failure counts for both; that a node is not ready
 * counts for what it was asked for, since one that shows no photos yet takes uploads and deletes.
 * Safe for use by any thread.
 */
final class NodeOrder {
  /** What a node is asked for. */
  enum Use {
    READ,
    WRITE
  }

  private static final Duration FIRST_PENALTY = Duration.ofSeconds(1);
  private static final Duration LONGEST_PENALTY = Duration.ofSeconds(30);
  private static final Duration LONGEST_PATIENCE = Duration.ofMillis(500);

  /**
   * @param untilNanos when it may be asked again to see how it is
   * @param asked whether somebody does that now
   */
  private record Failing(int times, long untilNanos, boolean asked, boolean hung) {}

  private record Ranked(Node node, int rank) {}

  private final NodeSightings sightings;
  private final LongSupplier nanos;
  private final Duration patience;
  private final Map<Use, Map<String, Failing>> failing = new EnumMap<>(Use.class);

  /**
   * @param requestTimeout after which a node that was asked is given up
   */
  NodeOrder(NodeSightings sightings, LongSupplier nanos, Duration requestTimeout) {
    this.sightings = sightings;
    this.nanos = nanos;
    Duration half = requestTimeout.dividedBy(2);
    this.patience = half.compareTo(LONGEST_PATIENCE) < 0 ? half : LONGEST_PATIENCE;
    for (Use use : Use.values()) {
      failing.put(use, new ConcurrentHashMap<>());
    }
  }

  /** For how long a node that hangs is waited for by those who can do without it. */
  Duration patience() {
    return patience;
  }

  List<Node> forReads(List<Node> nodes) {
    return sorted(nodes, Use.READ);
  }

  List<Node> forWrites(List<Node> nodes) {
    return sorted(nodes, Use.WRITE);
  }

  private List<Node> sorted(List<Node> nodes, Use use) {
    List<Ranked> ranked = new ArrayList<>(nodes.size());
    for (Node node : nodes) {
      int rank = rank(node.id(), use);
      ranked.add(new Ranked(node, node.original() ? Math.max(rank, 2) : rank));
    }
    Collections.shuffle(ranked, ThreadLocalRandom.current());
    ranked.sort(Comparator.comparingInt(Ranked::rank));
    return ranked.stream().map(Ranked::node).toList();
  }

  private int rank(String id, Use use) {
    Failing known = known(id, use);
    if (known != null && (known.hung || penalised(known))) {
      return known.hung ? 4 : 3;
    }
    String state = sightings.recent(id).map(sighting -> sighting.state()).orElse("");
    return switch (state) {
      case "ready" -> 0;
      case "full" -> use == Use.READ ? 0 : 2;
      case "" -> 1;
      default -> 2;
    };
  }

  private Failing known(String id, Use use) {
    return failing.get(use).get(id);
  }

  /**
   * Whether uploads had better go elsewhere: the node hangs and is not due to be asked, or failed,
   * was given time, and failed again.
   */
  boolean suspect(String id) {
    Failing known = known(id, Use.WRITE);
    return known != null
        && (known.hung ? known.asked || penalised(known) : penalised(known) && known.times > 1);
  }

  /** Whether the node failed a moment ago, but does not hang. */
  boolean failing(String id, Use use) {
    Failing known = known(id, use);
    return known != null && !known.hung && penalised(known);
  }

  /** Whether the node has kept somebody waiting and not answered since. */
  boolean hung(String id, Use use) {
    Failing known = known(id, use);
    return known != null && known.hung;
  }

  private boolean penalised(Failing known) {
    return known.untilNanos - nanos.getAsLong() > 0;
  }

  void answered(String id, Use use) {
    failing.get(use).remove(id);
  }

  /** Somebody asks the node now. */
  void asked(String id, Use use) {
    if (failing.get(use).containsKey(id)) {
      failing
          .get(use)
          .computeIfPresent(
              id,
              (key, known) ->
                  known.hung || penalised(known)
                      ? known
                      : new Failing(known.times, in(penalty(known.times)), true, false));
    }
  }

  /**
   * Whether the caller is to ask a node that hangs, which others then do not; {@link #probeEnded}
   * must follow.
   *
   * @param needed whether the caller has too few nodes without it; else the node is left alone for
   *     a while after each try
   */
  boolean probe(String id, Use use, boolean needed) {
    boolean[] taken = {false};
    failing
        .get(use)
        .computeIfPresent(
            id,
            (key, known) -> {
              taken[0] = known.hung && !known.asked && (needed || !penalised(known));
              return taken[0] ? new Failing(known.times, known.untilNanos, true, true) : known;
            });
    return taken[0];
  }

  /** After {@link #answered} or {@link #failed} where that is known. */
  void probeEnded(String id, Use use) {
    failing
        .get(use)
        .computeIfPresent(
            id,
            (key, known) ->
                known.hung
                    ? new Failing(known.times, in(penalty(known.times)), false, true)
                    : known);
  }

  private long in(long waitNanos) {
    return nanos.getAsLong() + waitNanos;
  }

  private static long penalty(int times) {
    return Math.min(LONGEST_PENALTY.toNanos(), FIRST_PENALTY.toNanos() << Math.min(times - 1, 10));
  }

  /**
   * The node did not do what it was asked for.
   *
   * @param tookNanos until that was known
   * @return whether this is news: the node was not known to fail
   */
  boolean failed(String id, long tookNanos) {
    boolean slow = tookNanos >= patience.toNanos();
    boolean news = known(id, Use.WRITE) == null;
    failing.values().forEach(each -> each.compute(id, (key, known) -> failed(known, slow)));
    return news;
  }

  private Failing failed(Failing known, boolean slow) {
    boolean counted =
        known != null && (known.hung ? slow : !slow && penalised(known) && !known.asked);
    if (counted) {
      return known;
    }
    int times = known == null ? 1 : known.times + 1;
    // Where nobody answers at all any more, such as after a hung process was killed, asking is
    // cheap.
    return slow
        ? new Failing(1, in(penalty(1)), false, true)
        : new Failing(times, in(penalty(times)), false, false);
  }

  /**
   * The node says that it does not do this yet, which costs nobody time: it comes after the others
   * for a moment, however often it says so.
   */
  void notReady(String id, Use use) {
    failing.get(use).put(id, new Failing(1, in(penalty(1)), false, false));
  }

  /** Forgets nodes that are gone. */
  void retainOnly(Collection<String> ids) {
    failing.values().forEach(each -> each.keySet().retainAll(ids));
  }
}
