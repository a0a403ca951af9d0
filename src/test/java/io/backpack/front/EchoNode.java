package io.backpack.front;

import static io.backpack.testing.Futures.await;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A storage node as nginx sees it: tells what path reached it, and fails as it is told to. */
final class EchoNode {
  static final int HANG = -1;
  static final int CLOSE = -2;

  private final Vertx vertx;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private HttpServer server;
  private int port;
  private volatile int status = 200;

  EchoNode(Vertx vertx) {
    this.vertx = vertx;
    start();
  }

  /** Listens, on the same port as before; does nothing when it does already. */
  void start() {
    if (server != null) {
      return;
    }
    server =
        await(
            vertx
                .createHttpServer()
                .connectionHandler(connection -> connections.incrementAndGet())
                .requestHandler(this::answer)
                .listen(port, "127.0.0.1"));
    port = server.actualPort();
  }

  void stop() {
    await(server.close());
    server = null;
  }

  private void answer(HttpServerRequest request) {
    requests.add(request.method() + " " + request.uri());
    switch (status) {
      case HANG -> request.pause();
      case CLOSE -> request.connection().close();
      default ->
          request
              .response()
              .setStatusCode(status)
              .putHeader("X-Path", request.uri())
              .putHeader("X-Seen-Authorization", String.valueOf(request.getHeader("Authorization")))
              .putHeader("X-Seen-Range", String.valueOf(request.getHeader("Range")))
              .putHeader("X-Seen-Id", String.valueOf(request.getHeader("X-Request-Id")))
              .putHeader("Cache-Control", "from the node")
              .putHeader("ETag", "\"1-2\"")
              .putHeader("X-Backpack-Image", "width=640, height=480, orientation=6")
              .end(status + " " + request.uri());
    }
  }

  /** Answers with this from now on, or hangs, or closes the connection. */
  void say(int newStatus) {
    status = newStatus;
  }

  void forget() {
    requests.clear();
  }

  List<String> requests() {
    return requests;
  }

  int connections() {
    return connections.get();
  }

  int port() {
    return port;
  }
}
