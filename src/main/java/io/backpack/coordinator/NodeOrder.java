package io.backpack.coordinator;

import io.backpack.bus.NodeSightings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/**
 * In which order nodes are tried: those that announced themselves as ready, then those nothing is
 * known of, then those that are busy with themselves and those of the original, which say less, and
 * last those that failed a moment ago; random among equals. Only an order: nobody is ever left out.
 *
 * <p>A failure is remembered for a second, twice as long each time it happens again after that, up
 * to {@link #LONGEST_PENALTY}; one answer ends it. Failures within the time count as one, so that a
 * hundred requests cut off by one hiccup do not condemn a node. When the time is over, the first
 * who asks the node does it for all: as long as that one waits, the others go on as if the time
 * were not over, so that a node that hangs costs one request a timeout now and then, not all of
 * them. Safe for use by any thread.
 */
final class NodeOrder {
  private static final Duration FIRST_PENALTY = Duration.ofSeconds(1);
  private static final Duration LONGEST_PENALTY = Duration.ofSeconds(30);

  /**
   * @param probed whether somebody asks the node again to see how it is
   */
  private record Failing(int times, long untilNanos, boolean probed) {}

  private record Ranked(Node node, int rank) {}

  private final NodeSightings sightings;
  private final LongSupplier nanos;
  private final Map<String, Failing> failing = new ConcurrentHashMap<>();

  NodeOrder(NodeSightings sightings, LongSupplier nanos) {
    this.sightings = sightings;
    this.nanos = nanos;
  }

  List<Node> forReads(List<Node> nodes) {
    return sorted(nodes, true);
  }

  List<Node> forWrites(List<Node> nodes) {
    return sorted(nodes, false);
  }

  private List<Node> sorted(List<Node> nodes, boolean reading) {
    List<Ranked> ranked = new ArrayList<>(nodes.size());
    for (Node node : nodes) {
      int rank = rank(node.id(), reading);
      ranked.add(new Ranked(node, node.original() ? Math.max(rank, 2) : rank));
    }
    Collections.shuffle(ranked, ThreadLocalRandom.current());
    ranked.sort(Comparator.comparingInt(Ranked::rank));
    return ranked.stream().map(Ranked::node).toList();
  }

  private int rank(String id, boolean reading) {
    if (failing(id)) {
      return 3;
    }
    String state = sightings.recent(id).map(sighting -> sighting.state()).orElse("");
    return switch (state) {
      case "ready" -> 0;
      case "full" -> reading ? 0 : 2;
      case "" -> 1;
      default -> 2;
    };
  }

  /** Whether the node failed, was given time, and failed again. */
  boolean suspect(String id) {
    Failing known = failing.get(id);
    return penalised(known) && known.times > 1;
  }

  /** Whether the node failed a moment ago. */
  boolean failing(String id) {
    return penalised(failing.get(id));
  }

  private boolean penalised(Failing known) {
    return known != null && known.untilNanos - nanos.getAsLong() > 0;
  }

  void answered(String id) {
    failing.remove(id);
  }

  /** Somebody asks the node now. */
  void asked(String id) {
    if (failing.containsKey(id)) {
      failing.computeIfPresent(
          id,
          (key, known) ->
              penalised(known)
                  ? known
                  : new Failing(known.times, nanos.getAsLong() + penalty(known.times), true));
    }
  }

  private static long penalty(int times) {
    return Math.min(LONGEST_PENALTY.toNanos(), FIRST_PENALTY.toNanos() << Math.min(times - 1, 10));
  }

  /** Returns whether this is news: the node was not known to fail. */
  boolean failed(String id) {
    boolean news = !failing.containsKey(id);
    failing.compute(
        id,
        (key, known) -> {
          if (penalised(known) && !known.probed) {
            return known;
          }
          int times = known == null ? 1 : known.times + 1;
          return new Failing(times, nanos.getAsLong() + penalty(times), false);
        });
    return news;
  }

  /** Forgets nodes that are gone. */
  void retainOnly(Collection<String> ids) {
    failing.keySet().retainAll(ids);
  }
}
