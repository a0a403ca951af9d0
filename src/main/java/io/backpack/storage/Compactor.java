package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.volume.Pace;
import io.backpack.volume.VolumeInfo;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** All that {@link Maintenance} knows of compaction. */
interface Compactor {
  /** For an engine that cannot compact: nothing is worth it, and whoever asks for it is told. */
  Compactor NONE =
      new Compactor() {
        @Override
        public List<List<Integer>> due(List<VolumeInfo> volumes, Map<Integer, Long> dead) {
          return List.of();
        }

        @Override
        public JsonObject compact(List<Integer> volumes, Pace pace) {
          throw new BackpackException(ErrorCode.NOT_READY, "this node cannot compact volumes");
        }
      };

  /**
   * What is worth compacting now without having been asked for: volumes that are to be compacted
   * together, the most worthwhile first.
   *
   * @param dead bytes of each volume that has some
   */
  List<List<Integer>> due(List<VolumeInfo> volumes, Map<Integer, Long> dead);

  /**
   * Moves what lives in sealed volumes to new ones. Blocks.
   *
   * @param pace is told of the bytes read and written; may end the work at any step
   * @return what was done, for people
   * @throws io.backpack.api.BackpackException when it could not be done, or not all of it
   */
  JsonObject compact(List<Integer> volumes, Pace pace);
}
