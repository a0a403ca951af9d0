package io.backpack.api;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.stream.IntStream;

/**
 * For each slot of names a sum over the photos and one over the tombstones in it. Equal sums of two
 * nodes mean, but for a chance of 2^-64, that they hold the same writes there. Immutable.
 *
 * <p>The sum of a slot adds {@link #of} over its entries, modulo 2^64, so an entry is added and
 * taken out without the others, in any order.
 */
public final class HeldSums {
  /** Of the encoded form: big-endian, the sums over photos by slot, then those over tombstones. */
  public static final int BYTES = 2 * Held.SLOTS * Long.BYTES;

  private static final int ROUNDS = 8;
  private static final long LOW = 0xffff_ffffL;

  /** Of a node that has nothing. */
  public static final HeldSums NONE = new HeldSums(new long[2 * Held.SLOTS]);

  private final long[] sums;

  private HeldSums(long[] sums) {
    this.sums = sums;
  }

  /**
   * Reads the encoded form.
   *
   * @throws BackpackException {@link ErrorCode#BAD_REQUEST} when these are not {@link #BYTES} bytes
   */
  public static HeldSums of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new BackpackException(
          ErrorCode.BAD_REQUEST, "sums of " + bytes.length + " bytes, they have " + BYTES);
    }
    long[] sums = new long[2 * Held.SLOTS];
    ByteBuffer.wrap(bytes).asLongBuffer().get(sums);
    return new HeldSums(sums);
  }

  /**
   * What an entry adds to the sum of its slot: eight rounds of Speck64 (Beaulieu and others, 2013)
   * over its hash, with the halves of the version in turn as their keys. The hash is as good as
   * random already; the rounds keep the sums apart of names that have exchanged their versions.
   */
  public static long of(long hash, Version version) {
    int x = (int) (hash >>> 32);
    int y = (int) hash;
    int key = (int) version.bits();
    int next = (int) (version.bits() >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      x = Integer.rotateRight(x, 8) + y ^ key + round;
      y = Integer.rotateLeft(y, 3) ^ x;
      int used = key;
      key = next;
      next = used;
    }
    return (long) x << 32 | y & LOW;
  }

  /** The same with some entries more. */
  public HeldSums with(Collection<Held> entries) {
    return changed(entries, 1);
  }

  /** The same without some entries, as for photos that are known to be damaged. */
  public HeldSums without(Collection<Held> entries) {
    return changed(entries, -1);
  }

  /** The same without what other sums are over. */
  public HeldSums minus(HeldSums other) {
    long[] rest = new long[sums.length];
    Arrays.setAll(rest, slot -> sums[slot] - other.sums[slot]);
    return new HeldSums(rest);
  }

  private HeldSums changed(Collection<Held> entries, int times) {
    long[] changed = sums.clone();
    for (Held each : entries) {
      int slot = Held.slot(each.hash()) + (each.tombstone() ? Held.SLOTS : 0);
      changed[slot] += times * of(each.hash(), each.version());
    }
    return new HeldSums(changed);
  }

  /** The encoded form. */
  public byte[] bytes() {
    ByteBuffer out = ByteBuffer.allocate(BYTES);
    out.asLongBuffer().put(sums);
    return out.array();
  }

  /** The slots in which two nodes differ, in their order. */
  public int[] differing(HeldSums other) {
    return IntStream.range(0, Held.SLOTS)
        .filter(
            slot ->
                sums[slot] != other.sums[slot]
                    || sums[Held.SLOTS + slot] != other.sums[Held.SLOTS + slot])
        .toArray();
  }

  /** The slots in which the deletes of two nodes differ, in their order. */
  public int[] differingTombstones(HeldSums other) {
    return IntStream.range(0, Held.SLOTS)
        .filter(slot -> sums[Held.SLOTS + slot] != other.sums[Held.SLOTS + slot])
        .toArray();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HeldSums held && Arrays.equals(sums, held.sums);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sums);
  }
}
