package io.backpack.volume;

import io.backpack.api.Version;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The port through which the engine makes needles known and learns which needle of a name is
 * current.
 */
public interface NeedleIndex {
  /**
   * What became of one entry.
   *
   * @param won the entry is the current one of its name now
   * @param current the version that stands after the call
   */
  record Outcome(boolean won, Version current) {}

  /**
   * Applies a batch as a whole or not at all, if the checkpoint is {@link IndexBatch#from()}. Calls
   * for one volume are made in order; several may be under way.
   *
   * @return an outcome per entry, in order. A failed future means that the outcome is unknown or
   *     that the batch was refused; the engine then fails the writers of the batch, and the index
   *     catches up from the {@link NeedleLog} by itself
   */
  CompletableFuture<List<Outcome>> apply(IndexBatch batch);
}
