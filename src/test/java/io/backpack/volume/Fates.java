package io.backpack.volume;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/** Decides what becomes of each operation of a {@link PowerLossDisk}. */
@FunctionalInterface
interface Fates {
  /** What a disk is asked to do. */
  enum Operation {
    READ,
    CREATE,
    WRITE,
    FORCE,
    TRUNCATE,
    REPLACE,
    DELETE,
    SYNC_DIRECTORY;

    /** All that a power cut can come between. */
    static final Set<Operation> CHANGES = EnumSet.complementOf(EnumSet.of(READ));
  }

  /** What becomes of it. */
  enum Fate {
    DONE,
    /** It fails, and nothing is done; a failed sync forgets what it should have written. */
    EIO,
    /** The same because the disk is full, which a sync may be the first to notice. */
    FULL,
    /** Half of a write is done and said to be done. */
    SHORT,
    /** The power goes off while it is done: whether it was done is a matter of luck. */
    POWER_CUT
  }

  Fate of(Operation operation, Path file);

  /** Whether the disk says that it has no space. */
  default boolean full() {
    return false;
  }
}
