package io.backpack.index;

import java.util.Arrays;

/**
 * A set of 64-bit hashes in one array, bounded: 16 bytes an entry on average. Safe for use by any
 * thread.
 */
final class LongSet {
  private static final int FIRST_SLOTS = 64;

  private final int limit;
  private long[] slots = new long[FIRST_SLOTS];
  private int size;
  private boolean zero;
  private boolean full;

  LongSet(int limit) {
    this.limit = limit;
  }

  /** Adds unless the set is full; {@link #full} is then true until it is cleared. */
  synchronized void add(long value) {
    if (full || value == 0) {
      zero |= value == 0;
      return;
    }
    int at = find(slots, value);
    if (slots[at] == value) {
      return;
    }
    if (size == limit) {
      full = true;
      slots = new long[1];
      return;
    }
    slots[at] = value;
    size++;
    if (size > slots.length / 8 * 5) {
      long[] larger = new long[slots.length * 2];
      Arrays.stream(slots).filter(v -> v != 0).forEach(v -> larger[find(larger, v)] = v);
      slots = larger;
    }
  }

  /** Whether the value is in the set, or may have been refused when it was full. */
  synchronized boolean mayContain(long value) {
    if (full) {
      return true;
    }
    return value == 0 ? zero : slots[find(slots, value)] == value;
  }

  /** Makes it empty and gives its memory back. */
  synchronized void clear() {
    slots = new long[FIRST_SLOTS];
    size = 0;
    zero = false;
    full = false;
  }

  synchronized boolean full() {
    return full;
  }

  private static int find(long[] slots, long value) {
    int mask = slots.length - 1;
    int at = (int) (value ^ value >>> 32) & mask;
    while (slots[at] != 0 && slots[at] != value) {
      at = at + 1 & mask;
    }
    return at;
  }
}
