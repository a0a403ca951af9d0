package io.backpack.storage;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.testing.TestRedis;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node with several directories tells of them. */
class DirectoryStatusTest {
  @TempDir Path temp;

  @Test
  void eachDirectoryIsTold() throws Exception {
    Path good = temp.resolve("good");
    Path later = temp.resolve("later");
    Vertx vertx = Vertx.vertx();
    try (TestRedis redis = TestRedis.start(Files.createDirectory(temp.resolve("redis")));
        TestNode node =
            TestNode.start(vertx, TestNode.settings(List.of(good, later), redis)).ready()) {
      assertEquals("up", json(node, "/_/health").getString("status"));
      HttpRequest upload =
          HttpRequest.newBuilder(URI.create(node.url() + "/a"))
              .PUT(HttpRequest.BodyPublishers.ofByteArray(new byte[] {1}))
              .build();
      assertEquals(201, send(upload).statusCode());
      node.stop();
      Files.move(later, temp.resolve("moved"));
      Files.createFile(later);
      node.start();
      node.ready();

      JsonObject health = json(node, "/_/health");
      assertEquals("degraded", health.getString("status"));
      assertEquals(2, health.getJsonArray("directories").size());
      JsonObject stats = json(node, "/_/stats");
      JsonObject first = stats.getJsonArray("directories").getJsonObject(0);
      assertEquals(good.toString(), first.getString("dir"));
      assertEquals("writable", first.getString("state"));
      assertEquals(1, first.getInteger("directory"));
      assertTrue(first.getLong("free_bytes") > 0);
      JsonObject second = stats.getJsonArray("directories").getJsonObject(1);
      assertEquals("refused", second.getString("state"));
      assertTrue(second.getString("reason").contains("not a directory"), second.encode());
      String metrics = text(node, "/_/metrics");
      assertTrue(metrics.contains("backpack_storage_directory_writable{directory=\"1\""), metrics);
      assertTrue(metrics.contains("backpack_storage_refused_directories{"), metrics);
    } finally {
      await(vertx.close());
    }
  }

  private static JsonObject json(TestNode node, String path) throws Exception {
    return new JsonObject(text(node, path));
  }

  private static String text(TestNode node, String path) throws Exception {
    return send(HttpRequest.newBuilder(URI.create(node.url() + path)).build()).body();
  }

  private static HttpResponse<String> send(HttpRequest request) throws Exception {
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }
}
