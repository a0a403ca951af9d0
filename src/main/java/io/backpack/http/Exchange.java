package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Trace;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.impl.VertxConnection;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and its one answer. Whatever happens there is exactly one: the second attempt to
 * answer is ignored, and a handler that throws has answered 500. Everything here runs on the
 * context of the request.
 */
final class Exchange {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
  private static final String JSON = "application/json";

  /** What counts as the code of a request whose client left before the answer, as in nginx. */
  private static final int CLIENT_LEFT = 499;

  /** The rest of a refused upload that is read for the sake of a connection that stays open. */
  private static final long SMALL_REST = 64 << 10;

  /** The rest that is read so that the client gets to read the answer before the close. */
  private static final long LINGER_BYTES = 64L << 20;

  private static final long LINGER_MILLIS = 5000;

  private final Edge edge;
  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private final Context context;
  private final long start = System.nanoTime();
  private final Trace trace;
  private final long announced;
  private UploadStream upload;
  private boolean answered;
  private boolean finished;
  private boolean photo;
  private CharSequence extra;
  private String extraValue;
  private long bytesOut;

  Exchange(Edge edge, HttpServerRequest request) {
    this.edge = edge;
    this.request = request;
    this.response = request.response();
    this.context = edge.vertx().getOrCreateContext();
    this.trace = RequestIds.of(request.headers());
    edge.metrics().requestStarted();
    // Somebody must hear of a client that went away, or it is logged as unhandled.
    response.exceptionHandler(ClientErrors::ignore);
    request.exceptionHandler(this::requestBroke);
    this.announced = announced(request.headers());
    if (announced != 0) {
      request.pause();
    }
  }

  Edge edge() {
    return edge;
  }

  HttpServerRequest request() {
    return request;
  }

  HttpServerResponse response() {
    return response;
  }

  Trace trace() {
    return trace;
  }

  /** Announced bytes, or {@link Long#MAX_VALUE} for chunks and for a length that is no number. */
  private static long announced(MultiMap headers) {
    if (headers.contains(HttpHeaders.TRANSFER_ENCODING)) {
      return Long.MAX_VALUE;
    }
    String length = headers.get(HttpHeaders.CONTENT_LENGTH);
    try {
      return length == null ? 0 : Long.parseUnsignedLong(length.strip());
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }

  /** The body of this request as an upload; of what it receives depends how the answer ends. */
  UploadStream upload(long length) {
    return upload(length, edge.settings().maxPhotoSize());
  }

  /** The same of a body that is no photo and has a limit of its own. */
  UploadStream upload(long length, long limit) {
    upload = new UploadStream(this, length, limit, edge.settings());
    return upload;
  }

  void requestBroke(Throwable failure) {
    if (!(failure instanceof HttpClosedException)) {
      // The decoder gave up. Vert.x closes the connection when this returns, without what was
      // written in the same turn: so the answer is flushed here.
      fail(new BackpackException(ErrorCode.BAD_REQUEST, "the body of the request is malformed"));
      if (request.connection() instanceof VertxConnection connection) {
        connection.channelHandlerContext().flush();
      }
    }
    finish();
  }

  /** Runs on the request's context, now when this is it. */
  void run(Runnable task) {
    if (Vertx.currentContext() == context) {
      guarded(task);
    } else {
      context.runOnContext(go -> guarded(task));
    }
  }

  /** Runs on the request's context, after what this turn of the event loop has still to do. */
  void later(Runnable task) {
    context.runOnContext(go -> guarded(task));
  }

  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (Throwable thrown) { // an Error, too, must not leave the client without an answer
      fail(thrown);
    }
  }

  /** Goes on with the result of a store, or answers with its failure. */
  <T> void then(Future<T> result, Consumer<T> next) {
    result.onComplete(value -> run(() -> next.accept(value)), failure -> run(() -> fail(failure)));
  }

  /** Whether it is over for this request, as the client went away or was answered. */
  boolean over() {
    return answered || response.closed();
  }

  /** Answers with a failure; does nothing when the answer has begun. */
  void fail(Throwable failure) {
    BackpackException known = BackpackException.of(failure);
    if (known.code() == ErrorCode.INTERNAL) {
      LOG.error(
          "{} {} failed, request {}", request.method(), request.uri(), trace.requestId(), failure);
    }
    if (answered) {
      return;
    }
    if (response.headWritten()) {
      breakOff();
      return;
    }
    response.headers().clear();
    ErrorCode code = known.code();
    response.setStatusCode(code.status());
    response.putHeader(Headers.ERROR, code.name());
    response.putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    JsonObject body = new JsonObject().put("error", code.name()).put("message", known.getMessage());
    known
        .version()
        .ifPresent(
            version -> {
              body.put("version", version.hex());
              response.putHeader(Headers.VERSION, version.hex());
            });
    if (code == ErrorCode.UNAUTHORIZED) {
      response.putHeader(Headers.WWW_AUTHENTICATE, "Bearer");
    } else if (code == ErrorCode.METHOD_NOT_ALLOWED && extra == null) {
      // Said by the store: what is there can be read all the same.
      response.putHeader(HttpHeaders.ALLOW, "GET, HEAD");
    } else if (code.retryable()) {
      response.putHeader(HttpHeaders.RETRY_AFTER, "1");
    }
    end(JSON, body.toBuffer());
  }

  /** Answers 405. */
  void failMethod(String allowed) {
    fail(
        new BackpackException(
            ErrorCode.METHOD_NOT_ALLOWED, "this path knows " + allowed + ", no other method"),
        HttpHeaders.ALLOW,
        allowed);
  }

  /** Answers a request that the decoder could not read; the connection ends with it. */
  void failInvalid(BackpackException failure) {
    fail(failure, HttpHeaders.CONNECTION, "close");
  }

  /** Gives the request to a page that answers by itself. */
  void handOver(Handler<HttpServerRequest> page) {
    answered = true;
    request.resume();
    response.endHandler(ended -> finish());
    response.closeHandler(closed -> finish());
    response.putHeader(Headers.REQUEST_ID, trace.requestId());
    try {
      page.handle(request);
    } catch (RuntimeException thrown) {
      answered = false;
      throw thrown;
    }
  }

  /** Answers with a failure that has a header of its own. */
  void fail(BackpackException failure, CharSequence header, String value) {
    if (over()) {
      finish();
      return;
    }
    extra = header;
    extraValue = value;
    fail(failure);
  }

  void json(int status, JsonObject body) {
    json(status, body.toBuffer());
  }

  /** The same with a body that is JSON already. */
  void json(int status, Buffer body) {
    response.setStatusCode(status);
    end(JSON, body);
  }

  void end(String contentType, Buffer body) {
    response.putHeader(HttpHeaders.CONTENT_TYPE, contentType);
    response.putHeader(Headers.NOSNIFF_NAME, Headers.NOSNIFF);
    end(body);
  }

  /** Ends with the headers set so far and this body, which is left out of an answer to HEAD. */
  void end(Buffer body) {
    if (request.method().equals(HttpMethod.HEAD)) {
      response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
      end();
    } else if (begin()) {
      bytesOut += body.length();
      ended(response.end(body));
    }
  }

  /** Ends with the headers set so far and no body. */
  void end() {
    if (begin()) {
      ended(response.end());
    }
  }

  /** Completes the head; false when there is nobody to answer any more. */
  boolean begin() {
    if (answered) {
      return false;
    }
    answered = true;
    if (response.closed()) {
      finish();
      return false;
    }
    MultiMap headers = response.headers();
    headers.set(Headers.REQUEST_ID, trace.requestId());
    edge.cors().addTo(headers, request.headers());
    if (extra != null) {
      headers.set(extra, extraValue);
    }
    if (closes()) {
      headers.set(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
    return true;
  }

  /** Passes a chunk of a body on, after {@link #begin}. */
  void write(Buffer chunk) {
    bytesOut += chunk.length();
    response.write(chunk).onFailure(ClientErrors::ignore);
  }

  /** Ends a body that was passed on in chunks. */
  void endBody() {
    ended(response.end());
  }

  /** Closes the connection, so that nobody takes a part of a body for the whole. */
  void breakOff() {
    answered = true;
    request.connection().close().onFailure(ClientErrors::ignore);
    finish();
  }

  private void ended(Future<Void> end) {
    end.onFailure(ClientErrors::ignore);
    finish();
    if (restOfBody() > 0) {
      drainRest(closes());
    }
  }

  /** The bytes of the request that were not read. */
  private long restOfBody() {
    if (announced == 0 || request.isEnded() || upload != null && upload.complete()) {
      return 0;
    }
    return announced - (upload == null ? 0 : upload.received());
  }

  /**
   * Whether the connection ends with this answer: the rest of the body is long, or the client waits
   * for a 100 and may or may not send the body after this.
   */
  private boolean closes() {
    long rest = restOfBody();
    return rest > SMALL_REST
        || rest > 0
            && (request.headers().contains(HttpHeaders.EXPECT)
                || response.getStatusCode() == ErrorCode.TOO_SLOW.status());
  }

  /**
   * Reads what is left of a body after the answer. A connection that is closed while bytes of the
   * client are unread is reset, and a reset may take the answer with it.
   */
  private void drainRest(boolean close) {
    if (upload != null) {
      upload.detach();
    }
    long[] drained = {0};
    request.exceptionHandler(ClientErrors::ignore);
    if (close) {
      long timer =
          edge.vertx()
              .setTimer(
                  LINGER_MILLIS,
                  id -> request.connection().close().onFailure(ClientErrors::ignore));
      request.connection().closeHandler(closed -> edge.vertx().cancelTimer(timer));
      request.endHandler(end -> request.connection().close().onFailure(ClientErrors::ignore));
    }
    request.handler(
        chunk -> {
          drained[0] += chunk.length();
          if (drained[0] > LINGER_BYTES) {
            request.connection().close().onFailure(ClientErrors::ignore);
          }
        });
    request.resume();
  }

  /** Counts the request out, once. */
  void finish() {
    if (finished) {
      return;
    }
    finished = true;
    long nanos = System.nanoTime() - start;
    int status = answered && !response.closed() ? response.getStatusCode() : CLIENT_LEFT;
    long bytesIn = upload == null ? 0 : upload.received();
    HttpMethod method = request.method();
    edge.metrics().requestEnded(label(method), status, nanos, bytesIn, bytesOut);
    if (method.equals(HttpMethod.GET) && photo && status < 300) {
      edge.metrics().gets().record(bytesOut, nanos);
    } else if (method.equals(HttpMethod.PUT) && status == 201) {
      edge.metrics().puts().record(bytesIn, nanos);
    }
  }

  /** Marks the answer as that of a photo, which is what the statistics count. */
  void servesPhoto() {
    photo = true;
  }

  private static String label(HttpMethod method) {
    return method.equals(HttpMethod.GET)
            || method.equals(HttpMethod.HEAD)
            || method.equals(HttpMethod.PUT)
            || method.equals(HttpMethod.DELETE)
        ? method.name()
        : "other";
  }
}
