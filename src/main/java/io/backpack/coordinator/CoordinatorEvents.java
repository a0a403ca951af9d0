package io.backpack.coordinator;

import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;

/**
 * Is told what a coordinator did, after it was done. At most once, in no particular order; called
 * on any thread, must neither block nor throw.
 */
public interface CoordinatorEvents {
  /** For those who do not care. */
  CoordinatorEvents NONE =
      new CoordinatorEvents() {
        @Override
        public void stored(String shardId, PhotoInfo info) {}

        @Override
        public void deleted(String shardId, PhotoName name, Version version) {}

        @Override
        public void shardFull(String shardId) {}
      };

  /** An upload was stored; not called for one that changed nothing. */
  void stored(String shardId, PhotoInfo info);

  /** A photo was deleted. */
  void deleted(String shardId, PhotoName name, Version version);

  /**
   * A shard will soon take no more photos, or takes none any more: by its size in the map, or
   * because its nodes have no room.
   */
  void shardFull(String shardId);
}
