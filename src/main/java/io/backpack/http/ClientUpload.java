package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ContentTypes;
import io.backpack.api.ErrorCode;
import io.backpack.api.Upload;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.streams.ReadStream;
import java.util.zip.CRC32C;

/**
 * One upload on its way to a server: streams the body with back-pressure, takes an answer that
 * comes before the end of the body, and notices a server that makes no progress. Large bodies are
 * sent only when the server said that it wants them.
 */
final class ClientUpload {
  /** Up to this size asking first costs more than it saves. */
  static final long ASK_FIRST_ABOVE = 1 << 20;

  /** What was sent, and the head of the answer; its body is still to be read. */
  record Answer(HttpClientResponse response, long size, int crc32c, Buffer head) {}

  private static final int HEAD = ContentTypes.HEAD;

  private final HttpClientRequest request;
  private final String server;
  private final long length;
  private final ReadStream<Buffer> source;
  private final CRC32C sum = new CRC32C();
  private final Buffer head = Buffer.buffer();
  private final Promise<Answer> promise = Promise.promise();
  private final ProgressWatch watch;
  private long sent;
  private boolean begun;
  private boolean complete;
  private boolean over;

  ClientUpload(
      Vertx vertx, HttpClientRequest request, String server, Upload upload, long timeoutMillis) {
    this.request = request;
    this.server = server;
    this.length = upload.length();
    this.source = upload.stream();
    this.watch =
        new ProgressWatch(
            vertx,
            timeoutMillis,
            () -> abort(unavailable(server + " made no progress for " + timeoutMillis + " ms")));
  }

  /** Sends it; fails when the source or the connection does. */
  Future<Answer> send() {
    if (length >= 0) {
      request.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(length));
    } else {
      request.setChunked(true);
    }
    request.response().onComplete(this::answered, this::disconnected);
    request.exceptionHandler(this::disconnected);
    if (length < 0 || length > ASK_FIRST_ABOVE) {
      request.putHeader(HttpHeaders.EXPECT, HttpHeaders.CONTINUE);
      request.continueHandler(go -> begin());
      watch.waiting(true);
      request.sendHead().onFailure(this::disconnected);
    } else {
      begin();
    }
    return promise.future();
  }

  private void begin() {
    if (begun || over) {
      return;
    }
    begun = true;
    watch.waiting(false);
    source.exceptionHandler(this::abort);
    source.endHandler(end -> sourceEnded());
    source.handler(this::write);
    source.resume();
  }

  private void write(Buffer chunk) {
    if (over) {
      return;
    }
    sent += chunk.length();
    if (length >= 0 && sent > length) {
      abort(new BackpackException(ErrorCode.BAD_REQUEST, "the body is longer than announced"));
      return;
    }
    sum.update(chunk.getBytes());
    if (head.length() < HEAD) {
      head.appendBuffer(chunk, 0, Math.min(chunk.length(), HEAD - head.length()));
    }
    request.write(chunk).onFailure(ClientErrors::ignore);
    if (request.writeQueueFull()) {
      source.pause();
      watch.waiting(true);
      request.drainHandler(
          drained -> {
            if (!over) {
              watch.waiting(false);
              source.resume();
            }
          });
    }
  }

  private void sourceEnded() {
    if (over) {
      return;
    }
    if (length >= 0 && sent < length) {
      abort(
          new BackpackException(
              ErrorCode.INCOMPLETE_BODY, "the body ended after " + sent + " of " + length));
      return;
    }
    complete = true;
    watch.waiting(true);
    request.end().onFailure(ClientErrors::ignore);
  }

  private void answered(HttpClientResponse response) {
    response.pause();
    if (over) {
      return;
    }
    finish();
    if (!complete && response.statusCode() < 300) {
      request.connection().close().onFailure(ClientErrors::ignore);
      promise.tryFail(unavailable(server + " answered before it had the whole body"));
    } else {
      promise.tryComplete(new Answer(response, sent, (int) sum.getValue(), head));
    }
  }

  /** Whether the answer came before the body was sent; the connection is then of no more use. */
  boolean answeredEarly() {
    return !complete;
  }

  private void disconnected(Throwable failure) {
    abort(ClientErrors.ofConnection(server, failure));
  }

  private void abort(Throwable failure) {
    if (over) {
      return;
    }
    finish();
    request.connection().close().onFailure(ClientErrors::ignore);
    promise.tryFail(failure);
  }

  private void finish() {
    over = true;
    watch.stop();
    if (begun && !complete) {
      source.pause();
    }
  }

  private static BackpackException unavailable(String message) {
    return new BackpackException(ErrorCode.UNAVAILABLE, message);
  }
}
