package io.backpack.volume;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Volumes of one directory that are worth compacting together.
 *
 * @param length bytes of the volumes
 * @param dead bytes of them that are known to be dead
 */
public record CompactionPlan(
    Path dir, List<Integer> volumes, Reason reason, long length, long dead) {
  /** Why. */
  public enum Reason {
    /** So much of it is dead. */
    DEAD,
    /** They are small: one takes fewer files, and fewer pieces to read through. */
    SMALL
  }

  public CompactionPlan {
    Objects.requireNonNull(dir);
    Objects.requireNonNull(reason);
    volumes = List.copyOf(volumes);
  }
}
