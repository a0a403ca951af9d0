package io.backpack.api;

import java.util.Optional;

/**
 * How to delete.
 *
 * @param version the version a coordinator stamped: the tombstone is then written even where the
 *     name is unknown, and the only refusal is {@link ErrorCode#OLDER_VERSION}
 */
public record DeleteOptions(Optional<Version> version, Trace trace) {
  public static final DeleteOptions DEFAULT = new DeleteOptions(Optional.empty(), Trace.NONE);

  /** A delete stamped by a coordinator. */
  public static DeleteOptions at(Version version) {
    return new DeleteOptions(Optional.of(version), Trace.NONE);
  }
}
