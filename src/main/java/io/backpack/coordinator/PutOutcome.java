package io.backpack.coordinator;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.StoredPhoto;
import java.net.ConnectException;
import java.net.UnknownHostException;

/**
 * What became of an upload at one node.
 *
 * @param stored when it has the photo
 * @param failure otherwise
 */
record PutOutcome(Node node, Kind kind, StoredPhoto stored, BackpackException failure) {
  enum Kind {
    /** On disk there, by this upload. */
    STORED,
    /** The same bytes were on disk there before. */
    UNCHANGED,
    /** Other bytes are stored under the name, or any where none should be. */
    CONFLICT,
    /** A write of a higher version is there. */
    OLDER,
    /** The upload itself is refused; another node would say the same. */
    CLIENT_ERROR,
    /**
     * Not stored: a photo stands under the name whose bytes cannot be read there. The node is sound
     * otherwise, and its word on the version holds.
     */
    DAMAGED,
    /** No room there. */
    NO_SPACE,
    /** Certainly not stored. */
    NOT_STORED,
    /** Perhaps stored, now or later. */
    UNKNOWN
  }

  private static final int MAX_CAUSES = 8;

  static PutOutcome of(Node node, StoredPhoto stored) {
    return new PutOutcome(node, stored.unchanged() ? Kind.UNCHANGED : Kind.STORED, stored, null);
  }

  static PutOutcome of(Node node, Throwable cause) {
    BackpackException failure = BackpackException.of(cause);
    return new PutOutcome(node, kind(failure), null, failure);
  }

  /** Whether the photo is on disk there. */
  boolean holds() {
    return stored != null;
  }

  /** Whether this says that the node itself is in trouble. */
  boolean faulty() {
    return (kind == Kind.NOT_STORED || kind == Kind.UNKNOWN) && !overloaded();
  }

  /** Whether the node has, or the way to it is, too much to do: no fault, but no answer either. */
  boolean overloaded() {
    return failure != null && failure.code() == ErrorCode.OVERLOADED;
  }

  private static Kind kind(BackpackException failure) {
    return switch (failure.code()) {
      case EXISTS, PRECONDITION_FAILED -> Kind.CONFLICT;
      case OLDER_VERSION -> Kind.OLDER;
      case MISSING -> Kind.DAMAGED;
      case NO_SPACE -> Kind.NO_SPACE;
      case BAD_NAME,
          BAD_REQUEST,
          EMPTY_BODY,
          CHECKSUM_MISMATCH,
          TOO_LARGE,
          UNSUPPORTED_BODY,
          LENGTH_REQUIRED,
          EXPECTATION_FAILED,
          HEADERS_TOO_LARGE ->
          Kind.CLIENT_ERROR;
      case UNAUTHORIZED,
          FORBIDDEN,
          NOT_FOUND,
          UNKNOWN_SHARD,
          METHOD_NOT_ALLOWED,
          TOO_SLOW,
          INCOMPLETE_BODY,
          VERSION_AHEAD,
          OVERLOADED,
          NOT_READY ->
          Kind.NOT_STORED;
      default -> neverReached(failure) ? Kind.NOT_STORED : Kind.UNKNOWN;
    };
  }

  /** A node that could not be connected to was not sent a byte. */
  private static boolean neverReached(Throwable failure) {
    Throwable cause = failure.getCause();
    for (int i = 0; i < MAX_CAUSES && cause != null; i++) {
      if (cause instanceof ConnectException || cause instanceof UnknownHostException) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }
}
