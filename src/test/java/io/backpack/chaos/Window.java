package io.backpack.chaos;

import java.util.List;
import java.util.Set;

/** The time of one or several faults, in nanoseconds since the campaign began. */
record Window(Set<FaultKind> kinds, long begin, long end) {

  /** The longest time without an upload that was stored, as far as it touches this window. */
  long longestGap(List<Long> stored) {
    long longest = 0;
    long last = 0;
    for (long at : stored) {
      if (at >= begin && last <= end) {
        longest = Math.max(longest, at - Math.max(last, 0));
      }
      last = at;
    }
    if (last < begin) {
      longest = Math.max(longest, end - last);
    }
    return longest;
  }
}
