package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Pages of a role by path and method: 404 for a path that none has, 405 with {@code Allow} for a
 * method that the path does not have. {@link #handle} is what {@link PhotoServer#page} takes.
 *
 * <p>Routes are added before the first request; after that it is safe for use by any thread.
 */
public final class PageRoutes {
  /** Answers a request. */
  @FunctionalInterface
  public interface Page {
    /**
     * Answers; may also throw a {@link BackpackException}.
     *
     * @param variables what stands in the path in the place of each {@code {}} and of {@code
     *     {...}}, percent-encoded
     */
    void handle(HttpServerRequest request, List<String> variables);
  }

  private static final String VARIABLE = "{}";
  private static final String REST = "{...}";

  private record Route(HttpMethod method, List<String> segments, Page page) {
    Optional<List<String>> match(List<String> path) {
      int last = segments.size() - 1;
      boolean rest = segments.get(last).equals(REST);
      if (rest ? path.size() < segments.size() : path.size() != segments.size()) {
        return Optional.empty();
      }
      List<String> variables = new ArrayList<>();
      for (int i = 0; i < segments.size(); i++) {
        if (rest && i == last) {
          variables.add(String.join("/", path.subList(i, path.size())));
        } else if (segments.get(i).equals(VARIABLE)) {
          variables.add(path.get(i));
        } else if (!segments.get(i).equals(path.get(i))) {
          return Optional.empty();
        }
      }
      return Optional.of(variables);
    }
  }

  private final List<Route> routes = new ArrayList<>();

  /**
   * Adds a page.
   *
   * @param method GET serves HEAD as well
   * @param path as {@code /_/volumes/{}/verify}; {@code {...}} at its end takes all that follows,
   *     slashes too
   */
  public PageRoutes on(HttpMethod method, String path, Page page) {
    routes.add(new Route(method, segments(path), page));
    return this;
  }

  private static List<String> segments(String path) {
    return List.of(path.split("/", -1));
  }

  /** Answers a request with the page that it is for. */
  public void handle(HttpServerRequest request) {
    try {
      dispatch(request);
    } catch (BackpackException refused) {
      fail(request, refused);
    }
  }

  private void dispatch(HttpServerRequest request) {
    String path = Optional.ofNullable(request.path()).orElse("");
    HttpMethod method = request.method();
    HttpMethod wanted = method.equals(HttpMethod.HEAD) ? HttpMethod.GET : method;
    TreeSet<String> allowed = new TreeSet<>();
    for (Route route : routes) {
      Optional<List<String>> variables = route.match(segments(path));
      if (variables.isEmpty()) {
        continue;
      }
      if (route.method.equals(wanted)) {
        route.page.handle(request, variables.get());
        return;
      }
      allowed.add(route.method.name());
      if (route.method.equals(HttpMethod.GET)) {
        allowed.add(HttpMethod.HEAD.name());
      }
    }
    if (allowed.isEmpty()) {
      throw AdminPages.unknown();
    }
    String methods = String.join(", ", allowed);
    request.response().putHeader(HttpHeaders.ALLOW, methods);
    throw new BackpackException(ErrorCode.METHOD_NOT_ALLOWED, "only " + methods);
  }

  /** Answers with what comes of a future: 200 and JSON, or the failure. */
  public static void answer(HttpServerRequest request, Future<JsonObject> body) {
    body.onComplete(
        json -> send(request, 200, json), failure -> fail(request, BackpackException.of(failure)));
  }

  /** Answers with JSON that no cache keeps. */
  public static void send(HttpServerRequest request, int status, JsonObject body) {
    request
        .response()
        .setStatusCode(status)
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .end(body.toBuffer())
        .onFailure(gone -> {});
  }

  private static void fail(HttpServerRequest request, BackpackException failure) {
    request.response().putHeader(Headers.ERROR, failure.code().name());
    send(
        request,
        failure.code().status(),
        new JsonObject().put("error", failure.code()).put("message", failure.getMessage()));
  }
}
