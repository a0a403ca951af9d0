package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ByteRange;
import io.backpack.api.ContentTypes;
import io.backpack.api.DeleteOptions;
import io.backpack.api.Deletion;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoStore;
import io.backpack.api.PutOptions;
import io.backpack.api.RangeRequest;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Streams;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.CRC32C;

/**
 * The photos of a node or of a coordinator over HTTP. A server that cannot be reached, does not
 * answer in time or breaks off is {@link ErrorCode#UNAVAILABLE}; a pool whose line is full is
 * {@link ErrorCode#OVERLOADED}; everything else is what the server said.
 *
 * <p>Bodies are compared with the checksum the server tells; nodes of the original Backpack, which
 * tell neither checksum nor version and know no HEAD, are read and written as well: their photos
 * have {@link Version#NONE}, and a checksum of 0 where not all bytes were read. Safe for use by any
 * thread.
 */
public final class HttpPhotoStore implements PhotoStore {
  /** Photos up to this size are read into memory, which saves the stream. */
  static final int BUFFERED = 256 << 10;

  /** The most that is read of a body whose server does not say how long it is. */
  private static final int MAX_UNANNOUNCED = 32 << 20;

  private static final int MAX_ANSWER = 64 << 10;

  private final Vertx vertx;
  private final HttpClient client;
  private final HttpStoreSettings settings;
  private final long timeout;
  private final String server;
  private final String host;
  private final int port;
  private final boolean tls;
  private final String prefix;

  HttpPhotoStore(Vertx vertx, HttpClient client, HttpStoreSettings settings, String baseUrl) {
    URI uri = URI.create(baseUrl);
    this.tls = "https".equals(uri.getScheme());
    if (uri.getHost() == null || !tls && !"http".equals(uri.getScheme())) {
      throw new IllegalArgumentException("not a URL of a server: " + baseUrl);
    }
    this.vertx = vertx;
    this.client = client;
    this.settings = settings;
    this.timeout = settings.requestTimeout().toMillis();
    String name = uri.getHost();
    this.host = name.startsWith("[") ? name.substring(1, name.length() - 1) : name;
    this.port = uri.getPort() >= 0 ? uri.getPort() : tls ? 443 : 80;
    String path = uri.getRawPath();
    this.prefix = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    this.server = uri.getScheme() + "://" + name + ":" + port;
  }

  /** A store with a client of its own; see {@link HttpStoreFactory} for many servers. */
  public static HttpPhotoStore create(Vertx vertx, String baseUrl, HttpStoreSettings settings) {
    return HttpStoreFactory.of(vertx, settings).store(baseUrl);
  }

  @Override
  public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
    // On an upload a shard is a wish told in a header, not a part of the path.
    return request(HttpMethod.PUT, PhotoAddress.of(address.name()), options.trace())
        .compose(
            request -> {
              putHeaders(request, address, options);
              ClientUpload sending = new ClientUpload(vertx, request, server, upload, timeout);
              return sending
                  .send()
                  .compose(answer -> stored(address, options, answer))
                  .eventually(
                      () -> {
                        if (sending.answeredEarly()) {
                          request.connection().close().onFailure(ClientErrors::ignore);
                        }
                        return Future.succeededFuture();
                      });
            });
  }

  private void putHeaders(HttpClientRequest request, PhotoAddress address, PutOptions options) {
    authorize(request);
    if (!options.contentType().isEmpty()) {
      request.putHeader(HttpHeaders.CONTENT_TYPE, options.contentType());
    }
    if (!address.shard().isEmpty()) {
      request.putHeader(Headers.SHARD, address.shard());
    }
    options.version().ifPresent(version -> request.putHeader(Headers.VERSION, version.hex()));
    if (options.replica()) {
      request.putHeader(Headers.REPLICA, "true");
    }
    if (options.ifAbsent()) {
      request.putHeader(HttpHeaders.IF_NONE_MATCH, "*");
    }
    ChecksumHeaders.write(request.headers(), options.checksums());
  }

  private Future<StoredPhoto> stored(
      PhotoAddress address, PutOptions options, ClientUpload.Answer answer) {
    HttpClientResponse response = answer.response();
    if (response.statusCode() != 200 && response.statusCode() != 201) {
      return ClientErrors.failed(vertx, response, server, timeout);
    }
    ClientBody body = new ClientBody(vertx, response, server, -1, OptionalInt.empty(), timeout);
    return Streams.collect(body, MAX_ANSWER)
        .map(
            bytes -> {
              JsonObject json = ClientErrors.json(bytes);
              String crc = ClientErrors.string(json, "crc32c", null);
              if (crc != null && parseCrc(crc) != answer.crc32c()) {
                throw new BackpackException(
                    ErrorCode.CHECKSUM_MISMATCH, server + " received other bytes than were sent");
              }
              String version = ClientErrors.string(json, "version", null);
              String type = response.getHeader(Headers.STORED_TYPE);
              PhotoInfo info =
                  new PhotoInfo(
                      address.name(),
                      answer.size(),
                      answer.crc32c(),
                      version == null
                          ? options.version().orElse(Version.NONE)
                          : Version.parse(version),
                      type == null
                          ? ContentTypes.decide(
                              options.contentType(), address.name(), answer.head())
                          : type);
              boolean unchanged = Boolean.TRUE.equals(json.getValue("unchanged"));
              return new StoredPhoto(
                  ClientErrors.string(json, "shard_id", address.shard()),
                  info,
                  unchanged,
                  Optional.ofNullable(response.getHeader(Headers.REPLACED)).map(Version::parse));
            });
  }

  @Override
  public Future<Photo> get(PhotoAddress address, GetOptions options) {
    return request(HttpMethod.GET, address, options.trace())
        .compose(
            request -> {
              options.range().ifPresent(range -> request.putHeader(Headers.RANGE, of(range)));
              return answer(request);
            })
        .compose(
            response ->
                response.statusCode() == 200 || response.statusCode() == 206
                    ? photo(address, options, response)
                    : ClientErrors.failed(vertx, response, server, timeout));
  }

  private static String of(RangeRequest range) {
    return range.first() == -1
        ? "bytes=-" + range.last()
        : "bytes=" + range.first() + "-" + (range.last() == -1 ? "" : range.last());
  }

  private Future<Photo> photo(
      PhotoAddress address, GetOptions options, HttpClientResponse response) {
    long length = contentLength(response);
    Optional<ContentRange> part =
        response.statusCode() == 206
            ? ContentRange.parse(response.getHeader(HttpHeaders.CONTENT_RANGE))
            : Optional.empty();
    if (response.statusCode() == 206 && (part.isEmpty() || part.get().range().length() != length)) {
      response.request().connection().close().onFailure(ClientErrors::ignore);
      return Future.failedFuture(
          new BackpackException(ErrorCode.UNAVAILABLE, server + " sent a range it does not name"));
    }
    OptionalInt crc = crc(response);
    ClientBody body =
        new ClientBody(
            vertx, response, server, length, part.isEmpty() ? crc : OptionalInt.empty(), timeout);
    if (part.isPresent()) {
      PhotoInfo info = info(address, response, part.get().size(), crc.orElse(0), Buffer.buffer());
      return buffered(info, part.get().range(), body);
    }
    // A server that knows no ranges sends all; one that tells no length, or an empty body, is met
    // by reading all of it.
    if (length < 1 || options.range().isPresent()) {
      return Streams.collect(body, MAX_UNANNOUNCED)
          .map(all -> cut(address, options, response, all));
    }
    if (length <= BUFFERED) {
      return Streams.collect(body, length)
          .map(
              all ->
                  Photo.of(
                      info(address, response, length, crc.orElse(body.sum()), all),
                      ByteRange.all(length),
                      all));
    }
    PhotoInfo info = info(address, response, length, crc.orElse(0), Buffer.buffer());
    return Future.succeededFuture(new Photo(info, ByteRange.all(length), body));
  }

  private static Future<Photo> buffered(PhotoInfo info, ByteRange range, ClientBody body) {
    return range.length() <= BUFFERED
        ? Streams.collect(body, range.length()).map(bytes -> Photo.of(info, range, bytes))
        : Future.succeededFuture(new Photo(info, range, body));
  }

  private Photo cut(
      PhotoAddress address, GetOptions options, HttpClientResponse response, Buffer all) {
    if (all.length() == 0) {
      throw new BackpackException(ErrorCode.UNAVAILABLE, server + " sent a photo without a byte");
    }
    ByteRange range =
        options
            .range()
            .map(wanted -> wanted.resolve(all.length()))
            .orElse(ByteRange.all(all.length()));
    CRC32C sum = new CRC32C();
    sum.update(all.getBytes());
    return Photo.of(
        info(address, response, all.length(), (int) sum.getValue(), all),
        range,
        all.getBuffer((int) range.offset(), (int) range.end()));
  }

  private static PhotoInfo info(
      PhotoAddress address, HttpClientResponse response, long size, int crc32c, Buffer head) {
    String version = response.getHeader(Headers.VERSION);
    String type = response.getHeader(HttpHeaders.CONTENT_TYPE);
    return new PhotoInfo(
        address.name(),
        size,
        crc32c,
        version == null ? Version.NONE : Version.parse(version),
        type == null ? ContentTypes.decide("", address.name(), head) : type);
  }

  @Override
  public Future<PhotoInfo> stat(PhotoAddress address, Trace trace) {
    return request(HttpMethod.HEAD, address, trace)
        .compose(this::answer)
        .compose(
            response -> {
              if (response.statusCode() == 405 || response.statusCode() == 418) {
                response.resume();
                return statByReading(address, trace);
              }
              if (response.statusCode() != 200) {
                return ClientErrors.failed(vertx, response, server, timeout);
              }
              response.resume();
              long size = contentLength(response);
              return size < 1
                  ? statByReading(address, trace)
                  : Future.succeededFuture(
                      info(address, response, size, crc(response).orElse(0), Buffer.buffer()));
            });
  }

  /** For servers of the original, which know no HEAD. */
  private Future<PhotoInfo> statByReading(PhotoAddress address, Trace trace) {
    return get(address, new GetOptions(Optional.empty(), trace))
        .map(
            photo -> {
              photo.discard();
              return photo.info();
            });
  }

  @Override
  public Future<Deletion> delete(PhotoAddress address, DeleteOptions options) {
    return request(HttpMethod.DELETE, address, options.trace())
        .compose(
            request -> {
              authorize(request);
              options
                  .version()
                  .ifPresent(version -> request.putHeader(Headers.VERSION, version.hex()));
              return answer(request);
            })
        .compose(
            response -> {
              if (response.statusCode() / 100 != 2) {
                return ClientErrors.failed(vertx, response, server, timeout);
              }
              response.resume();
              String version = response.getHeader(Headers.VERSION);
              return Future.succeededFuture(
                  new Deletion(
                      version == null
                          ? options.version().orElse(Version.NONE)
                          : Version.parse(version)));
            });
  }

  private Future<HttpClientRequest> request(HttpMethod method, PhotoAddress address, Trace trace) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(method)
            .setHost(host)
            .setPort(port)
            .setSsl(tls)
            .setURI(prefix + address.path())
            // The wait in the pool's line counts here; a connection itself has its own timeout.
            .setConnectTimeout(timeout);
    if (!trace.requestId().isEmpty()) {
      options.putHeader(Headers.REQUEST_ID, trace.requestId());
    }
    if (!trace.traceparent().isEmpty()) {
      options.putHeader(Headers.TRACEPARENT, trace.traceparent());
    }
    return client
        .request(options)
        .recover(e -> Future.failedFuture(ClientErrors.ofConnection(server, e)));
  }

  private void authorize(HttpClientRequest request) {
    if (!settings.writeToken().isEmpty()) {
      request.putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + settings.writeToken());
    }
  }

  /** Sends a request without a body; the response comes paused. */
  private Future<HttpClientResponse> answer(HttpClientRequest request) {
    ProgressWatch watch =
        new ProgressWatch(
            vertx, timeout, () -> request.connection().close().onFailure(ClientErrors::ignore));
    watch.waiting(true);
    return request
        .send()
        .map(HttpClientResponse::pause)
        .recover(e -> Future.failedFuture(ClientErrors.ofConnection(server, e)))
        .onComplete(answered -> watch.stop());
  }

  private static long contentLength(HttpClientResponse response) {
    String length = response.getHeader(HttpHeaders.CONTENT_LENGTH);
    try {
      return length == null ? -1 : Long.parseLong(length);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static OptionalInt crc(HttpClientResponse response) {
    String hex = response.getHeader(Headers.CRC32C);
    return hex == null ? OptionalInt.empty() : OptionalInt.of(parseCrc(hex));
  }

  private static int parseCrc(String hex) {
    try {
      return HexFormat.fromHexDigits(hex);
    } catch (IllegalArgumentException e) {
      throw new BackpackException(ErrorCode.UNAVAILABLE, "a server sent a malformed checksum", e);
    }
  }
}
