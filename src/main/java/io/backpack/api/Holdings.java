package io.backpack.api;

import io.vertx.core.Future;
import java.util.List;

/**
 * What one node has, in a form in which two nodes find their differences without telling each other
 * all of it: a sum for each slot of names, then the entries of the slots that differ, then the
 * names of the entries that differ. Every method may be called from any thread, and fails with a
 * {@link BackpackException}: {@link ErrorCode#UNAVAILABLE} when the node does not answer, {@link
 * ErrorCode#NOT_READY} or {@link ErrorCode#INDEX_UNAVAILABLE} while it does not know what it has,
 * {@link ErrorCode#NOT_FOUND} when it is of a kind that does not say.
 */
public interface Holdings {
  /** Slots of one call of {@link #list} at the most. */
  int MAX_SLOTS = 64;

  /** Hashes of one call of {@link #names} at the most. */
  int MAX_NAMES = 512;

  /** The sums of all slots, as of one moment between call and answer. */
  Future<HeldSums> sums();

  /**
   * The entries of slots, in any order.
   *
   * @param slots at most {@link #MAX_SLOTS}, each from 0 to {@link Held#SLOTS} - 1
   */
  Future<List<Held>> list(List<Integer> slots);

  /**
   * What stands under hashes now, with the names. A hash under which nothing stands, or nothing
   * whose name can be read, has no entry in the answer; one with several names has several.
   *
   * @param hashes at most {@link #MAX_NAMES}
   */
  Future<List<HeldName>> names(List<Long> hashes);

  /**
   * The same as {@link #list} without the photos. A node of an earlier release does not know the
   * question: {@link ErrorCode#BAD_REQUEST}.
   *
   * @param slots as of {@link #list}
   */
  Future<List<Held>> tombstones(List<Integer> slots);

  /**
   * What the node once had and has lost, so that one who finds a name nowhere can tell "lost" from
   * "never stored". It fails with {@link ErrorCode#NOT_FOUND} also for a node of an earlier release
   * that answers the other questions and does not know this one: nothing is told then, which does
   * not mean that nothing is lost.
   */
  Future<Lost> lost();
}
