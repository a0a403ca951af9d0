package io.backpack.replicator;

import io.backpack.api.PhotoInfo;
import java.util.Optional;

/**
 * What became of one try of a task.
 *
 * @param copied what is on the target now; empty for all but {@link Kind#COPIED}
 * @param reason for people; empty when all is well
 */
record Outcome(Kind kind, Optional<PhotoInfo> copied, String reason) {
  enum Kind {
    /** The bytes are on the target's disk. */
    COPIED,
    /** The tombstone is on the target's disk. */
    DELETED,
    /** The target has the same or something newer. */
    ALREADY_THERE,
    /** The photo could not be had or was not taken; the attempt counts. */
    FAILED,
    /** A source could not be asked; the attempt does not count. */
    SOURCE_AWAY,
    /** The target takes nothing at all; the attempt does not count. */
    TARGET_AWAY;

    boolean done() {
      return this == COPIED || this == DELETED || this == ALREADY_THERE;
    }
  }

  static Outcome copied(PhotoInfo info) {
    return new Outcome(Kind.COPIED, Optional.of(info), "");
  }

  static Outcome deleted() {
    return new Outcome(Kind.DELETED, Optional.empty(), "");
  }

  static Outcome alreadyThere() {
    return new Outcome(Kind.ALREADY_THERE, Optional.empty(), "");
  }

  static Outcome not(Kind kind, String reason) {
    return new Outcome(kind, Optional.empty(), reason);
  }
}
