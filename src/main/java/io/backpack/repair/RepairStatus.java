package io.backpack.repair;

import io.backpack.metrics.Metrics;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Locale;

/** What a node tells of its repair. Changed on one context; gauges are read by any thread. */
final class RepairStatus {
  /** How far a node is. */
  enum State {
    COMPARING,
    COPYING,
    COMPLETE,
    WAITING
  }

  private static final int LISTED = 20;

  private final String node;
  private final Peers peers;
  private final Failures failures;
  private final Doubts doubts;
  private final long rate;
  private State state = State.WAITING;
  private Instant since = Instant.now();
  private PeerState current;
  private volatile boolean complete;
  private volatile double left = Double.NaN;

  RepairStatus(
      String node, Peers peers, Failures failures, Doubts doubts, long rate, Metrics metrics) {
    this.node = node;
    this.peers = peers;
    this.failures = failures;
    this.doubts = doubts;
    this.rate = rate;
    metrics.gauge(
        "repair_complete",
        "1 when the node is known to have all that its peers have",
        () -> complete ? 1 : 0);
    metrics.gauge(
        "repair_missing",
        "Photos and tombstones of other nodes that could not be copied",
        failures::size);
    metrics.gauge("repair_left_seconds", "Until what is being copied is here, about", () -> left);
  }

  boolean complete() {
    return complete;
  }

  /**
   * Takes note of how it stands.
   *
   * @param sure every peer was compared
   * @param now the peer of the comparison that runs; null for none
   */
  void note(boolean sure, PeerState now) {
    current = now;
    boolean copying = now != null && now.phase == PeerState.Phase.COPYING;
    complete = sure && failures.size() == 0 && !copying;
    State next = State.WAITING;
    if (copying) {
      next = State.COPYING;
    } else if (complete) {
      next = State.COMPLETE;
    } else if (now != null) {
      next = State.COMPARING;
    }
    if (next != state) {
      state = next;
      since = Instant.now();
    }
    left = copying ? secondsLeft(now) : Double.NaN;
  }

  private static double secondsLeft(PeerState peer) {
    double share = peer.share();
    double seconds = peer.seconds();
    return share == 0 ? Double.NaN : seconds * (1 - share) / share;
  }

  JsonObject toJson(long rounds, boolean running) {
    JsonArray each = new JsonArray();
    peers.list().forEach(peer -> each.add(peer.toJson()));
    JsonArray failed = new JsonArray();
    failures.first(LISTED).forEach(failure -> failed.add(failure.toJson()));
    JsonObject json =
        new JsonObject()
            .put("node", node)
            .put("state", state.name().toLowerCase(Locale.ROOT))
            .put("complete", complete)
            .put("since", since.toString())
            .put("serves", doubts.serves())
            .put("rounds", rounds)
            .put("running", running)
            .put("peers", each)
            .put("max_rate", rate)
            .put("failures", failures.size())
            .put("failed", failed);
    if (!doubts.sure()) {
      json.put("doubt", doubts.waiting());
    }
    if (state == State.COPYING && current != null) {
      double seconds = Math.max(0.001, current.seconds());
      json.put("percent", Math.round(1000 * current.share()) / 10.0)
          .put("rate", Math.round(current.bytes / seconds));
      double rest = secondsLeft(current);
      json.put("left_seconds", Double.isNaN(rest) ? null : Math.round(rest));
    }
    return json;
  }
}
