package io.backpack.index;

import io.backpack.api.Held;
import io.backpack.api.PhotoName;
import java.util.Optional;

/**
 * One entry of the index.
 *
 * @param hash of the name
 * @param name where the entry stands under it, as another name has the place of the hash; else the
 *     needle has it
 * @param lookup what a look-up of the name finds
 */
public record IndexEntry(long hash, Optional<PhotoName> name, Lookup lookup) {
  /** As other nodes are told of it. */
  public Held held() {
    return new Held(hash, lookup.version(), lookup.tombstone());
  }
}
