package io.backpack.replicator;

import io.vertx.core.json.JsonObject;
import java.util.concurrent.atomic.LongAdder;

/** What a replicator has done since it started. Safe for use by any thread. */
public final class Counters {
  final LongAdder copied = new LongAdder();
  final LongAdder copiedBytes = new LongAdder();
  final LongAdder tombstones = new LongAdder();
  final LongAdder alreadyThere = new LongAdder();
  final LongAdder failed = new LongAdder();
  final LongAdder postponed = new LongAdder();
  final LongAdder dead = new LongAdder();

  Counters() {}

  /** Photos written to a target. */
  public long copied() {
    return copied.sum();
  }

  /** Their bytes. */
  public long copiedBytes() {
    return copiedBytes.sum();
  }

  /** Tombstones written to a target. */
  public long tombstones() {
    return tombstones.sum();
  }

  /** Tasks whose target had the same or something newer. */
  public long alreadyThere() {
    return alreadyThere.sum();
  }

  /** Attempts that failed and count. */
  public long failed() {
    return failed.sum();
  }

  /** Attempts that failed because a node was away. */
  public long postponed() {
    return postponed.sum();
  }

  /** Tasks that became dead letters. */
  public long dead() {
    return dead.sum();
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("copied", copied())
        .put("copied_bytes", copiedBytes())
        .put("tombstones", tombstones())
        .put("already_there", alreadyThere())
        .put("failed", failed())
        .put("postponed", postponed())
        .put("dead", dead());
  }
}
