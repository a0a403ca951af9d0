package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import io.backpack.volume.Location;
import io.backpack.volume.NeedleReader;
import java.util.Optional;

/**
 * What stands under a name now.
 *
 * @param location of the current needle; empty when the name was never written
 * @param version of the current write; {@link Version#NONE} when the name was never written
 * @param tombstone the current write is a delete
 * @param generation of the current needle, see {@link io.backpack.volume.NeedleEntry#generation()};
 *     0 when the name was never written
 * @param collided another name holds the place of this name's hash in the index, so this one's
 *     entry belongs under the full name
 * @param reader of the photo; empty for a tombstone, an unknown name, and a needle whose head is
 *     damaged
 * @param damage why the needle could not be opened, or that a part of it is known to be damaged
 */
record CurrentNeedle(
    Optional<Location> location,
    Version version,
    boolean tombstone,
    int generation,
    boolean collided,
    Optional<NeedleReader> reader,
    Optional<BackpackException> damage) {

  static CurrentNeedle absent(boolean collided) {
    return new CurrentNeedle(
        Optional.empty(), Version.NONE, false, 0, collided, Optional.empty(), Optional.empty());
  }

  /** Whether the name was ever written, as far as the node remembers. */
  boolean known() {
    return !version.equals(Version.NONE);
  }

  /** Whether a photo stands there, readable or not. */
  boolean photo() {
    return known() && !tombstone;
  }

  static PhotoInfo info(PhotoName name, NeedleReader needle) {
    return new PhotoInfo(
        name,
        needle.size(),
        needle.crc32c(),
        needle.version(),
        needle.contentType(),
        needle.attributes().image());
  }
}
