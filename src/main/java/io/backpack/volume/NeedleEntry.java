package io.backpack.volume;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.util.Objects;

/**
 * What the index must know of a needle; also what an index log keeps for each.
 *
 * @param tombstone the needle of a delete
 * @param supersedes when it was written, the index knew an earlier write of this name (a photo or a
 *     tombstone): until this entry is applied, what the index says of the name may be stale
 * @param collided when it was written, another name held the place of this name's hash in the
 *     index: the entry belongs under the full name
 * @param repair the bytes of a photo of the same version that was lost or damaged
 */
public record NeedleEntry(
    PhotoName name,
    Version version,
    boolean tombstone,
    boolean supersedes,
    boolean collided,
    boolean repair,
    Location location) {
  public NeedleEntry {
    Objects.requireNonNull(name);
    Objects.requireNonNull(version);
    Objects.requireNonNull(location);
  }
}
