package io.backpack.archive;

import io.backpack.api.PhotoName;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.BitSet;
import java.util.HexFormat;

/**
 * Under which path a photo stands in an archive: its own name, wherever a file system can have it.
 * A name cannot be a file there when a part of it is longer than file systems allow, or when an
 * entry before it is a directory of this name or has a directory's name of it as a file ({@code a}
 * and {@code a/b}). It then stands under {@code _/}, where no photo's name can be.
 *
 * <p>Which names were before is kept in a Bloom filter: it never forgets one, so every clash is
 * found, and now and then it takes a new name for one that was, which costs no more than a path
 * below {@code _/}.
 */
final class EntryNames {
  static final String APART = "_/";

  /** The longest part of a path on Linux. */
  private static final int MAX_SEGMENT = 255;

  private static final int BITS_PER_NAME = 32;
  private static final int HASHES = 4;
  private static final int MIN_BITS = 1 << 16;
  private static final int MAX_BITS = 1 << 30;
  private static final int DIGEST_BYTES = 16;

  private final BitSet seen;
  private final int mask;

  /**
   * @param expected names, about
   */
  EntryNames(long expected) {
    long wanted = Math.min(MAX_BITS, Math.max(MIN_BITS, expected * BITS_PER_NAME));
    int bits = Integer.highestOneBit((int) wanted);
    this.mask = bits - 1;
    this.seen = new BitSet(bits);
  }

  /** The path of a photo; the same name twice in an archive has one path. */
  String path(PhotoName name) {
    byte[] utf8 = name.utf8();
    if (longSegment(utf8) || clashes(utf8)) {
      return APART + HexFormat.of().formatHex(sha256(utf8), 0, DIGEST_BYTES);
    }
    note(utf8, utf8.length, false);
    for (int i = 1; i < utf8.length; i++) {
      if (utf8[i] == '/') {
        note(utf8, i, true);
      }
    }
    return name.value();
  }

  private static boolean longSegment(byte[] utf8) {
    int start = 0;
    for (int i = 0; i <= utf8.length; i++) {
      if (i == utf8.length || utf8[i] == '/') {
        if (i - start > MAX_SEGMENT) {
          return true;
        }
        start = i + 1;
      }
    }
    return false;
  }

  private boolean clashes(byte[] utf8) {
    if (noted(utf8, utf8.length, true)) {
      return true;
    }
    for (int i = 1; i < utf8.length; i++) {
      if (utf8[i] == '/' && noted(utf8, i, false)) {
        return true;
      }
    }
    return false;
  }

  private void note(byte[] utf8, int length, boolean directory) {
    long hash = hash(utf8, length, directory);
    for (int i = 0; i < HASHES; i++) {
      seen.set(bit(hash, i));
    }
  }

  private boolean noted(byte[] utf8, int length, boolean directory) {
    long hash = hash(utf8, length, directory);
    for (int i = 0; i < HASHES; i++) {
      if (!seen.get(bit(hash, i))) {
        return false;
      }
    }
    return true;
  }

  private int bit(long hash, int number) {
    return (int) (hash >>> 32) + number * ((int) hash | 1) & mask;
  }

  /** FNV-1a with the last step of MurmurHash3, so that all bits count. */
  private static long hash(byte[] utf8, int length, boolean directory) {
    long hash = directory ? 0x9e3779b97f4a7c15L : 0xcbf29ce484222325L;
    for (int i = 0; i < length; i++) {
      hash = (hash ^ utf8[i] & 0xff) * 0x100000001b3L;
    }
    hash ^= hash >>> 33;
    hash *= 0xff51afd7ed558ccdL;
    hash ^= hash >>> 33;
    hash *= 0xc4ceb9fe1a85ec53L;
    return hash ^ hash >>> 33;
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
