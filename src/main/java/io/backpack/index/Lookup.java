package io.backpack.index;

import io.backpack.api.Version;
import io.backpack.volume.Location;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleIndex.Standing;
import java.util.Optional;

/**
 * What the index says of a name. The name itself stands in the needle: who reads it there and finds
 * another one has met a collision of hashes and asks {@link RedisIndex#lookupCollided}.
 *
 * @param version of the current write
 * @param tombstone the current write is a delete
 * @param generation of its needle, see {@link io.backpack.volume.NeedleEntry#generation()}
 * @param location of its needle
 */
public record Lookup(Version version, boolean tombstone, int generation, Location location) {
  /** What a needle is to the index that says this of its name. */
  static Standing standing(Optional<Lookup> found, NeedleEntry entry) {
    if (found.isEmpty()) {
      return Standing.UNINDEXED;
    }
    Lookup current = found.get();
    if (current.location.equals(entry.location())) {
      return Standing.CURRENT;
    }
    NeedleEntry stands =
        new NeedleEntry(
            entry.name(),
            current.version,
            current.tombstone,
            false,
            entry.collided(),
            current.generation,
            current.location);
    return entry.winsOver(stands) ? Standing.UNINDEXED : Standing.SUPERSEDED;
  }
}
