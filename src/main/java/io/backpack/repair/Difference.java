package io.backpack.repair;

import io.backpack.api.Held;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How two nodes differ in some slots.
 *
 * @param lacking what the peer has and this node has not, or only an earlier write of; one entry of
 *     a hash
 * @param peerLacks the other way round there is something too
 */
record Difference(List<Held> lacking, boolean peerLacks) {
  private static final Comparator<Held> BY_HASH = Comparator.comparingLong(Held::hash);

  /**
   * Compares. Several names may have one hash: these are then told apart by who looks at the names,
   * so that one entry which the other side has not is enough to look.
   */
  static Difference of(List<Held> ours, List<Held> theirs) {
    List<Held> left = sorted(ours);
    List<Held> right = sorted(theirs);
    List<Held> lacking = new ArrayList<>();
    boolean peerLacks = false;
    int l = 0;
    int r = 0;
    while (l < left.size() || r < right.size()) {
      long hash = next(left, l, right, r);
      int lEnd = endOf(left, l, hash);
      int rEnd = endOf(right, r, hash);
      List<Held> here = left.subList(l, lEnd);
      List<Held> there = right.subList(r, rEnd);
      boolean simple = here.size() <= 1 && there.size() <= 1;
      if (!there.isEmpty() && unmatched(there, here, simple)) {
        lacking.add(there.get(0));
      }
      peerLacks |= !here.isEmpty() && unmatched(here, there, simple);
      l = lEnd;
      r = rEnd;
    }
    return new Difference(lacking, peerLacks);
  }

  private static List<Held> sorted(List<Held> entries) {
    List<Held> sorted = new ArrayList<>(entries);
    sorted.sort(BY_HASH);
    return sorted;
  }

  private static long next(List<Held> left, int l, List<Held> right, int r) {
    if (l == left.size()) {
      return right.get(r).hash();
    }
    return r == right.size()
        ? left.get(l).hash()
        : Math.min(left.get(l).hash(), right.get(r).hash());
  }

  private static int endOf(List<Held> entries, int from, long hash) {
    int end = from;
    while (end < entries.size() && entries.get(end).hash() == hash) {
      end++;
    }
    return end;
  }

  /** Whether one side has something that the other has not. */
  private static boolean unmatched(List<Held> these, List<Held> others, boolean simple) {
    if (!simple) {
      return !others.containsAll(these);
    }
    return others.isEmpty() || wins(these.get(0), others.get(0));
  }

  private static boolean wins(Held a, Held b) {
    int order = a.version().compareTo(b.version());
    return order > 0 || order == 0 && a.tombstone() && !b.tombstone();
  }
}
