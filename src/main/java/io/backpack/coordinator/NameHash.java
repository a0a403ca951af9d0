package io.backpack.coordinator;

import io.backpack.api.PhotoName;
import java.nio.charset.StandardCharsets;

/**
 * The hash that places photos: FNV-1a in 64 bits over the bytes, then the finaliser of MurmurHash3,
 * since FNV alone leaves the high bits of short names poorly mixed. All coordinators of a cluster
 * must agree on it, so it must not change: a repeated upload would go to another shard.
 *
 * <p>Sources: draft-eastlake-fnv; MurmurHash3 {@code fmix64} (public domain, A. Appleby).
 */
final class NameHash {
  private static final long OFFSET_BASIS = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  private NameHash() {}

  static long of(PhotoName name) {
    return hash(name.utf8());
  }

  static long of(String shard) {
    return hash(shard.getBytes(StandardCharsets.UTF_8));
  }

  /** A number above 0 and below 1 that looks random for each pair. */
  static double unit(long shardHash, long nameHash) {
    long mixed = mix(nameHash ^ mix(shardHash + 0x9e3779b97f4a7c15L));
    return ((mixed >>> 11) + 0.5) * 0x1p-53;
  }

  private static long hash(byte[] bytes) {
    long hash = OFFSET_BASIS;
    for (byte b : bytes) {
      hash = (hash ^ (b & 0xff)) * PRIME;
    }
    return mix(hash);
  }

  private static long mix(long value) {
    long mixed = value;
    mixed = (mixed ^ mixed >>> 33) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ mixed >>> 33;
  }
}
