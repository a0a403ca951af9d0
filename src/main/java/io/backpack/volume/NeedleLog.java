package io.backpack.volume;

import java.io.IOException;
import java.util.List;

/**
 * The durable truth that the index is made from: the needles of every volume of a node, in order.
 * What was appended and synced is here, whether or not the index heard of it.
 */
public interface NeedleLog {
  /**
   * One volume.
   *
   * @param start offset of the first needle
   * @param end durable length: what lies below was synced
   */
  record Extent(int volume, long start, long end) {}

  /** Takes what is replayed. */
  @FunctionalInterface
  interface Visitor {
    /**
     * Takes the next stretch of the volume.
     *
     * @param batch at most a few thousand entries
     * @return false to stop
     */
    boolean visit(IndexBatch batch) throws IOException;

    /**
     * Hears of a stretch that was synced and of which nothing tells any more what it held: photos,
     * deletes, or both. Called before the batch that it lies in.
     */
    default void unknown(int volume, long from, long to) throws IOException {}
  }

  /** Every volume that the manifests list, as of now. */
  List<Extent> extents();

  /**
   * Whether it holds all that was ever synced here. While a directory is refused or absent it does
   * not, and an index that is made from nothing but the others would forget photos and deletes.
   */
  default boolean complete() {
    return missing().isEmpty();
  }

  /** Why it is not complete, a line for each directory that says what to do. */
  default List<String> missing() {
    return List.of();
  }

  /**
   * Replays a volume from a checkpoint to its durable end at the time of the call, from the index
   * log where that is sound and from the volume itself elsewhere. Damaged needles are stepped over.
   * Blocks.
   *
   * @param from 0 or a value that was {@link IndexBatch#to()} once
   */
  void replay(int volume, long from, Visitor visitor) throws IOException;
}
