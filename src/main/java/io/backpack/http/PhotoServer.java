package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Holdings;
import io.backpack.api.MemoryBudget;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PhotoStore;
import io.backpack.api.SelfRepair;
import io.backpack.metrics.Metrics;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a store over HTTP/1.1, as the contract in {@code docs/http.md} says.
 *
 * <p>Make one per event loop, each in a verticle instance of its own, with the same store, status
 * and metrics: those with one port of the same Vert.x share it, unless the port is 0.
 */
public final class PhotoServer {
  /** Which of the two contracts a server fulfils. */
  public enum Kind {
    /** {@code /{name}} for everything. */
    NODE,
    /** {@code /{name}} to upload, {@code /{shard}:{name}} to read and delete. */
    COORDINATOR
  }

  private static final Logger LOG = LoggerFactory.getLogger(PhotoServer.class);

  /** How long requests that run when the server closes may take to end. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private static final int MAX_HEADERS = 16 << 10;
  private static final int MAX_LINE = 8 << 10;

  /** A preview is then one or two chunks; each costs a pass through all handlers. */
  private static final int MAX_CHUNK = 64 << 10;

  private static final String METHODS = "GET, HEAD, PUT, DELETE";

  private final Edge edge;
  private final ReadRoutes reads;
  private final WriteRoutes writes;
  private final Map<String, Handler<HttpServerRequest>> pages = new LinkedHashMap<>();
  private final boolean adminApart;
  private BatchRoute batches;
  private ReadyPhotos ready = ReadyPhotos.NONE;
  private Optional<HeldRoute> held = Optional.empty();
  private AdminPages admin;
  private HttpServer server;
  private HttpServer adminServer;

  private PhotoServer(Edge edge) {
    this.edge = edge;
    this.reads = new ReadRoutes(edge);
    this.writes = new WriteRoutes(edge);
    this.batches = new BatchRoute(edge, BatchRoute.memory());
    this.adminApart = edge.settings().adminPort().isPresent();
  }

  /**
   * A server that does not listen yet.
   *
   * @throws IllegalArgumentException when {@link HttpSettings#check} refuses the settings
   */
  public static PhotoServer create(
      Vertx vertx,
      Kind kind,
      HttpSettings settings,
      PhotoStore store,
      ServiceStatus status,
      Metrics metrics) {
    settings.check();
    return new PhotoServer(
        new Edge(vertx, kind, settings, store, status, metrics, new Cors(settings.corsOrigins())));
  }

  /**
   * Adds a page of the role below {@code /_/}, before {@link #listen}. It is behind the admin token
   * and gets requests of every method; it must answer each, and read or refuse its body.
   *
   * @param path as {@code /_/list}; with a slash at its end, all that begins so
   */
  public PhotoServer page(String path, Handler<HttpServerRequest> handler) {
    if (!path.startsWith("/_/")) {
      throw new IllegalArgumentException("a page is below /_/, not " + path);
    }
    pages.put(path, handler);
    return this;
  }

  /**
   * Lets it answer for photos that are in memory without asking the store, before {@link #listen}.
   */
  public PhotoServer ready(ReadyPhotos photos) {
    ready = photos;
    return this;
  }

  /** Lets it tell other nodes what this one has, before {@link #listen}. */
  public PhotoServer holdings(Holdings holdings) {
    held = Optional.of(new HeldRoute(edge, holdings));
    return this;
  }

  /**
   * Lets other nodes ask this one to compare itself with them, after {@link #holdings} and before
   * {@link #listen}.
   */
  public PhotoServer repair(SelfRepair repair) {
    held.orElseThrow().repair(repair);
    return this;
  }

  /** The memory of uploads that share requests is shared with others, before {@link #listen}. */
  PhotoServer batchMemory(MemoryBudget shared) {
    batches = new BatchRoute(edge, shared);
    return this;
  }

  /**
   * Begins to listen.
   *
   * @return the port of the photos. Fails with {@link ErrorCode#UNAVAILABLE} and one line for
   *     people when a port cannot be had
   */
  public Future<Integer> listen() {
    admin = new AdminPages(edge, pages);
    server = newServer(this::photos);
    if (ready != ReadyPhotos.NONE && edge.kind() == Kind.NODE) {
      ReadyRoute route = new ReadyRoute(edge, ready);
      server.connectionHandler(connection -> ReadyHandler.install(connection, route));
    }
    Future<Integer> photos = bind(server, edge.settings().port(), "http.port");
    if (!adminApart) {
      return photos;
    }
    adminServer = newServer(this::adminOnly);
    return photos.compose(
        port ->
            bind(adminServer, edge.settings().adminPort().get(), "http.admin-port")
                .map(port)
                .recover(
                    failure -> server.close().transform(closed -> Future.failedFuture(failure))));
  }

  /** The port of the pages below {@code /_/}, after {@link #listen}. */
  public int adminPort() {
    return (adminApart ? adminServer : server).actualPort();
  }

  /** Stops accepting; ends when the running requests have, or after a grace of 10 seconds. */
  public Future<Void> close() {
    Future<Void> photos = close(server);
    return close(adminServer).eventually(() -> photos);
  }

  private static Future<Void> close(HttpServer server) {
    return server == null
        ? Future.succeededFuture()
        : server.shutdown(GRACE.toMillis(), TimeUnit.MILLISECONDS);
  }

  private HttpServer newServer(Handler<HttpServerRequest> handler) {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(edge.settings().host())
            .setTcpNoDelay(true)
            .setIdleTimeout((int) edge.settings().idleTimeout().toMillis())
            .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
            .setMaxHeaderSize(MAX_HEADERS)
            .setMaxInitialLineLength(MAX_LINE)
            .setMaxChunkSize(MAX_CHUNK)
            .setHttp2ClearTextEnabled(false)
            .setPerFrameWebSocketCompressionSupported(false)
            .setPerMessageWebSocketCompressionSupported(false)
            .setCompressionSupported(false)
            .setDecompressionSupported(false);
    return edge.vertx()
        .createHttpServer(options)
        .requestHandler(handler)
        .invalidRequestHandler(this::invalid)
        .exceptionHandler(failure -> LOG.debug("a connection failed: {}", failure.toString()));
  }

  private Future<Integer> bind(HttpServer unbound, int port, String setting) {
    String host = edge.settings().host();
    return unbound
        .listen(port, host)
        .map(HttpServer::actualPort)
        .recover(
            failure ->
                Future.failedFuture(
                    new BackpackException(
                        ErrorCode.UNAVAILABLE,
                        "cannot listen on "
                            + host
                            + ":"
                            + port
                            + " ("
                            + setting
                            + "): "
                            + ClientErrors.reason(failure),
                        failure)));
  }

  private void photos(HttpServerRequest request) {
    Exchange exchange = new Exchange(edge, request);
    exchange.run(() -> route(exchange));
  }

  private void adminOnly(HttpServerRequest request) {
    Exchange exchange = new Exchange(edge, request);
    exchange.run(
        () -> {
          Target target = Target.of(request.uri());
          String page = target.path().equals("/") ? "/" : target.page();
          if (page == null) {
            throw AdminPages.unknown();
          }
          admin.handle(exchange, page);
        });
  }

  private void route(Exchange exchange) {
    HttpServerRequest request = exchange.request();
    HttpMethod method = request.method();
    boolean options = method.equals(HttpMethod.OPTIONS) && edge.cors().enabled();
    if (options && Cors.isPreflight(request)) {
      edge.cors().preflight(exchange.response().headers(), request);
      exchange.response().setStatusCode(204);
      exchange.end();
      return;
    }
    if (method.equals(HttpMethod.CONNECT) || request.uri().equals("*")) {
      exchange.failMethod(METHODS);
      return;
    }
    if (edge.kind() == Kind.NODE && BatchRoute.matches(request)) {
      batches.post(exchange);
      return;
    }
    if (held.isPresent() && HeldRoute.matches(request)) {
      held.get().post(exchange);
      return;
    }
    Target target = Target.of(request.uri());
    String page = target.page();
    if (page == null && target.path().equals("/") && edge.kind() == Kind.COORDINATOR) {
      page = "/";
    }
    if (page != null) {
      if (method.equals(HttpMethod.PUT)) {
        throw reserved();
      }
      if (adminApart) {
        throw AdminPages.unknown();
      }
      admin.handle(exchange, page);
      return;
    }
    String encoded = target.name(edge.settings().namesIncludeQuery());
    if (method.equals(HttpMethod.GET)) {
      reads.get(exchange, address(encoded));
    } else if (method.equals(HttpMethod.HEAD)) {
      reads.head(exchange, address(encoded));
    } else if (method.equals(HttpMethod.PUT)) {
      writes.put(exchange, unreserved(PhotoName.ofEncoded(encoded)));
    } else if (method.equals(HttpMethod.DELETE)) {
      writes.delete(exchange, address(encoded));
    } else {
      exchange.failMethod(METHODS);
    }
  }

  private PhotoAddress address(String encoded) {
    if (edge.kind() == Kind.NODE) {
      return PhotoAddress.of(PhotoName.ofEncoded(encoded));
    }
    PhotoAddress address = PhotoAddress.ofEncoded(encoded);
    unreserved(address.name());
    return address;
  }

  private static PhotoName unreserved(PhotoName name) {
    if (name.reserved()) {
      throw reserved();
    }
    return name;
  }

  static BackpackException reserved() {
    return new BackpackException(
        ErrorCode.BAD_NAME, "the names 'stats' and what begins with '_/' are reserved");
  }

  /** What the decoder could not read gets an answer as well; Vert.x closes the connection then. */
  private void invalid(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    boolean tooLong =
        cause instanceof TooLongHttpHeaderException || cause instanceof TooLongHttpLineException;
    Exchange exchange = new Exchange(edge, request);
    exchange.run(
        () ->
            exchange.failInvalid(
                tooLong
                    ? new BackpackException(
                        ErrorCode.HEADERS_TOO_LARGE,
                        "the request line has at most "
                            + MAX_LINE
                            + " bytes, the headers "
                            + MAX_HEADERS)
                    : new BackpackException(ErrorCode.BAD_REQUEST, "this is no HTTP/1.1 request")));
  }
}
