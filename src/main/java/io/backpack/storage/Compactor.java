package io.backpack.storage;

import io.backpack.volume.Pace;
import io.vertx.core.json.JsonObject;
import java.util.Collection;

/** Compacts volumes; what {@link Maintenance} knows of compaction. */
@FunctionalInterface
interface Compactor {
  /**
   * Moves what lives in sealed volumes to new ones. Blocks.
   *
   * @param pace is told of the bytes read and written; may end the work at any step
   * @return what was done, for people
   * @throws io.backpack.api.BackpackException when it could not be done; the volumes are then as
   *     they were, or as far as it came
   */
  JsonObject compact(Collection<Integer> volumes, Pace pace);
}
