package io.backpack.index;

import io.backpack.api.PhotoName;

/** Makes 64 bits of a name; the same name always has the same. */
@FunctionalInterface
interface NameHash {
  long of(PhotoName name);
}
