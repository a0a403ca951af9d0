package io.backpack.api;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * For each slot of names a sum over the photos and one over the tombstones in it. Equal sums of two
 * nodes mean, but for a chance of 2^-64, that they hold the same writes there. Immutable.
 *
 * <p>The sum of a slot adds {@link #of} over its entries, so an entry is added and taken out
 * without the others, in any order. Numbers are taken as two halves of 32 bits, each added modulo
 * 2^32, because the index adds them inside of Redis, whose scripts have no wider integers.
 */
public final class HeldSums {
  /** Of the encoded form: big-endian, the sums over photos by slot, then those over tombstones. */
  public static final int BYTES = 2 * Held.SLOTS * Long.BYTES;

  private static final int ROUNDS = 8;
  private static final long LOW = 0xffff_ffffL;

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

  /** Adds both halves, each by itself. */
  public static long plus(long a, long b) {
    return (a >>> 32) + (b >>> 32) << 32 | a + b & LOW;
  }

  /** Takes {@code b} away from {@code a}, each half by itself. */
  public static long minus(long a, long b) {
    return (a >>> 32) - (b >>> 32) << 32 | a - b & LOW;
  }

  /** The same without one entry, as for a photo that is known to be damaged. */
  public HeldSums without(Held entry) {
    long[] rest = sums.clone();
    int slot = Held.slot(entry.hash()) + (entry.tombstone() ? Held.SLOTS : 0);
    rest[slot] = minus(rest[slot], of(entry.hash(), entry.version()));
    return new HeldSums(rest);
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

  @Override
  public boolean equals(Object other) {
    return other instanceof HeldSums held && Arrays.equals(sums, held.sums);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sums);
  }
}
