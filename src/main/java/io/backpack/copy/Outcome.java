package io.backpack.copy;

import io.backpack.api.PhotoInfo;
import java.util.Optional;

/**
 * What became of one try to copy.
 *
 * @param copied what is on the target now; empty for all but {@link Kind#COPIED}
 * @param reason for people; empty when all is well
 */
public record Outcome(Kind kind, Optional<PhotoInfo> copied, String reason) {
  /** How it ended. */
  public enum Kind {
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

    /** Whether the target has what it was to get. */
    public boolean done() {
      return this == COPIED || this == DELETED || this == ALREADY_THERE;
    }
  }

  public static Outcome copied(PhotoInfo info) {
    return new Outcome(Kind.COPIED, Optional.of(info), "");
  }

  public static Outcome deleted() {
    return new Outcome(Kind.DELETED, Optional.empty(), "");
  }

  public static Outcome alreadyThere() {
    return new Outcome(Kind.ALREADY_THERE, Optional.empty(), "");
  }

  public static Outcome not(Kind kind, String reason) {
    return new Outcome(kind, Optional.empty(), reason);
  }
}
