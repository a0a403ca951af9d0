package io.backpack.http;

import io.backpack.api.PhotoName;
import java.util.function.Consumer;

/**
 * The photos that a store can give out at once, or after one read of the disk. A server that has
 * this beside the store answers for them on a short way and asks the store for all else, so it has
 * to agree with the store.
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

  /**
   * Begins to bring into memory what {@link #find} did not have. Called on event loops, as that.
   *
   * @param then called once, by another thread and perhaps before this returns, when this returns
   *     true: with what {@link #find} describes, or with null when the store has to be asked after
   *     all, which then says why. Must neither block nor throw
   * @return false when it is not known where the photo is, or not worth it, or too much waits
   */
  default boolean fetch(PhotoName name, boolean sound, Consumer<ReadyPhoto> then) {
    return false;
  }
}
