package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.Checksum;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.http.UploadBatcher.Pending;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import java.util.List;

/** One request with several uploads, and its answers. */
final class BatchExchange {
  /** What became of the request as a whole. */
  enum Result {
    /** Every upload has its answer. */
    ANSWERED,
    /** It was refused as a whole, nothing was stored; each by itself may be taken. */
    REFUSED,
    /** The server knows no such requests; nothing was stored. */
    UNKNOWN
  }

  private final Vertx vertx;
  private final String server;
  private final List<Pending> batch;
  private final List<PhotoName> names;
  private final HttpStoreSettings settings;
  private final Runnable answered;
  private final Promise<Result> promise = Promise.promise();
  private Buffer rest = Buffer.buffer();
  private int left;
  private boolean begun;

  /**
   * @param answered called once, when the server has shown that it works on it, or at the end
   */
  BatchExchange(
      Vertx vertx,
      String server,
      List<Pending> batch,
      HttpStoreSettings settings,
      Runnable answered) {
    this.vertx = vertx;
    this.server = server;
    this.batch = batch;
    this.names = batch.stream().map(Pending::name).toList();
    this.settings = settings;
    this.answered = answered;
    this.left = batch.size();
  }

  /** Sends it and gives each upload its answer as it comes. */
  Future<Result> send(HttpClientRequest request) {
    Buffer body = body();
    request.putHeader(HttpHeaders.CONTENT_TYPE, UploadFrames.TYPE);
    if (!settings.writeToken().isEmpty()) {
      request.putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + settings.writeToken());
    }
    ProgressWatch watch =
        new ProgressWatch(
            vertx,
            settings.requestTimeout().toMillis(),
            () -> {
              promise.tryFail(
                  unavailable(
                      server
                          + " made no progress for "
                          + settings.requestTimeout().toMillis()
                          + " ms"));
              request.connection().close().onFailure(ClientErrors::ignore);
            });
    watch.waiting(true);
    request.exceptionHandler(this::broken);
    request.send(body).onComplete(response -> head(response, watch), this::broken);
    return promise.future().onComplete(ended -> watch.stop());
  }

  private Buffer body() {
    int size = 0;
    for (Pending each : batch) {
      size += each.photo().length() + UploadFrames.overhead(each.name(), each.options());
    }
    Buffer body = Buffer.buffer(size);
    for (Pending each : batch) {
      UploadFrames.write(body, each.name(), each.options(), each.photo());
    }
    return body;
  }

  private void head(HttpClientResponse response, ProgressWatch watch) {
    response.exceptionHandler(this::broken);
    boolean ours =
        response.statusCode() == 200
            && UploadFrames.TYPE.equals(response.getHeader(HttpHeaders.CONTENT_TYPE));
    if (!ours) {
      String code = response.getHeader(Headers.ERROR);
      boolean refused = code != null && !code.equals(ErrorCode.METHOD_NOT_ALLOWED.name());
      response.endHandler(end -> promise.tryComplete(refused ? Result.REFUSED : Result.UNKNOWN));
      return;
    }
    response.handler(
        chunk -> {
          watch.progress();
          receive(response, chunk);
        });
    response.endHandler(
        end -> {
          if (left == 0) {
            promise.tryComplete(Result.ANSWERED);
          } else {
            promise.tryFail(unavailable(server + " did not answer every upload"));
          }
        });
  }

  private void receive(HttpClientResponse response, Buffer chunk) {
    if (promise.future().isComplete()) {
      return;
    }
    Buffer all = rest.length() == 0 ? chunk : rest.appendBuffer(chunk);
    int at = 0;
    try {
      int length = UploadFrames.answerLength(all, at);
      while (length > 0) {
        answer(UploadFrames.answer(all, at, length, names));
        at += length;
        length = UploadFrames.answerLength(all, at);
      }
    } catch (BackpackException malformed) {
      promise.tryFail(unavailable(server + " sent a malformed answer"));
      response.request().connection().close().onFailure(ClientErrors::ignore);
      return;
    }
    rest = at == all.length() ? Buffer.buffer() : all.getBuffer(at, all.length());
    begun();
  }

  private void answer(UploadFrames.Answer answer) {
    Pending pending = batch.get(answer.index());
    boolean first =
        answer.stored() == null
            ? pending.promise().tryFail(answer.refusal())
            : answer.stored().info().size() != pending.photo().length()
                    || answer.stored().info().crc32c() != Checksum.crc32c(pending.photo())
                ? pending.promise().tryFail(otherBytes())
                : pending.promise().tryComplete(answer.stored());
    if (first) {
      left--;
    }
  }

  private BackpackException otherBytes() {
    return new BackpackException(
        ErrorCode.CHECKSUM_MISMATCH, server + " received other bytes than were sent");
  }

  private void broken(Throwable failure) {
    promise.tryFail(ClientErrors.ofConnection(server, failure));
  }

  /** Nothing more will come: who has no answer gets the failure. */
  void end(Throwable failure) {
    begun();
    if (failure != null) {
      batch.forEach(each -> each.promise().tryFail(failure));
    }
  }

  private void begun() {
    if (!begun) {
      begun = true;
      answered.run();
    }
  }

  private static BackpackException unavailable(String message) {
    return new BackpackException(ErrorCode.UNAVAILABLE, message);
  }
}
