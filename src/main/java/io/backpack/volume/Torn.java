package io.backpack.volume;

/**
 * The part of a volume in which a write was cut off by a stop, and of which something behind it was
 * written all the same: the disk took the sectors of the write in an order of its own. A needle in
 * it that is not sound was never acknowledged. It is no damage, and not a needle.
 *
 * @param from offset of the first such needle
 * @param to the first byte after the last one; what lies between them may be sound
 */
record Torn(long from, long to) {
  static final Torn NONE = new Torn(0, 0);

  Torn {
    boolean aligned = from % Location.ALIGNMENT == 0 && to % Location.ALIGNMENT == 0;
    if (!aligned || from < 0 || to < from) {
      throw new IllegalArgumentException("not a part of a volume: " + from + " to " + to);
    }
  }

  boolean isEmpty() {
    return to == from;
  }

  /** With one more such stretch. */
  Torn and(long otherFrom, long otherTo) {
    return isEmpty()
        ? new Torn(otherFrom, otherTo)
        : new Torn(Math.min(from, otherFrom), Math.max(to, otherTo));
  }

  /** Whether all of a stretch lies in it. */
  boolean covers(long otherFrom, long otherTo) {
    return otherFrom >= from && otherTo <= to && otherFrom < otherTo;
  }

  boolean covers(Location location) {
    return covers(location.offset(), location.end());
  }
}
