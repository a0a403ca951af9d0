package io.backpack.storage;

import io.backpack.api.HeldSums;
import java.util.Set;

/**
 * What was lost when all entries of the index were gone through.
 *
 * @param places that were known before
 * @param sums over what was found, wherever it lies
 * @param hashes of what was found, up to a bound
 * @param all the hashes are those of all that was found
 */
record LostWalk(Set<LostPlace> places, HeldSums sums, Set<Long> hashes, boolean all) {
  /** Of no places. */
  static final LostWalk NONE = new LostWalk(Set.of(), HeldSums.NONE, Set.of(), true);

  LostWalk {
    places = Set.copyOf(places);
    hashes = Set.copyOf(hashes);
  }

  boolean covers(Set<LostPlace> known) {
    return places.containsAll(known);
  }
}
