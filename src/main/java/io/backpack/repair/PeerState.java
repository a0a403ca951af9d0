package io.backpack.repair;

import io.backpack.cluster.Server;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Locale;

/** How this node stands to one peer. Used on one context. */
final class PeerState {
  /** What is being done. */
  enum Phase {
    /** It was not asked yet, or did not answer; it is asked again. */
    WAITING,
    COMPARING,
    COPYING,
    /** All it had at the last comparison was copied, or is among the failures. */
    COMPARED,
    /** A node of the original, which does not say what it has. */
    ORIGINAL
  }

  final String id;
  final RepairPeer peer;
  Server server;
  Phase phase = Phase.WAITING;

  /** Once since the start, to its end. */
  boolean compared;

  /** It is to be compared at the next opportunity. */
  boolean due = true;

  /** It was told once that it lacks something. */
  boolean asked;

  /** Its absence was logged. */
  boolean told;

  boolean peerLacks;
  long retryNanos = System.nanoTime();
  long pauseMillis;
  String why = "it was not asked yet";
  Instant lastCompared;

  // Of the last comparison, or the one that runs.
  long beganNanos;
  int differingSlots;
  int slotsDone;
  long lacking;
  long copied;
  long bytes;
  long failed;

  PeerState(Server server, RepairPeer peer) {
    this.id = server.id();
    this.server = server;
    this.peer = peer;
  }

  /** Before a comparison. */
  void begin() {
    phase = Phase.COMPARING;
    beganNanos = System.nanoTime();
    peerLacks = false;
    differingSlots = 0;
    slotsDone = 0;
    lacking = 0;
    copied = 0;
    bytes = 0;
    failed = 0;
  }

  /** Whether it no longer keeps the node from knowing that a name is unknown. */
  boolean settled() {
    return compared || phase == Phase.ORIGINAL;
  }

  /** Since the comparison began. */
  double seconds() {
    return (System.nanoTime() - beganNanos) / 1e9;
  }

  /** How much of the comparison is done, 0 to 1. */
  double share() {
    return differingSlots == 0 ? 0 : (double) slotsDone / differingSlots;
  }

  JsonObject toJson() {
    JsonObject json =
        new JsonObject()
            .put("id", id)
            .put("state", phase.name().toLowerCase(Locale.ROOT))
            .put("compared", compared)
            .put("differing_slots", differingSlots)
            .put("lacking", lacking)
            .put("copied", copied)
            .put("bytes", bytes)
            .put("failed", failed)
            .put("last_compared", lastCompared == null ? null : lastCompared.toString());
    return why.isEmpty() ? json : json.put("reason", why);
  }
}
