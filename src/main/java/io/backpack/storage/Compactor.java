package io.backpack.storage;

import io.backpack.volume.Pace;
import io.backpack.volume.VolumeInfo;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** All that {@link Maintenance} knows of compaction. */
interface Compactor {
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
