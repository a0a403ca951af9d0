package io.backpack.api;

import java.util.List;
import java.util.Optional;

/**
 * How to store.
 *
 * @param contentType the media type the client named, or empty to have it decided from the bytes
 * @param version the version a coordinator stamped; none for a client's own upload
 * @param replica a copy of a photo that is stored elsewhere: the immutability of names does not
 *     apply, the version alone decides; requires {@code version}
 * @param ifAbsent fail with {@link ErrorCode#PRECONDITION_FAILED} when a photo is stored
 * @param checksums all are compared with the received bytes before anything is stored
 */
public record PutOptions(
    String contentType,
    Optional<Version> version,
    boolean replica,
    boolean ifAbsent,
    List<Checksum> checksums,
    Trace trace) {

  public static final PutOptions DEFAULT =
      new PutOptions("", Optional.empty(), false, false, List.of(), Trace.NONE);

  public PutOptions {
    checksums = List.copyOf(checksums);
    if (replica && version.isEmpty()) {
      throw new BackpackException(
          ErrorCode.BAD_REQUEST, "a copy needs the version of what it copies");
    }
  }

  public PutOptions withContentType(String type) {
    return new PutOptions(type, version, replica, ifAbsent, checksums, trace);
  }

  public PutOptions withVersion(Version stamped) {
    return new PutOptions(contentType, Optional.of(stamped), replica, ifAbsent, checksums, trace);
  }

  public PutOptions withChecksums(List<Checksum> expected) {
    return new PutOptions(contentType, version, replica, ifAbsent, expected, trace);
  }

  /** The same for a copy of what has this version elsewhere. */
  public PutOptions asReplica(Version copied) {
    return new PutOptions(contentType, Optional.of(copied), true, false, checksums, trace);
  }
}
