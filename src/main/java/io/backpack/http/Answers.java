package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ContentTypes;
import io.backpack.api.ErrorCode;
import io.backpack.api.ImageInfo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Version;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Reads what a successful answer of one server says of a photo. What is malformed, or says less
 * than a server of ours, fails with {@link ErrorCode#UNAVAILABLE}: whoever listens at the address
 * of a node must not pass for it.
 */
final class Answers {
  /** What the headers say of a photo. */
  record Said(
      Version version,
      OptionalInt crc32c,
      long length,
      String contentType,
      Optional<ImageInfo> image) {
    PhotoInfo info(PhotoAddress address, long size, int crc32c, Buffer head) {
      return new PhotoInfo(
          address.name(),
          size,
          crc32c,
          version,
          contentType == null ? ContentTypes.decide("", address.name(), head) : contentType,
          image);
    }
  }

  private final String server;
  private final boolean originals;

  Answers(String server, boolean originals) {
    this.server = server;
    this.originals = originals;
  }

  /** Reads the head of a photo. */
  Said said(HttpClientResponse response) {
    String crc = response.getHeader(Headers.CRC32C);
    return new Said(
        version(response.getHeader(Headers.VERSION), Version.NONE),
        crc == null ? OptionalInt.empty() : OptionalInt.of(checksum(crc)),
        length(response),
        response.getHeader(HttpHeaders.CONTENT_TYPE),
        ImageHeader.parse(response.getHeader(Headers.IMAGE)));
  }

  private static long length(HttpClientResponse response) {
    String length = response.getHeader(HttpHeaders.CONTENT_LENGTH);
    try {
      return length == null ? -1 : Long.parseLong(length);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  /**
   * The version in an answer.
   *
   * @param hex null where it has none
   * @param ofOriginals what it is taken for where servers of the original are accepted
   */
  Version version(String hex, Version ofOriginals) {
    if (hex == null) {
      if (!originals) {
        throw foreign("a version");
      }
      return ofOriginals;
    }
    try {
      return Version.parse(hex);
    } catch (BackpackException malformed) {
      throw new BackpackException(
          ErrorCode.UNAVAILABLE, server + " sent a malformed version", malformed);
    }
  }

  private int checksum(String hex) {
    try {
      return HexFormat.fromHexDigits(hex);
    } catch (IllegalArgumentException e) {
      throw new BackpackException(ErrorCode.UNAVAILABLE, server + " sent a malformed checksum", e);
    }
  }

  /**
   * What was stored, by the JSON of the server and by what was sent.
   *
   * @throws BackpackException {@link ErrorCode#CHECKSUM_MISMATCH} when the server received other
   *     bytes
   */
  StoredPhoto stored(
      PhotoAddress address, PutOptions options, ClientUpload.Answer answer, Buffer body) {
    JsonObject json = ClientErrors.json(body);
    String crc = ClientErrors.string(json, "crc32c", null);
    if (crc == null && !originals) {
      throw foreign("a checksum");
    }
    if (crc != null && checksum(crc) != answer.crc32c()) {
      throw new BackpackException(
          ErrorCode.CHECKSUM_MISMATCH, server + " received other bytes than were sent");
    }
    String type = answer.response().getHeader(Headers.STORED_TYPE);
    PhotoInfo info =
        new PhotoInfo(
            address.name(),
            answer.size(),
            answer.crc32c(),
            version(
                ClientErrors.string(json, "version", null), options.version().orElse(Version.NONE)),
            type == null
                ? ContentTypes.decide(options.contentType(), address.name(), answer.head())
                : type,
            ImageInfo.ofJson(json));
    boolean unchanged = Boolean.TRUE.equals(json.getValue("unchanged"));
    String replaced = answer.response().getHeader(Headers.REPLACED);
    return new StoredPhoto(
        ClientErrors.string(json, "shard_id", address.shard()),
        info,
        unchanged,
        replaced == null ? Optional.empty() : Optional.of(version(replaced, Version.NONE)));
  }

  private BackpackException foreign(String missing) {
    return new BackpackException(
        ErrorCode.UNAVAILABLE,
        server + " answered without " + missing + ": it is not a server of this Backpack");
  }
}
