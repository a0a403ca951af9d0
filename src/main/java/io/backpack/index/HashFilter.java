package io.backpack.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A set of 64-bit hashes that never denies one it was given, and now and then claims one it was
 * not. Safe for use by any thread, without locks: who asks after an {@link #add} has ended, in the
 * sense of the Java memory model, sees it.
 *
 * <p>A Bloom filter in blocks (Putze, Sanders and Singler, 2007), laid out as the split blocks of
 * Apache Parquet are, but twice as large: a hash belongs to one block of 512 bits and sets one bit
 * in each of its eight words, so that a question touches one or two lines of the processor's cache.
 * At {@link #BITS_PER_NAME} bits a hash, 1.5 bytes, four of 1,000 that are not in the set are
 * claimed; with n hashes for each block on average it is the mean of {@code (1 - (63/64)^i)^8} over
 * a Poisson distribution of i around n.
 */
final class HashFilter {
  /** Bits for each hash of a filter that is full. */
  static final int BITS_PER_NAME = 12;

  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int BLOCK_WORDS = 8;
  private static final int BLOCK_BYTES = BLOCK_WORDS * Long.BYTES;
  private static final int WORD_BITS = 6;
  private static final long MAX_BLOCKS = Integer.MAX_VALUE / BLOCK_WORDS;

  /** 2^64 divided by the golden ratio. */
  private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

  private final long[] words;
  private final int blocks;
  private final AtomicLong size = new AtomicLong();

  /**
   * @param bytes that it may take, at least 64
   */
  HashFilter(long bytes) {
    blocks = (int) Math.min(MAX_BLOCKS, bytes / BLOCK_BYTES);
    words = new long[blocks * BLOCK_WORDS];
  }

  /** Bytes in which so many hashes fill a filter. */
  static long bytesFor(long hashes) {
    return (hashes * BITS_PER_NAME / Byte.SIZE + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
  }

  /** Hashes after which a filter of so many bytes is full. */
  static long capacity(long bytes) {
    return bytes * Byte.SIZE / BITS_PER_NAME;
  }

  void add(long hash) {
    int first = block(hash);
    long bits = mix(hash);
    boolean changed = false;
    for (int i = 0; i < BLOCK_WORDS; i++, bits >>>= WORD_BITS) {
      long bit = 1L << bits;
      if (((long) WORDS.getOpaque(words, first + i) & bit) == 0) {
        WORDS.getAndBitwiseOr(words, first + i, bit);
        changed = true;
      }
    }
    if (changed) {
      size.incrementAndGet();
    }
  }

  /** False when the hash was certainly not added. */
  boolean mayContain(long hash) {
    int first = block(hash);
    long bits = mix(hash);
    for (int i = 0; i < BLOCK_WORDS; i++, bits >>>= WORD_BITS) {
      if (((long) WORDS.getOpaque(words, first + i) & 1L << bits) == 0) {
        return false;
      }
    }
    return true;
  }

  /** Hashes that were added; those that were claimed before are not counted. */
  long size() {
    return size.get();
  }

  long bytes() {
    return (long) words.length * Long.BYTES;
  }

  /** Hashes after which it is full. */
  long capacity() {
    return capacity(bytes());
  }

  private int block(long hash) {
    return (int) ((hash >>> Integer.SIZE) * blocks >>> Integer.SIZE) * BLOCK_WORDS;
  }

  /** The block comes from the upper bits, so the places in it must not come from them alone. */
  private static long mix(long hash) {
    long product = hash * SPREAD;
    return product ^ product >>> Integer.SIZE;
  }
}
