package io.backpack.cluster;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.util.function.Function;

/**
 * Changes the map by compare-and-set: reads, has the change made, commits, and again if need be.
 */
final class MapEditor {
  private final Znodes znodes;

  MapEditor(Znodes znodes) {
    this.znodes = znodes;
  }

  /**
   * Blocks.
   *
   * @param change made to a fresh draft in every try; refuses by throwing
   */
  <T> T edit(Function<MapDraft, T> change) {
    for (int attempt = 0; attempt < Znodes.MAX_TRIES; attempt++) {
      if (attempt > 0) {
        Znodes.pauseBeforeTry(attempt);
      }
      try {
        MapDraft draft = new MapDraft(znodes);
        T result = change.apply(draft);
        if (draft.commit()) {
          return result;
        }
      } catch (DamagedZnodeException e) {
        throw damaged(e);
      }
    }
    throw new BackpackException(
        ErrorCode.OVERLOADED, "others change the cluster map all the time, try again later");
  }

  BackpackException damaged(DamagedZnodeException e) {
    return new BackpackException(
        ErrorCode.INTERNAL, e.getMessage() + "; mend it at " + znodes.where() + " first");
  }
}
