package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ByteRange;
import io.backpack.api.Checksum;
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
import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The photos of a node or of a coordinator over HTTP. A server that cannot be reached, does not
 * answer in time, breaks off, or does not answer as a server of this Backpack is {@link
 * ErrorCode#UNAVAILABLE}. When all connections to it are taken, and stay so or too many wait for
 * one already, it is {@link ErrorCode#OVERLOADED}: nothing was sent, and the server is not to
 * blame. Everything else is what the server said.
 *
 * <p>Bodies are compared with the checksum the server tells. Servers of the original Backpack,
 * which tell neither checksum nor version and know no HEAD, are read and written where {@link
 * HttpStoreSettings#originals} allows it: their photos have {@link Version#NONE}, and a checksum of
 * 0 where not all bytes were read. Safe for use by any thread.
 */
public final class HttpPhotoStore implements PhotoStore {
  /** Photos up to this size are read into memory, which saves the stream. */
  static final int BUFFERED = 256 << 10;

  /** The most that is read of a body whose server does not say how long it is. */
  private static final int MAX_UNANNOUNCED = 32 << 20;

  private static final int MAX_ANSWER = 64 << 10;

  private final Vertx vertx;
  private final ClientPools pools;
  private final HttpStoreSettings settings;
  private final long timeout;
  private final String server;
  private final Answers answers;
  private final String host;
  private final int port;
  private final boolean tls;
  private final String prefix;
  private final Map<EventLoop, UploadBatcher> batchers = new ConcurrentHashMap<>();
  private final AtomicLong inMemory = new AtomicLong();

  HttpPhotoStore(Vertx vertx, ClientPools pools, HttpStoreSettings settings, String baseUrl) {
    URI uri = URI.create(baseUrl);
    this.tls = "https".equals(uri.getScheme());
    if (uri.getHost() == null || !tls && !"http".equals(uri.getScheme())) {
      throw new IllegalArgumentException("not a URL of a server: " + baseUrl);
    }
    this.vertx = vertx;
    this.pools = pools;
    this.settings = settings;
    this.timeout = settings.requestTimeout().toMillis();
    String name = uri.getHost();
    this.host = name.startsWith("[") ? name.substring(1, name.length() - 1) : name;
    this.port = uri.getPort() >= 0 ? uri.getPort() : tls ? 443 : 80;
    String path = uri.getRawPath();
    this.prefix = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    this.server = uri.getScheme() + "://" + name + ":" + port;
    this.answers = new Answers(server, settings.originals());
  }

  /** A store with pools of its own; see {@link HttpStoreFactory} for many servers. */
  public static HttpPhotoStore create(Vertx vertx, String baseUrl, HttpStoreSettings settings) {
    return HttpStoreFactory.of(vertx, settings).store(baseUrl);
  }

  @Override
  public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
    return upload
        .buffered()
        .map(photo -> putBuffered(address, options, upload, photo))
        .orElseGet(() -> putSingly(address, options, upload));
  }

  private Future<StoredPhoto> putBuffered(
      PhotoAddress address, PutOptions options, Upload upload, Buffer photo) {
    long size = photo.length();
    long before = inMemory.getAndAdd(size);
    if (before > 0 && before + size > settings.uploadMemory()) {
      inMemory.addAndGet(-size);
      return Future.failedFuture(
          new BackpackException(
              ErrorCode.OVERLOADED, "too many bytes of uploads wait for " + server));
    }
    boolean shareable = settings.batches() && address.shard().isEmpty() && upload.length() == size;
    UploadBatcher batcher = shareable ? batcher() : null;
    Future<StoredPhoto> stored =
        batcher != null && batcher.takes(options, photo)
            ? batcher.put(address.name(), options, photo)
            : putSingly(address, options, upload);
    return stored.onComplete(any -> inMemory.addAndGet(-size));
  }

  /** That of the event loop on which this is called; none on other threads. */
  private UploadBatcher batcher() {
    if (!(Vertx.currentContext() instanceof ContextInternal context)
        || !context.isEventLoopContext()) {
      return null;
    }
    EventLoop loop = context.nettyEventLoop();
    UploadBatcher known = batchers.get(loop);
    return known != null ? known : batchers.computeIfAbsent(loop, any -> newBatcher(context));
  }

  private UploadBatcher newBatcher(ContextInternal context) {
    // The context of a request may carry what belongs to that request.
    ContextInternal own =
        ((VertxInternal) vertx).contextBuilder().withEventLoop(context.nettyEventLoop()).build();
    return new UploadBatcher(
        vertx,
        own,
        pools.batches().apply(context.nettyEventLoop()),
        settings,
        new RequestOptions().setHost(host).setPort(port).setSsl(tls).setURI(prefix + "/"),
        server,
        each -> putSingly(PhotoAddress.of(each.name()), each.options(), Upload.of(each.photo())));
  }

  private Future<StoredPhoto> putSingly(PhotoAddress address, PutOptions options, Upload upload) {
    // On an upload a shard is a wish told in a header, not a part of the path.
    HttpClient pool = upload.buffered().isPresent() ? pools.calls() : pools.uploads();
    return request(pool, HttpMethod.PUT, PhotoAddress.of(address.name()), options.trace())
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
      return failed(response);
    }
    ClientBody body = new ClientBody(vertx, response, server, -1, OptionalInt.empty(), timeout);
    return Streams.collect(body, MAX_ANSWER)
        .map(bytes -> answers.stored(address, options, answer, bytes));
  }

  @Override
  public Future<Photo> get(PhotoAddress address, GetOptions options) {
    return request(pools.downloads(), HttpMethod.GET, address, options.trace())
        .compose(
            request -> {
              options.range().ifPresent(range -> request.putHeader(Headers.RANGE, of(range)));
              return answer(request);
            })
        .compose(
            response ->
                response.statusCode() == 200 || response.statusCode() == 206
                    ? photo(address, options, response)
                    : failed(response));
  }

  private static String of(RangeRequest range) {
    return range.first() == -1
        ? "bytes=-" + range.last()
        : "bytes=" + range.first() + "-" + (range.last() == -1 ? "" : range.last());
  }

  private Future<Photo> photo(
      PhotoAddress address, GetOptions options, HttpClientResponse response) {
    Answers.Said said;
    try {
      said = answers.said(response);
    } catch (BackpackException unfit) {
      response.request().connection().close().onFailure(ClientErrors::ignore);
      return Future.failedFuture(unfit);
    }
    long length = said.length();
    Optional<ContentRange> part =
        response.statusCode() == 206
            ? ContentRange.parse(response.getHeader(HttpHeaders.CONTENT_RANGE))
            : Optional.empty();
    if (response.statusCode() == 206 && (part.isEmpty() || part.get().range().length() != length)) {
      response.request().connection().close().onFailure(ClientErrors::ignore);
      return Future.failedFuture(
          new BackpackException(ErrorCode.UNAVAILABLE, server + " sent a range it does not name"));
    }
    OptionalInt crc = said.crc32c();
    ClientBody body =
        new ClientBody(
            vertx, response, server, length, part.isEmpty() ? crc : OptionalInt.empty(), timeout);
    if (part.isPresent()) {
      PhotoInfo info = said.info(address, part.get().size(), crc.orElse(0), Buffer.buffer());
      return buffered(info, part.get().range(), body);
    }
    // A server that knows no ranges sends all; one that tells no length, or an empty body, is met
    // by reading all of it.
    if (length < 1 || options.range().isPresent()) {
      return Streams.collect(body, MAX_UNANNOUNCED).map(all -> cut(address, options, said, all));
    }
    if (length <= BUFFERED) {
      return Streams.collect(body, length)
          .map(
              all ->
                  Photo.of(
                      said.info(address, length, crc.orElse(body.sum()), all),
                      ByteRange.all(length),
                      all));
    }
    PhotoInfo info = said.info(address, length, crc.orElse(0), Buffer.buffer());
    return Future.succeededFuture(new Photo(info, ByteRange.all(length), body));
  }

  private static Future<Photo> buffered(PhotoInfo info, ByteRange range, ClientBody body) {
    return range.length() <= BUFFERED
        ? Streams.collect(body, range.length()).map(bytes -> Photo.of(info, range, bytes))
        : Future.succeededFuture(new Photo(info, range, body));
  }

  private Photo cut(PhotoAddress address, GetOptions options, Answers.Said said, Buffer all) {
    if (all.length() == 0) {
      throw new BackpackException(ErrorCode.UNAVAILABLE, server + " sent a photo without a byte");
    }
    ByteRange range =
        options
            .range()
            .map(wanted -> wanted.resolve(all.length()))
            .orElse(ByteRange.all(all.length()));
    return Photo.of(
        said.info(address, all.length(), Checksum.crc32c(all), all),
        range,
        all.getBuffer((int) range.offset(), (int) range.end()));
  }

  @Override
  public Future<PhotoInfo> stat(PhotoAddress address, Trace trace) {
    return request(pools.calls(), HttpMethod.HEAD, address, trace)
        .compose(this::answer)
        .compose(
            response -> {
              if (needsBody(response)) {
                response.resume();
                return statByReading(address, trace);
              }
              if (response.statusCode() != 200) {
                return failed(response);
              }
              response.resume();
              Answers.Said said = answers.said(response);
              return said.length() < 1
                  ? statByReading(address, trace)
                  : Future.succeededFuture(
                      said.info(address, said.length(), said.crc32c().orElse(0), Buffer.buffer()));
            });
  }

  /**
   * Servers of the original know no HEAD; what nginx says of a photo that is gone, its body has.
   */
  private static boolean needsBody(HttpClientResponse response) {
    return response.statusCode() == 405
        || response.statusCode() == 418
        || ClientErrors.saysGone(response) && !response.headers().contains(Headers.ERROR);
  }

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
    return request(pools.calls(), HttpMethod.DELETE, address, options.trace())
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
                return failed(response);
              }
              response.resume();
              String version = response.getHeader(Headers.VERSION);
              return Future.succeededFuture(
                  new Deletion(answers.version(version, options.version().orElse(Version.NONE))));
            });
  }

  private Future<HttpClientRequest> request(
      HttpClient pool, HttpMethod method, PhotoAddress address, Trace trace) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(method)
            .setHost(host)
            .setPort(port)
            .setSsl(tls)
            .setURI(prefix + address.path())
            // The wait in the pool's line counts here; a connection itself has its own timeout.
            .setConnectTimeout(settings.connectionWait().toMillis());
    if (!trace.requestId().isEmpty()) {
      options.putHeader(Headers.REQUEST_ID, trace.requestId());
    }
    if (!trace.traceparent().isEmpty()) {
      options.putHeader(Headers.TRACEPARENT, trace.traceparent());
    }
    return pool.request(options).recover(e -> Future.failedFuture(ClientErrors.ofPool(server, e)));
  }

  private <T> Future<T> failed(HttpClientResponse response) {
    return ClientErrors.failed(vertx, response, server, timeout, settings.originals());
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
}
