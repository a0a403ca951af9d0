package io.backpack.api;

/**
 * What a node says that it has under the hash of a name: the write that stands there. A photo whose
 * bytes are known to be damaged is not among them. Immutable.
 *
 * @param hash of the name, the same on every node
 * @param version of the write
 * @param tombstone it is a delete
 */
public record Held(long hash, Version version, boolean tombstone) {
  /** Bits of a hash that tell its slot. */
  private static final int SLOT_BITS = 14;

  /** Into so many slots all names are divided, whatever their number. */
  public static final int SLOTS = 1 << SLOT_BITS;

  /** The slot of a hash: its lowest bits, which also tell its bucket in an index. */
  public static int slot(long hash) {
    return (int) (hash & SLOTS - 1);
  }
}
