package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Streams;
import io.backpack.api.Version;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.OptionalInt;

/** What an answer that is no success, or no answer at all, means. */
final class ClientErrors {
  private static final long MAX_ERROR_BODY = 64 << 10;

  private ClientErrors() {}

  /** A failure of the connection or the pool. */
  static BackpackException ofConnection(String server, Throwable failure) {
    if (failure instanceof BackpackException known) {
      return known;
    }
    if (failure instanceof ConnectionPoolTooBusyException) {
      return new BackpackException(
          ErrorCode.OVERLOADED, "too many requests wait for a connection to " + server, failure);
    }
    return new BackpackException(
        ErrorCode.UNAVAILABLE, server + " does not answer: " + reason(failure), failure);
  }

  static String reason(Throwable failure) {
    return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
  }

  /** For a failure that another callback reports as well, or that nobody waits for any more. */
  static void ignore(Throwable failure) {}

  /** Reads an answer that is no success to its end, and fails with what it says. */
  static <T> Future<T> failed(
      Vertx vertx, HttpClientResponse response, String server, long timeoutMillis) {
    ClientBody body =
        new ClientBody(vertx, response, server, -1, OptionalInt.empty(), timeoutMillis);
    return Streams.collect(body, MAX_ERROR_BODY)
        .otherwise(Buffer.buffer())
        .compose(bytes -> Future.failedFuture(of(response, bytes)));
  }

  private static BackpackException of(HttpClientResponse response, Buffer body) {
    JsonObject json = json(body);
    ErrorCode byStatus = ErrorCode.ofStatus(response.statusCode());
    String named = string(json, "error", response.getHeader(Headers.ERROR));
    ErrorCode code = ErrorCode.of(named, byStatus);
    String message = string(json, "message", "the server answered " + response.statusCode());
    String version = string(json, "version", response.getHeader(Headers.VERSION));
    if (version != null) {
      try {
        return new BackpackException(code, message, Version.parse(version));
      } catch (BackpackException malformed) {
        return new BackpackException(code, message, malformed);
      }
    }
    return new BackpackException(code, message);
  }

  /** The body as JSON; an empty object where it is none, as from a proxy or the original. */
  static JsonObject json(Buffer body) {
    try {
      return body.length() == 0 ? new JsonObject() : new JsonObject(body);
    } catch (DecodeException | ClassCastException none) {
      return new JsonObject();
    }
  }

  static String string(JsonObject json, String key, String otherwise) {
    return json.getValue(key) instanceof String text ? text : otherwise;
  }
}
