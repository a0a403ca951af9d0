package io.backpack.http;

import io.backpack.api.PhotoName;

/**
 * The photos that a store can give out at once. A server that has this beside the store answers for
 * them on a short way and asks the store for all else, so it has to agree with the store.
 */
@FunctionalInterface
public interface ReadyPhotos {
  /** For a store that has none. */
  ReadyPhotos NONE = (name, sound) -> null;

  /**
   * What {@link io.backpack.api.PhotoStore#get} would give out now. Called on event loops: never
   * blocks, and does not throw.
   *
   * @param sound only when {@link io.backpack.api.PhotoStore#stat} would not fail either
   * @return a photo that the caller uses and releases; null when anything would have to be waited
   *     for, when there is none, or when it cannot be told
   */
  ReadyPhoto find(PhotoName name, boolean sound);
}
