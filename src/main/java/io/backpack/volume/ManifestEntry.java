package io.backpack.volume;

/**
 * What a manifest says of a volume.
 *
 * @param sealed nothing is appended any more and {@code length} is final; else {@code length} and
 *     {@code needles} are those of the last orderly stop
 * @param salt the superblock's
 * @param created the superblock's
 */
record ManifestEntry(int id, boolean sealed, long salt, long created, long length, long needles) {
  ManifestEntry {
    if (length < Volume.START || needles < 0) {
      throw new IllegalArgumentException("not a volume: " + length + " bytes");
    }
  }

  Superblock superblock(String cookie) {
    return new Superblock(id, cookie, salt, created);
  }
}
