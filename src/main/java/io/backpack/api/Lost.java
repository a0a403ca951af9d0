package io.backpack.api;

import java.util.List;

/**
 * What a node once had and is known not to have any more: what is damaged, and what was in a
 * directory that is gone for good. It is not among what {@link Holdings#list} tells, and leaves
 * this when it has been stored anew. Immutable.
 *
 * @param entries that the node knows, at most {@link #MAX}, in any order
 * @param more there are entries beside these, or may be
 * @param unnamed it has also lost photos or deletes of which it knows neither names nor hashes
 */
public record Lost(List<Held> entries, boolean more, boolean unnamed) {
  /** Entries that are told at the most. */
  public static final int MAX = 10_000;

  public Lost {
    entries = List.copyOf(entries);
    if (entries.size() > MAX) {
      throw new IllegalArgumentException(entries.size() + " lost entries");
    }
  }
}
