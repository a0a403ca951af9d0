package io.backpack.index;

import java.util.Arrays;

/**
 * The hashes of all names that the index may have in one session: whose hash is not here is not
 * there. It says so only after {@link #complete()}; before that every name may be there. Safe for
 * use by any thread; questions take no lock.
 *
 * <p>A Bloom filter cannot be made larger without its hashes. So it grows by another one, as large
 * as all before it together, for the hashes to come: nothing has to be read again, and none can get
 * lost between two filters. A question then asks each, so the rate of false claims is the sum of
 * theirs: 0.4 % each, with one more for each time that the names have doubled since the session
 * began. 1.5 bytes a name when full, at most twice that after it has grown. When there is no room
 * to grow, more names make it claim more and more.
 */
final class NameFilter {
  /** Names in the smallest one. */
  private static final long FIRST = 1 << 20;

  /** A filter that is a smaller share of those before it is not worth asking. */
  private static final int SMALLEST_SHARE = 16;

  private final long maxBytes;
  private volatile HashFilter[] layers;
  private volatile boolean complete;

  /**
   * @param names that the index has now; there is room for half as many besides
   * @param maxBytes that it may take, at least 64
   */
  NameFilter(long names, long maxBytes) {
    this.maxBytes = maxBytes;
    long wanted = HashFilter.bytesFor(Math.max(FIRST, names + names / 2));
    layers = new HashFilter[] {new HashFilter(Math.min(wanted, maxBytes))};
  }

  /** Adds the hash of a name; before the name goes to Redis. */
  void add(long hash) {
    HashFilter[] all = layers;
    int last = all.length - 1;
    for (int i = 0; i < last; i++) {
      if (all[i].mayContain(hash)) {
        return;
      }
    }
    all[last].add(hash);
    if (all[last].size() >= all[last].capacity()) {
      grow(all);
    }
  }

  void add(long[] hashes) {
    for (long each : hashes) {
      add(each);
    }
  }

  private synchronized void grow(HashFilter[] seen) {
    long bytes = bytes();
    long more = Math.min(bytes, maxBytes - bytes);
    if (layers == seen && more >= Math.max(HashFilter.bytesFor(1), bytes / SMALLEST_SHARE)) {
      HashFilter[] grown = Arrays.copyOf(seen, seen.length + 1);
      grown[seen.length] = new HashFilter(more);
      layers = grown;
    }
  }

  /** All names that the index had when the session began to write have been added. */
  void complete() {
    complete = true;
  }

  boolean isComplete() {
    return complete;
  }

  /** Whether the index certainly has nothing under the hash. */
  boolean excludes(long hash) {
    if (!complete) {
      return false;
    }
    for (HashFilter each : layers) {
      if (each.mayContain(hash)) {
        return false;
      }
    }
    return true;
  }

  /** Names in it; without those that were claimed before they came. */
  long size() {
    return Arrays.stream(layers).mapToLong(HashFilter::size).sum();
  }

  long capacity() {
    return Arrays.stream(layers).mapToLong(HashFilter::capacity).sum();
  }

  long bytes() {
    return Arrays.stream(layers).mapToLong(HashFilter::bytes).sum();
  }
}
