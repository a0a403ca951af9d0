package io.backpack.volume;

import java.util.List;

/**
 * A contiguous stretch of a volume on its way to the index: every needle whose offset is in {@code
 * [from, to)}, in the order of the volume.
 *
 * @param from the volume's checkpoint that the index must have for the batch to be applied
 * @param to the checkpoint it has afterwards
 */
public record IndexBatch(int volume, long from, long to, List<NeedleEntry> entries) {
  public IndexBatch {
    entries = List.copyOf(entries);
    if (from > to) {
      throw new IllegalArgumentException("batch ends before it begins");
    }
  }
}
