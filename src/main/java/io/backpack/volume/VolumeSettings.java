package io.backpack.volume;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * What the engine of one node is set to.
 *
 * @param nodeId the node's id in the cluster map; a directory that another node wrote is refused
 * @param dirs directories of the volumes, best one per disk; created when missing
 * @param volumeSize bytes after which a volume is sealed and the next one begun; no needle can be
 *     larger
 * @param reserve bytes of each disk that photos leave free; tombstones may use them, so that a full
 *     node can still delete
 * @param sync whether an append is synced to disk before it is acknowledged
 * @param maxBatchBytes bytes that share one sync; a larger needle is a batch of its own
 * @param maxQueuedBytes bytes of needles that may wait for their turn, in all directories together
 */
public record VolumeSettings(
    String nodeId,
    List<Path> dirs,
    long volumeSize,
    long reserve,
    boolean sync,
    int maxBatchBytes,
    long maxQueuedBytes) {
  public static final long DEFAULT_VOLUME_SIZE = 3500L << 20;
  public static final long DEFAULT_RESERVE = 1L << 30;
  public static final int DEFAULT_MAX_BATCH_BYTES = 4 << 20;
  public static final long DEFAULT_MAX_QUEUED_BYTES = 256L << 20;

  /** The smallest volume: a smaller one could not hold a needle with the longest name. */
  public static final long MIN_VOLUME_SIZE = 16 << 10;

  /** The most directories a node can have in its life: their ordinals are one byte. */
  public static final int MAX_DIRS = 255;

  public VolumeSettings {
    Objects.requireNonNull(nodeId);
    dirs = List.copyOf(dirs);
    if (dirs.isEmpty() || dirs.size() > MAX_DIRS) {
      throw new IllegalArgumentException("a node has 1 to " + MAX_DIRS + " directories");
    }
    if (volumeSize < MIN_VOLUME_SIZE) {
      throw new IllegalArgumentException("a volume has at least " + MIN_VOLUME_SIZE + " bytes");
    }
    if (reserve < 0 || maxBatchBytes < 1 || maxQueuedBytes < 1) {
      throw new IllegalArgumentException("sizes are positive");
    }
  }

  /** The defaults: synced, volumes of 3.5 GB. */
  public static VolumeSettings of(String nodeId, List<Path> dirs) {
    return new VolumeSettings(
        nodeId,
        dirs,
        DEFAULT_VOLUME_SIZE,
        DEFAULT_RESERVE,
        true,
        DEFAULT_MAX_BATCH_BYTES,
        DEFAULT_MAX_QUEUED_BYTES);
  }
}
