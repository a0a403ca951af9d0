package io.backpack.testing;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A storage node of the original Backpack as its clients see it: PUT is 201 without a body, 411
 * without a length, and writes over what is there; GET is the bytes without a type, or 404; {@code
 * /stats} are there; everything else is 418. The name is the path as it comes, query included.
 */
public final class OriginalNode implements AutoCloseable {
  /** What is stored, by name as it came. */
  public final Map<String, Buffer> photos = new ConcurrentHashMap<>();

  /** Methods and paths of all requests. */
  public final List<String> requests = new CopyOnWriteArrayList<>();

  /** Answers as always and stores something else. */
  public volatile boolean damages;

  private final Vertx vertx = Vertx.vertx();
  private final HttpServer server;

  public OriginalNode() {
    server =
        Futures.await(vertx.createHttpServer().requestHandler(this::handle).listen(0, "127.0.0.1"));
  }

  public int port() {
    return server.actualPort();
  }

  public String url() {
    return "http://127.0.0.1:" + port();
  }

  private void handle(HttpServerRequest request) {
    requests.add(request.method() + " " + request.uri());
    String name = request.uri().substring(1);
    if (request.method().equals(HttpMethod.PUT)) {
      put(request, name);
    } else if (!request.method().equals(HttpMethod.GET)) {
      request.response().setStatusCode(418).end();
    } else if (name.equals("stats")) {
      String none = "{\"count\":0,\"bytes\":0,\"avg\":0}";
      request.response().end("{\"gets\":" + none + ",\"puts\":" + none + "}");
    } else if (photos.containsKey(name)) {
      request.response().end(photos.get(name));
    } else {
      request.response().setStatusCode(404).end();
    }
  }

  private void put(HttpServerRequest request, String name) {
    if (request.getHeader(HttpHeaders.CONTENT_LENGTH) == null) {
      request.response().setStatusCode(411).end();
      return;
    }
    request
        .body()
        .onSuccess(
            body -> {
              photos.put(name, damages ? Buffer.buffer("other").appendBuffer(body) : body);
              request.response().setStatusCode(201).end();
            });
  }

  @Override
  public void close() {
    Futures.await(vertx.close());
  }
}
