package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.function.Supplier;

/** Answers a request for one of the node's pages with JSON. */
final class AdminAnswer {
  private AdminAnswer() {}

  /**
   * Sends what {@code answer} comes to, or its failure.
   *
   * @param answer may throw {@link BackpackException}
   */
  static void send(HttpServerRequest request, Supplier<Future<JsonObject>> answer) {
    request.resume();
    Future<JsonObject> answered;
    try {
      answered = answer.get();
    } catch (BackpackException refused) {
      answered = Future.failedFuture(refused);
    }
    answered.onComplete(
        found -> send(request, 200, found),
        failure -> {
          BackpackException known = BackpackException.of(failure);
          JsonObject error =
              new JsonObject().put("error", known.code()).put("message", known.getMessage());
          send(request, known.code().status(), error);
        });
  }

  private static void send(HttpServerRequest request, int status, JsonObject body) {
    request
        .response()
        .setStatusCode(status)
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .end(body.toBuffer())
        .onFailure(gone -> {});
  }
}
