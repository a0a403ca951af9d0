package io.backpack.volume;

import io.backpack.api.BackpackException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a compaction did. Bytes are those of whole needles.
 *
 * @param made new volumes, sealed
 * @param retired sources that are gone
 * @param kept sources that are still there, and why
 * @param needlesMoved photos and tombstones that were written to the new volumes
 * @param needlesDropped dead needles of the sources that are gone
 * @param bytesRemoved length of the sources that are gone
 * @param stopped it ended early because {@link Pace} or the closing of the set wanted it
 * @param failure why it ended early otherwise; what was moved stays moved, and the same compaction
 *     goes on there when it is begun again
 */
public record CompactionResult(
    List<Integer> made,
    List<Integer> retired,
    List<Kept> kept,
    long needlesMoved,
    long bytesMoved,
    long needlesDropped,
    long bytesDropped,
    long bytesRemoved,
    boolean stopped,
    Optional<BackpackException> failure) {
  /**
   * A source that was not dropped.
   *
   * @param damaged it holds damage that is not repaired; all else was moved out of it
   * @param why for people
   */
  public record Kept(int volume, boolean damaged, String why) {}

  public CompactionResult {
    made = List.copyOf(made);
    retired = List.copyOf(retired);
    kept = List.copyOf(kept);
    Objects.requireNonNull(failure);
  }

  /** Bytes by which the volumes of the directory shrank; negative when a source had to be kept. */
  public long bytesFreed() {
    return bytesRemoved - bytesMoved;
  }
}
