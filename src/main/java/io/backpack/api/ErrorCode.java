package io.backpack.api;

/**
 * Every way an operation can fail, and the HTTP status that says so. The name of the constant is
 * what travels: as {@code "error"} in the JSON body over HTTP, as {@code CODE: text} over the event
 * bus. This is the only place where a failure is mapped to a status.
 */
public enum ErrorCode {
  /** The name breaks a rule of {@link PhotoName}. */
  BAD_NAME(400),
  /** A header, parameter or value is malformed. */
  BAD_REQUEST(400),
  /** An upload without a byte; a photo has at least one. */
  EMPTY_BODY(400),
  /** The body ended before the announced length; nothing was stored. */
  INCOMPLETE_BODY(400),
  /** The bytes received do not have the checksum the client sent; nothing was stored. */
  CHECKSUM_MISMATCH(400),
  /** The version lies further in the future than clocks may differ. */
  VERSION_AHEAD(400),
  /** No token, or not the right one. */
  UNAUTHORIZED(401),
  /** The operation is not open to this caller on this address. */
  FORBIDDEN(403),
  /** No photo of this name, said by one who knows. */
  NOT_FOUND(404),
  /** The cluster map has no such shard. */
  UNKNOWN_SHARD(404),
  /** The path does not know this method. */
  METHOD_NOT_ALLOWED(405),
  /** The body arrived slower than the minimum rate, or not at all. */
  TOO_SLOW(408),
  /** Other bytes are stored under this name, and names are immutable. */
  EXISTS(409),
  /** A write of a higher version is stored; the failure carries that version. */
  OLDER_VERSION(409),
  /** The volume still takes photos; what was asked for can be done with a sealed one only. */
  VOLUME_OPEN(409),
  /** The photo was deleted; the failure carries the version of the delete. */
  DELETED(410),
  /** Neither Content-Length nor chunked transfer coding. */
  LENGTH_REQUIRED(411),
  /** {@code If-None-Match: *} and a photo is stored. */
  PRECONDITION_FAILED(412),
  /** The body is larger than {@code storage.max-photo-size}. */
  TOO_LARGE(413),
  /** Multipart bodies and content encodings are not photos. */
  UNSUPPORTED_BODY(415),
  /** No byte of the photo lies in the range. */
  RANGE_NOT_SATISFIABLE(416),
  /** {@code Expect} names anything but {@code 100-continue}. */
  EXPECTATION_FAILED(417),
  /** The head of the request is too large. */
  HEADERS_TOO_LARGE(431),
  /** A fault of the program itself; the log has the details. */
  INTERNAL(500),
  /** The stored bytes do not have their checksum; another node may have them whole. */
  DAMAGED(502),
  /** The photo is known here but its bytes are lost or damaged; another node may have them. */
  MISSING(503),
  /** The index cannot be asked, or does not know everything yet. */
  INDEX_UNAVAILABLE(503),
  /** The disk refused a read, a write or a sync. */
  STORAGE_FAILED(503),
  /** All of the memory or the queue for this kind of work is taken. */
  OVERLOADED(503),
  /** No writable shard, or not enough nodes of one answered; nothing is promised. */
  NO_SHARD_AVAILABLE(503),
  /** A node or server that is needed does not answer. */
  UNAVAILABLE(503),
  /** The node is starting or stopping. */
  NOT_READY(503),
  /** No room on the disk beyond the reserve. */
  NO_SPACE(507);

  private final int status;

  ErrorCode(int status) {
    this.status = status;
  }

  /** The HTTP status of this failure, also the failure code on the event bus. */
  public int status() {
    return status;
  }

  /** Whether the same request may succeed later without anything being changed by the caller. */
  public boolean retryable() {
    return status == 503;
  }

  /** The constant of this name, or {@code fallback} for a name of another release. */
  public static ErrorCode of(String name, ErrorCode fallback) {
    for (ErrorCode code : values()) {
      if (code.name().equals(name)) {
        return code;
      }
    }
    return fallback;
  }

  /**
   * The most fitting constant for an HTTP status that came without a code, as from a node of the
   * original Backpack or from a proxy between.
   */
  public static ErrorCode ofStatus(int status) {
    return switch (status) {
      case 400 -> BAD_REQUEST;
      case 401 -> UNAUTHORIZED;
      case 403 -> FORBIDDEN;
      case 404 -> NOT_FOUND;
      case 405, 418 -> METHOD_NOT_ALLOWED;
      case 408 -> TOO_SLOW;
      case 409 -> EXISTS;
      case 410 -> DELETED;
      case 411 -> LENGTH_REQUIRED;
      case 412 -> PRECONDITION_FAILED;
      case 413 -> TOO_LARGE;
      case 415 -> UNSUPPORTED_BODY;
      case 416 -> RANGE_NOT_SATISFIABLE;
      case 417 -> EXPECTATION_FAILED;
      case 431 -> HEADERS_TOO_LARGE;
      case 502 -> DAMAGED;
      case 507 -> NO_SPACE;
      default -> UNAVAILABLE;
    };
  }
}
