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
import java.util.concurrent.TimeoutException;

/** What an answer that is no success, or no answer at all, means. */
final class ClientErrors {
  private static final long MAX_ERROR_BODY = 64 << 10;

  private ClientErrors() {}

  /** No connection was had, and nothing sent: for want of a free one, or because none is made. */
  static BackpackException ofPool(String server, Throwable failure) {
    if (failure instanceof ConnectionPoolTooBusyException) {
      return new BackpackException(
          ErrorCode.OVERLOADED, "too many requests wait for a connection to " + server, failure);
    }
    // One that cannot be made fails before, with an exception of its own.
    if (failure instanceof TimeoutException) {
      return new BackpackException(
          ErrorCode.OVERLOADED, "no connection to " + server + " became free in time", failure);
    }
    return ofConnection(server, failure);
  }

  /** A failure of the connection. */
  static BackpackException ofConnection(String server, Throwable failure) {
    if (failure instanceof BackpackException known) {
      return known;
    }
    return new BackpackException(
        ErrorCode.UNAVAILABLE, server + " does not answer: " + reason(failure), failure);
  }

  static String reason(Throwable failure) {
    return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
  }

  /** For a failure that another callback reports as well, or that nobody waits for any more. */
  static void ignore(Throwable failure) {}

  /**
   * Reads an answer that is no success to its end, and fails with what it says.
   *
   * @param originals whether 404 and 410 are believed without a code of ours
   */
  static <T> Future<T> failed(
      Vertx vertx,
      HttpClientResponse response,
      String server,
      long timeoutMillis,
      boolean originals) {
    ClientBody body =
        new ClientBody(vertx, response, server, -1, OptionalInt.empty(), timeoutMillis);
    return Streams.collect(body, MAX_ERROR_BODY)
        .otherwise(Buffer.buffer())
        .compose(bytes -> Future.failedFuture(of(response, bytes, server, originals)));
  }

  private static BackpackException of(
      HttpClientResponse response, Buffer body, String server, boolean originals) {
    JsonObject json = json(body);
    String named = string(json, "error", response.getHeader(Headers.ERROR));
    ErrorCode code = ErrorCode.of(named, null);
    if (code == null && saysGone(response) && !originals) {
      return new BackpackException(
          ErrorCode.UNAVAILABLE,
          server
              + " answered "
              + response.statusCode()
              + " without a code: it is not a server of this Backpack");
    }
    if (code == null) {
      code = ErrorCode.ofStatus(response.statusCode());
    }
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

  /** Whether the status says that there is no such photo, which only one who knows may say. */
  static boolean saysGone(HttpClientResponse response) {
    return response.statusCode() == 404 || response.statusCode() == 410;
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
