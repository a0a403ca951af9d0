package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/** What is below {@code /_/}, and {@code /stats}, its alias from the original. */
final class AdminPages {
  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
  private static final String UI_POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
          + " connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

  private final Edge edge;
  private final Map<String, Handler<HttpServerRequest>> more;
  private final Buffer ui;

  /**
   * @param more pages of a role: by path, or by the beginning of the path where that ends in a
   *     slash
   */
  AdminPages(Edge edge, Map<String, Handler<HttpServerRequest>> more) {
    this.edge = edge;
    this.more = Map.copyOf(more);
    this.ui = load("ui.html");
  }

  private static Buffer load(String resource) {
    try (InputStream in = AdminPages.class.getResourceAsStream(resource)) {
      return Buffer.buffer(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Answers a request for a page.
   *
   * @param path decoded, with its leading slash
   */
  void handle(Exchange exchange, String path) {
    boolean open =
        path.equals("/stats")
            || path.equals("/_/stats")
            || path.equals("/_/metrics")
            || path.equals("/_/health")
            || path.startsWith("/_/health/");
    if (!open) {
      Tokens.demandAdmin(exchange.request(), edge.settings().adminToken());
    }
    Handler<HttpServerRequest> page = page(path);
    if (page != null) {
      exchange.handOver(page);
      return;
    }
    HttpMethod method = exchange.request().method();
    if (!method.equals(HttpMethod.GET) && !method.equals(HttpMethod.HEAD)) {
      exchange.failMethod("GET, HEAD");
      return;
    }
    exchange.response().putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    switch (path) {
      case "/stats", "/_/stats" ->
          exchange.then(edge.status().stats(), stats -> exchange.json(200, stats));
      case "/_/health" ->
          exchange.then(
              edge.status().health(),
              health ->
                  exchange.json("down".equals(health.getValue("status")) ? 503 : 200, health));
      case "/_/health/live" -> exchange.json(200, new JsonObject().put("status", "up"));
      case "/_/health/ready" -> {
        boolean ready = edge.status().ready();
        exchange.json(ready ? 200 : 503, new JsonObject().put("status", ready ? "up" : "down"));
      }
      case "/_/metrics" -> exchange.end(METRICS_TYPE, Buffer.buffer(edge.metrics().scrape()));
      case "/", "/_", "/_/", "/_/ui" -> redirectToUi(exchange);
      case "/_/ui/" -> {
        requireUi();
        exchange.response().putHeader(Headers.CSP, UI_POLICY);
        exchange.end("text/html; charset=utf-8", ui);
      }
      default -> throw unknown();
    }
  }

  private Handler<HttpServerRequest> page(String path) {
    Handler<HttpServerRequest> exact = more.get(path);
    if (exact != null) {
      return exact;
    }
    for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      Handler<HttpServerRequest> below = more.get(path.substring(0, slash + 1));
      if (below != null) {
        return below;
      }
    }
    return null;
  }

  private void redirectToUi(Exchange exchange) {
    requireUi();
    exchange.response().setStatusCode(302).putHeader(HttpHeaders.LOCATION, "/_/ui/");
    exchange.end();
  }

  private void requireUi() {
    if (edge.kind() != PhotoServer.Kind.COORDINATOR) {
      throw unknown();
    }
  }

  static BackpackException unknown() {
    return new BackpackException(ErrorCode.NOT_FOUND, "there is no such page");
  }
}
