package io.backpack.index;

import io.backpack.api.Version;
import io.backpack.volume.Location;
import java.util.concurrent.atomic.LongAdder;

/**
 * Where the needles of recently used names lie, kept in primitive arrays: 29 bytes a slot, no
 * object per entry. Safe for use by any thread.
 *
 * <p>The slots are in sets of eight; a name can be in one set only. A hit moves a step forward in
 * its set, a new entry takes the middle and pushes the last one out, so what is asked for often
 * stays.
 *
 * <p>It must never say what the index no longer says. Each stripe counts the writes that touch it:
 * a writer calls {@link #invalidate} before it writes and {@link #put} or {@code invalidate} after;
 * a reader takes the {@link #stamp} before it asks and {@link #fill} does nothing when the count
 * has moved since.
 */
final class LocationCache {
  private static final int WAYS = 8;
  private static final int ENTRY_WAY = 4;
  private static final int MAX_STRIPES = 4096;
  private static final long UNIT = Location.ALIGNMENT;

  /** Slot i: hash at 3i, version at 3i + 1, volume and offset / 8 at 3i + 2. */
  private final long[] slots;

  /** Slot i: length / 8 in the upper 31 bits, tombstone in the lowest; 0 for an empty slot. */
  private final int[] lengths;

  /** Slot i: the generation of the needle. */
  private final byte[] generations;

  private final int sets;
  private final Stripe[] stripes;
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();

  /** The lock of some sets, and the count of writes to them. */
  private static final class Stripe {
    long writes;
    int entries;
  }

  /**
   * @param entries the most that are kept; 0 for a cache that is always empty
   */
  LocationCache(int entries) {
    sets = (entries + WAYS - 1) / WAYS;
    slots = new long[sets * WAYS * 3];
    lengths = new int[sets * WAYS];
    generations = new byte[sets * WAYS];
    stripes = new Stripe[Math.max(1, Math.min(MAX_STRIPES, sets))];
    for (int i = 0; i < stripes.length; i++) {
      stripes[i] = new Stripe();
    }
  }

  /** What a reader takes before it asks Redis, for {@link #fill}. */
  long stamp(long hash) {
    Stripe stripe = stripe(hash);
    synchronized (stripe) {
      return stripe.writes;
    }
  }

  /** What is cached; null when nothing is. */
  Lookup find(long hash) {
    if (sets == 0) {
      return null;
    }
    int first = set(hash) * WAYS;
    synchronized (stripe(hash)) {
      int at = find(first, hash);
      if (at < 0) {
        misses.increment();
        return null;
      }
      hits.increment();
      Lookup found = read(at);
      if (at > first && lengths[at - 1] != 0) {
        swap(at, at - 1);
      }
      return found;
    }
  }

  /** Takes in what a look-up found, unless the stripe was written since {@code stamp}. */
  void fill(long hash, long stamp, Lookup found) {
    Stripe stripe = stripe(hash);
    synchronized (stripe) {
      if (stripe.writes == stamp) {
        store(stripe, hash, found);
      }
    }
  }

  /** Takes in what a write has made current. */
  void put(long hash, Lookup current) {
    Stripe stripe = stripe(hash);
    synchronized (stripe) {
      stripe.writes++;
      store(stripe, hash, current);
    }
  }

  /** Forgets a name that is about to be written, or may have been. */
  void invalidate(long hash) {
    Stripe stripe = stripe(hash);
    synchronized (stripe) {
      stripe.writes++;
      if (stripe.entries > 0) { // Else, as in a rebuild, there is no memory to walk through.
        int at = find(set(hash) * WAYS, hash);
        if (at >= 0) {
          lengths[at] = 0;
          stripe.entries--;
        }
      }
    }
  }

  int size() {
    int size = 0;
    for (Stripe stripe : stripes) {
      synchronized (stripe) {
        size += stripe.entries;
      }
    }
    return size;
  }

  int capacity() {
    return sets * WAYS;
  }

  long hits() {
    return hits.sum();
  }

  long misses() {
    return misses.sum();
  }

  private void store(Stripe stripe, long hash, Lookup entry) {
    long units = entry.location().length() / UNIT;
    if (sets == 0 || units > Integer.MAX_VALUE) {
      return;
    }
    int first = set(hash) * WAYS;
    int at = find(first, hash);
    if (at < 0) {
      at = free(first);
      if (at < 0) {
        for (int way = WAYS - 1; way > ENTRY_WAY; way--) {
          swap(first + way, first + way - 1);
        }
        at = first + ENTRY_WAY;
      } else {
        stripe.entries++;
      }
    }
    slots[at * 3] = hash;
    slots[at * 3 + 1] = entry.version().bits();
    slots[at * 3 + 2] = (long) entry.location().volume() << 32 | entry.location().offset() / UNIT;
    lengths[at] = (int) (units << 1 | (entry.tombstone() ? 1 : 0));
    generations[at] = (byte) entry.generation();
  }

  private int free(int first) {
    for (int at = first; at < first + WAYS; at++) {
      if (lengths[at] == 0) {
        return at;
      }
    }
    return -1;
  }

  private int find(int first, long hash) {
    for (int at = first; at < first + WAYS; at++) {
      if (slots[at * 3] == hash && lengths[at] != 0) {
        return at;
      }
    }
    return -1;
  }

  private Lookup read(int at) {
    long place = slots[at * 3 + 2];
    Location location =
        new Location(
            (int) (place >>> 32), (place & 0xffff_ffffL) * UNIT, (lengths[at] >>> 1) * UNIT);
    return new Lookup(
        new Version(slots[at * 3 + 1]), (lengths[at] & 1) != 0, generations[at], location);
  }

  private void swap(int a, int b) {
    for (int i = 0; i < 3; i++) {
      long slot = slots[a * 3 + i];
      slots[a * 3 + i] = slots[b * 3 + i];
      slots[b * 3 + i] = slot;
    }
    int length = lengths[a];
    lengths[a] = lengths[b];
    lengths[b] = length;
    byte generation = generations[a];
    generations[a] = generations[b];
    generations[b] = generation;
  }

  private int set(long hash) {
    return (int) Long.remainderUnsigned(hash, sets);
  }

  private Stripe stripe(long hash) {
    return stripes[sets == 0 ? 0 : set(hash) % stripes.length];
  }
}
