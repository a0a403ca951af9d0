package io.backpack.api;

import java.util.Objects;
import java.util.Optional;

/**
 * The one failure of Backpack: a code for programs, a message that says what to do for people, and
 * for {@link ErrorCode#OLDER_VERSION}, {@link ErrorCode#EXISTS} and {@link ErrorCode#DELETED} the
 * version that stands in the way.
 *
 * <p>It is a value that travels between machines, not a fault of the program, so it has no stack
 * trace; a cause, where there is one, has its own.
 */
public final class BackpackException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final transient Version version;

  public BackpackException(ErrorCode code, String message) {
    this(code, message, null, null);
  }

  public BackpackException(ErrorCode code, String message, Throwable cause) {
    this(code, message, null, cause);
  }

  /** A refusal because of what is stored at {@code version}. */
  public BackpackException(ErrorCode code, String message, Version version) {
    this(code, message, version, null);
  }

  private BackpackException(ErrorCode code, String message, Version version, Throwable cause) {
    super(Objects.requireNonNull(message), cause, false, false);
    this.code = Objects.requireNonNull(code);
    this.version = version;
  }

  /**
   * The failure itself when it is one already, else an {@link ErrorCode#INTERNAL} that wraps it and
   * tells nothing of it to the caller.
   */
  public static BackpackException of(Throwable failure) {
    if (failure instanceof BackpackException known) {
      return known;
    }
    return new BackpackException(
        ErrorCode.INTERNAL, "internal error, see the log of this node", null, failure);
  }

  public ErrorCode code() {
    return code;
  }

  /** The stored version that made this write or read fail. */
  public Optional<Version> version() {
    return Optional.ofNullable(version);
  }
}
