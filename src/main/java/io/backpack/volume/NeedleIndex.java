package io.backpack.volume;

import io.backpack.api.Version;
import java.util.Collection;
import java.util.List;
import java.util.Map;
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

  /** What the index says of a needle. */
  enum Standing {
    /** It is the one that readers of the name are sent to. */
    CURRENT,
    /** Another needle has taken its place: it is dead. */
    SUPERSEDED,
    /** The index has nothing, or something older: it lacks this needle. */
    UNINDEXED
  }

  /**
   * Where needles stand now.
   *
   * @param entries at most a few thousand
   * @return one for each, in order. Fails with {@link io.backpack.api.ErrorCode#INDEX_UNAVAILABLE}
   *     when the index does not know everything
   */
  CompletableFuture<List<Standing>> standing(List<NeedleEntry> entries);

  /**
   * Bytes of superseded needles in each volume that has some, as far as the index has applied it.
   */
  CompletableFuture<Map<Integer, Long>> deadBytes();

  /**
   * Forgets how far volumes are applied. Those that the {@link NeedleLog} still lists are replayed
   * from their start; entries stay.
   */
  CompletableFuture<Void> forget(Collection<Integer> volumes);
}
