package io.backpack.index;

import io.backpack.api.Held;
import io.vertx.redis.client.Request;
import java.util.HashMap;
import java.util.Map;

/**
 * What entries add to the sums of their slots if each of them is the first of its name, as nearly
 * all are. Added up here, so that the script has to do with the others only. For one thread.
 */
final class SumChanges {
  private final Map<Integer, Long> changes = new HashMap<>();

  void add(long hash, boolean tombstone, long addend) {
    changes.merge(Held.slot(hash) + (tombstone ? Held.SLOTS : 0), addend, Long::sum);
  }

  /** Adds for each sum that changes two arguments: where it is, as BITFIELD has it, and by what. */
  void addTo(Request request) {
    changes.forEach((lane, change) -> request.arg("#" + lane).arg(change));
  }
}
