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
    /** A node of the original by the mark in the map: it does not say what it has. */
    ORIGINAL
  }

  final String id;
  final RepairPeer peer;
  Server server;
  Phase phase = Phase.WAITING;

  /** To its end, since there was a reason to doubt what is known of it. */
  boolean compared;

  /** How often there was one. */
  private int doubts;

  private int doubtsBefore;

  /** It is to be compared at the next opportunity. */
  boolean due = true;

  /** Its deletes are to be asked for before photos are given out. */
  boolean deletesWanted = true;

  /** They were fetched once. */
  boolean deletesFetched;

  /** They were asked for since it became due, so they do not wait for its turn in the round. */
  boolean ahead;

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

  /** That were fetched before photos, since the start. */
  long deletes;

  PeerState(Server server, RepairPeer peer) {
    this.id = server.id();
    this.server = server;
    this.peer = peer;
    if (server.original()) {
      phase = Phase.ORIGINAL;
      due = false;
      why = "a node of the original, which does not say what it has";
    }
  }

  /** Whether it says what it has. */
  boolean tells() {
    return phase != Phase.ORIGINAL;
  }

  /** What it has may not be here any more: it counts as compared after a comparison from now on. */
  void doubt() {
    compared = false;
    doubts++;
  }

  /** It is to be compared at once. */
  void dueNow() {
    due = tells();
    ahead = false;
    pauseMillis = 0;
    retryNanos = System.nanoTime();
  }

  /** After a comparison that came to its end. */
  void ended() {
    phase = Phase.COMPARED;
    compared = doubts == doubtsBefore;
    lastCompared = Instant.now();
  }

  /** Before a comparison. */
  void begin() {
    doubtsBefore = doubts;
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
            .put("deletes", deletes)
            .put("last_compared", lastCompared == null ? null : lastCompared.toString());
    return why.isEmpty() ? json : json.put("reason", why);
  }
}
