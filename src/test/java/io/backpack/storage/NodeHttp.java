package io.backpack.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import org.awaitility.Awaitility;

/** A node as a plain HTTP client sees it. Safe for use by any thread. */
final class NodeHttp {
  /** Else it would ask for HTTP/2 each time, and such requests never take the short way. */
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final TestNode node;

  NodeHttp(TestNode node) {
    this.node = node;
  }

  HttpResponse<byte[]> put(String name, Buffer bytes) {
    return send(request("/" + name).PUT(BodyPublishers.ofByteArray(bytes.getBytes())));
  }

  HttpResponse<byte[]> get(String path) {
    return send(request(path).GET());
  }

  HttpResponse<byte[]> head(String name) {
    return send(request("/" + name).method("HEAD", BodyPublishers.noBody()));
  }

  HttpResponse<byte[]> delete(String name) {
    return send(request("/" + name).DELETE());
  }

  JsonObject page(String path) {
    return new JsonObject(Buffer.buffer(get(path).body()));
  }

  /** The volumes of the node, open ones too. */
  List<JsonObject> volumes() {
    return page("/_/volumes").getJsonArray("volumes").stream().map(JsonObject.class::cast).toList();
  }

  /** Ids of the sealed volumes. */
  List<Long> sealed() {
    return volumes().stream()
        .filter(each -> each.getBoolean("sealed"))
        .map(each -> each.getLong("id"))
        .toList();
  }

  /** Does a piece of work on a volume to its end; returns its result. */
  JsonObject work(long volume, String what) {
    HttpResponse<byte[]> asked =
        send(request("/_/volumes/" + volume + "/" + what).POST(BodyPublishers.noBody()));
    assertEquals(202, asked.statusCode());
    long id = new JsonObject(Buffer.buffer(asked.body())).getLong("id");
    Awaitility.await().until(() -> job(id).containsKey("ended"));
    JsonObject job = job(id);
    assertEquals("done", job.getString("state"), job.encode());
    return job.getJsonObject("result");
  }

  private JsonObject job(long id) {
    return page("/_/jobs").getJsonArray("jobs").stream()
        .map(JsonObject.class::cast)
        .filter(each -> each.getLong("id") == id)
        .findFirst()
        .orElseThrow();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(node.url() + path));
  }

  private HttpResponse<byte[]> send(HttpRequest.Builder request) {
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
