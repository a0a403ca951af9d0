package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ContentTypes;
import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import java.util.Optional;

/** PUT and DELETE of a photo. */
final class WriteRoutes {
  private static final String CONTINUE = "100-continue";

  private final Edge edge;

  WriteRoutes(Edge edge) {
    this.edge = edge;
  }

  /** Everything that can be refused is refused here, before a byte of the body is asked for. */
  void put(Exchange exchange, PhotoName name) {
    HttpServerRequest request = exchange.request();
    MultiMap headers = request.headers();
    Tokens.demand(request, edge.settings().writeToken(), "uploads");
    String expect = headers.get(HttpHeaders.EXPECT);
    if (expect != null && !expect.strip().equalsIgnoreCase(CONTINUE)) {
      throw refusal(ErrorCode.EXPECTATION_FAILED, "Expect can only be 100-continue");
    }
    checkBody(headers);
    long length = length(headers);
    PutOptions options = options(exchange, headers);
    Optional<String> shard =
        edge.kind() == PhotoServer.Kind.COORDINATOR
            ? Optional.ofNullable(headers.get(Headers.SHARD))
            : Optional.empty();
    PhotoAddress address =
        shard
            .map(id -> new PhotoAddress(PhotoAddress.checkId("shard", id), name))
            .orElse(PhotoAddress.of(name));
    exchange.then(
        edge.store().put(address, options, new Upload(length, exchange.upload(length))),
        stored -> created(exchange, stored));
  }

  private static void checkBody(MultiMap headers) {
    if (headers.contains(HttpHeaders.CONTENT_RANGE)) {
      throw refusal(ErrorCode.BAD_REQUEST, "a photo is uploaded whole, without Content-Range");
    }
    String encoding = headers.get(HttpHeaders.CONTENT_ENCODING);
    if (encoding != null && !encoding.strip().equalsIgnoreCase("identity")) {
      throw refusal(ErrorCode.UNSUPPORTED_BODY, "a photo is uploaded without Content-Encoding");
    }
    String type = headers.get(HttpHeaders.CONTENT_TYPE);
    if (type != null && type.strip().toLowerCase(Locale.ROOT).startsWith("multipart/")) {
      throw refusal(
          ErrorCode.UNSUPPORTED_BODY, "the body is the photo itself, not a form: curl -T FILE");
    }
    String transfer = headers.get(HttpHeaders.TRANSFER_ENCODING);
    if (transfer != null && !transfer.strip().equalsIgnoreCase("chunked")) {
      throw refusal(ErrorCode.BAD_REQUEST, "the only Transfer-Encoding is chunked");
    }
  }

  /** The announced length, or -1 for a body in chunks. */
  private long length(MultiMap headers) {
    if (headers.contains(HttpHeaders.TRANSFER_ENCODING)) {
      return -1;
    }
    String text = headers.get(HttpHeaders.CONTENT_LENGTH);
    if (text == null) {
      throw refusal(ErrorCode.LENGTH_REQUIRED, "an upload needs Content-Length, or chunks");
    }
    long length;
    try {
      length = Long.parseUnsignedLong(text.strip());
    } catch (NumberFormatException e) {
      throw refusal(ErrorCode.BAD_REQUEST, "Content-Length is not a number");
    }
    if (length == 0) {
      throw refusal(ErrorCode.EMPTY_BODY, "a photo has at least one byte");
    }
    if (length < 0 || length > edge.settings().maxPhotoSize()) {
      throw UploadStream.tooLarge(edge.settings().maxPhotoSize());
    }
    return length;
  }

  private static PutOptions options(Exchange exchange, MultiMap headers) {
    String ifNoneMatch = headers.get(HttpHeaders.IF_NONE_MATCH);
    boolean ifAbsent = ifNoneMatch != null && ifNoneMatch.strip().equals("*");
    if (ifNoneMatch != null && !ifAbsent || headers.contains(HttpHeaders.IF_MATCH)) {
      throw refusal(ErrorCode.BAD_REQUEST, "the only condition of an upload is If-None-Match: *");
    }
    return new PutOptions(
        ContentTypes.announced(headers.get(HttpHeaders.CONTENT_TYPE)),
        version(headers),
        Boolean.parseBoolean(headers.get(Headers.REPLICA)),
        ifAbsent,
        ChecksumHeaders.parse(headers),
        exchange.trace());
  }

  private static Optional<Version> version(MultiMap headers) {
    return Optional.ofNullable(headers.get(Headers.VERSION)).map(Version::parse);
  }

  private void created(Exchange exchange, StoredPhoto stored) {
    PhotoInfo info = stored.info();
    String path = stored.address().path();
    exchange
        .response()
        .putHeader(HttpHeaders.LOCATION, path)
        .putHeader(HttpHeaders.ETAG, info.etag())
        .putHeader(Headers.VERSION, info.version().hex())
        .putHeader(Headers.STORED_TYPE, info.contentType());
    stored
        .replaced()
        .ifPresent(version -> exchange.response().putHeader(Headers.REPLACED, version.hex()));
    exchange.json(201, StoredJson.of(edge.kind(), stored, path));
  }

  void delete(Exchange exchange, PhotoAddress address) {
    HttpServerRequest request = exchange.request();
    Tokens.demand(request, edge.settings().writeToken(), "deletes");
    DeleteOptions options = new DeleteOptions(version(request.headers()), exchange.trace());
    String ifMatch = request.getHeader(HttpHeaders.IF_MATCH);
    if (ifMatch == null) {
      delete(exchange, address, options);
      return;
    }
    exchange.then(
        edge.store().stat(address, exchange.trace()),
        info -> {
          if (Conditions.of(request.headers()).judge(info) == Conditions.Verdict.FAILED) {
            throw refusal(ErrorCode.PRECONDITION_FAILED, "the stored photo is another one");
          }
          delete(exchange, address, options);
        });
  }

  private void delete(Exchange exchange, PhotoAddress address, DeleteOptions options) {
    exchange.then(
        edge.store().delete(address, options),
        deletion -> {
          exchange
              .response()
              .setStatusCode(204)
              .putHeader(Headers.VERSION, deletion.version().hex());
          exchange.end();
        });
  }

  private static BackpackException refusal(ErrorCode code, String message) {
    return new BackpackException(code, message);
  }
}
