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
  /** No needle has a higher one; among several of this one the last applied is current. */
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
   * equal ones the tombstone, then the higher generation.
   */
  public boolean winsOver(NeedleEntry other) {
    if (!version.equals(other.version)) {
      return version.isAfter(other.version);
    }
    if (tombstone != other.tombstone) {
      return tombstone;
    }
    return generation > other.generation
        || generation == MAX_GENERATION
            && other.generation == MAX_GENERATION
            && !location.equals(other.location);
  }

  /**
   * Whether an index that has only {@code known} of this name lacks this entry. Of two needles of
   * the last generation of a write each takes the place of the other, and neither is lacking.
   */
  public boolean isNewsBeside(NeedleEntry known) {
    return winsOver(known) && !known.winsOver(this);
  }
}
