package io.backpack.bus;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.ImageInfo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Version;
import io.vertx.core.MultiMap;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What travels on {@link #ADDRESS}: the names of headers and fields, and how values become text.
 *
 * <p>A request has its parameters in headers. The body of a put is the bytes, of all else nothing.
 * The reply of a get is the bytes with the photo's description in headers; every other reply is a
 * JSON object. A failure has the HTTP status as its code and {@code CODE: text} as its message,
 * where the version that stands in the way, if any, ends the text as {@code (version <16 hex>)}.
 * Only the codecs that every Vert.x has are used.
 */
final class BusProtocol {
  static final String ADDRESS = "backpack.photos";
  static final String API_VERSION = "1";

  static final String API = "api";
  static final String ACTION = "action";
  static final String NAME = "name";
  static final String SHARD = "shard";
  static final String CONTENT_TYPE = "content-type";
  static final String VERSION = "version";
  static final String AUTHORIZATION = "authorization";

  /** Bytes of a get, as in HTTP: {@code bytes=0-99}, {@code bytes=100-}, {@code bytes=-50}. */
  static final String RANGE = "range";

  /** {@code *} on a put: only where nothing is stored. */
  static final String IF_NONE_MATCH = "if-none-match";

  /** {@code true} on a put with a version: a copy of what has that version elsewhere. */
  static final String REPLICA = "replica";

  /** {@code checksum-crc32c}, {@code checksum-md5}, {@code checksum-sha256}: hex digits. */
  static final String CHECKSUM = "checksum-";

  static final String REQUEST_ID = "x-request-id";
  static final String TRACEPARENT = "traceparent";
  static final String BEARER = "Bearer ";

  static final String SIZE = "size";
  static final String CRC32C = "crc32c";

  /** First byte of a get's reply in the photo. */
  static final String OFFSET = "offset";

  private static final String UNCHANGED = "unchanged";
  private static final String REPLACED = "replaced";

  private static final Pattern FAILURE =
      Pattern.compile("([A-Z0-9_]+): (.*?)(?: \\(version ([0-9a-f]{16})\\))?", Pattern.DOTALL);

  private BusProtocol() {}

  static Trace trace(MultiMap headers) {
    return new Trace(header(headers, REQUEST_ID), header(headers, TRACEPARENT));
  }

  /** The value, or empty. */
  static String header(MultiMap headers, String name) {
    String value = headers.get(name);
    return value == null ? "" : value;
  }

  static void addTrace(DeliveryOptions options, Trace trace) {
    if (!trace.requestId().isEmpty()) {
      options.addHeader(REQUEST_ID, trace.requestId());
    }
    if (!trace.traceparent().isEmpty()) {
      options.addHeader(TRACEPARENT, trace.traceparent());
    }
  }

  static String failureText(BackpackException failure) {
    return failure.code()
        + ": "
        + failure.getMessage()
        + failure.version().map(version -> " (version " + version.hex() + ")").orElse("");
  }

  static BackpackException failure(Throwable cause) {
    if (!(cause instanceof ReplyException reply)) {
      return cause instanceof BackpackException known
          ? known
          : new BackpackException(ErrorCode.UNAVAILABLE, "the event bus failed: " + cause, cause);
    }
    if (reply.failureType() == ReplyFailure.NO_HANDLERS) {
      return new BackpackException(
          ErrorCode.UNAVAILABLE, "nobody answers on the event bus at " + ADDRESS);
    }
    if (reply.failureType() == ReplyFailure.TIMEOUT) {
      return new BackpackException(ErrorCode.UNAVAILABLE, "no answer on the event bus in time");
    }
    ErrorCode fallback = ErrorCode.ofStatus(reply.failureCode());
    String text = String.valueOf(reply.getMessage());
    Matcher parts = FAILURE.matcher(text);
    if (!parts.matches()) {
      return new BackpackException(fallback, text);
    }
    ErrorCode code = ErrorCode.of(parts.group(1), fallback);
    return parts.group(3) == null
        ? new BackpackException(code, parts.group(2))
        : new BackpackException(code, parts.group(2), Version.parse(parts.group(3)));
  }

  static JsonObject stored(StoredPhoto stored) {
    JsonObject json = info(stored.shard(), stored.info());
    if (stored.unchanged()) {
      json.put(UNCHANGED, true);
    }
    stored.replaced().ifPresent(version -> json.put(REPLACED, version.hex()));
    return json;
  }

  static StoredPhoto stored(JsonObject json) {
    return new StoredPhoto(
        json.getString("shard_id", ""),
        info(json),
        json.getBoolean(UNCHANGED, false),
        Optional.ofNullable(json.getString(REPLACED)).map(Version::parse));
  }

  static JsonObject info(String shard, PhotoInfo info) {
    JsonObject json = new JsonObject();
    if (!shard.isEmpty()) {
      json.put("shard_id", shard);
    }
    json.put(NAME, info.name().value())
        .put("path", new PhotoAddress(shard, info.name()).path())
        .put(SIZE, info.size())
        .put(CRC32C, info.crc32cHex())
        .put(VERSION, info.version().hex())
        .put("content_type", info.contentType());
    info.image().ifPresent(image -> json.mergeIn(image.toJson()));
    return json;
  }

  static PhotoInfo info(JsonObject json) {
    return new PhotoInfo(
        PhotoName.of(json.getString(NAME)),
        json.getLong(SIZE),
        crc32c(json.getString(CRC32C)),
        Version.parse(json.getString(VERSION)),
        json.getString("content_type", ""),
        ImageInfo.ofJson(json));
  }

  /** The description of a photo beside its bytes. */
  static DeliveryOptions replyHeaders(String shard, PhotoInfo info, long offset) {
    DeliveryOptions options = new DeliveryOptions();
    info.image()
        .ifPresent(
            image ->
                image
                    .toJson()
                    .forEach(each -> options.addHeader(each.getKey(), each.getValue().toString())));
    return options
        .addHeader(API, API_VERSION)
        .addHeader(NAME, info.name().value())
        .addHeader(SHARD, shard)
        .addHeader(SIZE, Long.toString(info.size()))
        .addHeader(CRC32C, info.crc32cHex())
        .addHeader(VERSION, info.version().hex())
        .addHeader(CONTENT_TYPE, info.contentType())
        .addHeader(OFFSET, Long.toString(offset));
  }

  static PhotoInfo info(MultiMap headers) {
    return new PhotoInfo(
        PhotoName.of(headers.get(NAME)),
        Long.parseLong(headers.get(SIZE)),
        crc32c(headers.get(CRC32C)),
        Version.parse(headers.get(VERSION)),
        headers.get(CONTENT_TYPE),
        image(headers));
  }

  private static Optional<ImageInfo> image(MultiMap headers) {
    JsonObject json = new JsonObject();
    for (String field : List.of("width", "height", "orientation")) {
      String value = headers.get(field);
      if (value != null) {
        try {
          json.put(field, Integer.parseInt(value));
        } catch (NumberFormatException e) {
          return Optional.empty();
        }
      }
    }
    return ImageInfo.ofJson(json);
  }

  private static int crc32c(String hex) {
    return HexFormat.fromHexDigits(hex);
  }
}
