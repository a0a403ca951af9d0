package io.backpack.volume;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.util.Objects;

/**
 * What the index must know of a needle; also what an index log keeps for each.
 *
 * @param tombstone the needle of a delete
 * @param supersedes when it was written, the index knew an earlier write of this name (a photo or a
 *     tombstone): until this entry is applied, what the index says of the name may be stale
 * @param collided when it was written, another name held the place of this name's hash in the
 *     index: the entry belongs under the full name
 * @param generation 0 for the first needle of a write; one more for each that took its place, as
 *     the repair of a damaged one, the copy that a compaction made, or the second try after a write
 *     that failed. Of needles of the same write the one of the highest generation is current, in
 *     whatever order the index learns of them
 */
public record NeedleEntry(
    PhotoName name,
    Version version,
    boolean tombstone,
    boolean supersedes,
    boolean collided,
    int generation,
    Location location) {
  /** No needle has a higher one. */
  public static final int MAX_GENERATION = 127;

  public NeedleEntry {
    Objects.requireNonNull(name);
    Objects.requireNonNull(version);
    Objects.requireNonNull(location);
    if (generation < 0 || generation > MAX_GENERATION) {
      throw new IllegalArgumentException("not a generation: " + generation);
    }
  }

  /** The generation of a needle that takes the place of one of this generation. */
  public static int nextGeneration(int generation) {
    return Math.min(generation + 1, MAX_GENERATION);
  }

  /**
   * Whether this entry takes the place of another one of the same name: the higher version wins; of
   * equal ones the tombstone, then the higher generation, then the higher volume and offset. The
   * order is total, so whatever needles an index has seen, and in whatever order, it ends with the
   * same one.
   */
  public boolean winsOver(NeedleEntry other) {
    if (!version.equals(other.version)) {
      return version.isAfter(other.version);
    }
    if (tombstone != other.tombstone) {
      return tombstone;
    }
    if (generation != other.generation) {
      return generation > other.generation;
    }
    int volumes = Integer.compareUnsigned(location.volume(), other.location.volume());
    return volumes != 0 ? volumes > 0 : location.offset() > other.location.offset();
  }
}
