package io.backpack.volume;

import java.util.Objects;

/**
 * What a manifest says of a volume.
 *
 * @param length final unless the volume is open; else {@code length} and {@code needles} are those
 *     of the last orderly stop
 * @param salt the superblock's
 * @param created the superblock's
 * @param torn empty while it is open
 */
record ManifestEntry(
    int id, VolumeState state, long salt, long created, long length, long needles, Torn torn) {
  ManifestEntry {
    Objects.requireNonNull(state);
    if (length < Volume.START || needles < 0 || torn.to() > length) {
      throw new IllegalArgumentException("not a volume: " + length + " bytes");
    }
  }

  boolean sealed() {
    return state != VolumeState.OPEN;
  }

  boolean retired() {
    return state == VolumeState.RETIRED;
  }

  ManifestEntry retire() {
    return new ManifestEntry(id, VolumeState.RETIRED, salt, created, length, needles, torn);
  }

  Superblock superblock(String cookie) {
    return new Superblock(id, cookie, salt, created);
  }
}
