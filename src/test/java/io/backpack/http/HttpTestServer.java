package io.backpack.http;

import static io.backpack.testing.Futures.await;

import io.backpack.api.PhotoStore;
import io.backpack.metrics.Metrics;
import io.backpack.testing.RawHttp;
import io.vertx.core.Vertx;

/** A server on a port of its own, with what a test wants to look at. */
final class HttpTestServer implements AutoCloseable {
  final Vertx vertx = Vertx.vertx();
  final FixedStatus status = new FixedStatus();
  final Metrics metrics = Metrics.create("storage", "1");
  final PhotoServer server;
  final int port;

  HttpTestServer(PhotoServer.Kind kind, HttpSettings settings, PhotoStore store) {
    server = PhotoServer.create(vertx, kind, settings, store, status, metrics);
    port = await(server.listen());
  }

  static HttpTestServer node(HttpSettings settings, PhotoStore store) {
    return new HttpTestServer(PhotoServer.Kind.NODE, settings, store);
  }

  /** One request on a connection of its own: the lines of its head, then its body. */
  RawHttp.Answer request(String line, String body, String... headers) {
    return RawHttp.exchange(port, head(line, headers) + body);
  }

  static String head(String line, String... headers) {
    StringBuilder head = new StringBuilder(line).append(" HTTP/1.1\r\nHost: test\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    return head.append("\r\n").toString();
  }

  RawHttp.Answer get(String path, String... headers) {
    return request("GET " + path, "", headers);
  }

  RawHttp.Answer put(String path, String body, String... headers) {
    String[] all = java.util.Arrays.copyOf(headers, headers.length + 1);
    all[headers.length] = "Content-Length: " + body.length();
    return request("PUT " + path, body, all);
  }

  @Override
  public void close() {
    await(server.close());
    await(vertx.close());
  }
}
