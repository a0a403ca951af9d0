package io.backpack.storage;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.testing.Pictures;
import io.backpack.testing.TestRedis;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node whose directories or whose Redis are not those it had. */
class NodeStructureTest {
  private static final int PHOTOS = 40;
  private static final int SIZE = 20_000;

  @TempDir Path directory;
  private Vertx vertx;
  private TestRedis redis;
  private Path one;
  private Path two;

  @BeforeEach
  void prepare() throws IOException {
    vertx = Vertx.vertx();
    redis = TestRedis.start(Files.createDirectory(directory.resolve("redis")));
    one = directory.resolve("one");
    two = directory.resolve("two");
  }

  @AfterEach
  void stop() {
    redis.close();
    await(vertx.close());
  }

  private TestNode start(Path... dirs) {
    return TestNode.start(vertx, TestNode.settings(List.of(dirs), redis)).ready();
  }

  private String refusal(Path... dirs) {
    return assertThrows(BackpackException.class, () -> start(dirs).close()).getMessage();
  }

  private void emptyRedis() throws IOException {
    redis.kill();
    Directories.delete(redis.directory().resolve("appendonlydir"));
    redis.start();
  }

  private static Buffer bytes(int photo) {
    return Buffer.buffer(Pictures.noise(new Random(photo), SIZE));
  }

  /** Photos that lie in both directories. */
  private void fillBoth() {
    try (TestNode node = start(one, two)) {
      NodeHttp http = new NodeHttp(node);
      for (int i = 0; i < PHOTOS; i++) {
        assertEquals(201, http.put("p" + i, bytes(i)).statusCode());
      }
      long used = http.volumes().stream().map(each -> each.getString("dir")).distinct().count();
      assertEquals(2, used, "both directories have photos");
    }
  }

  private static void assertAllServed(NodeHttp http) {
    for (int i = 0; i < PHOTOS; i++) {
      assertArrayEquals(bytes(i).getBytes(), http.get("/p" + i).body());
    }
    assertEquals(404, http.get("/never").statusCode());
  }

  /** Counts what is served; the rest must be 503, or 404 where it is known to be gone for good. */
  private static int served(NodeHttp http, int otherwise) {
    int served = 0;
    for (int i = 0; i < PHOTOS; i++) {
      int status = http.get("/p" + i).statusCode();
      assertTrue(status == 200 || status == otherwise, "p" + i + " is " + status);
      served += status == 200 ? 1 : 0;
    }
    return served;
  }

  @Test
  void theRedisOfAnotherStoreIsRefusedWithWhatToDo() {
    start(one).close();
    String refusal = refusal(two);
    assertTrue(refusal.contains("belong to another store"), refusal);
    assertTrue(refusal.contains("give this node a Redis or database of its own"), refusal);
    start(one).close();
  }

  @Test
  void aDirectoryThatIsNotNamedAnyMoreIsMissed() throws IOException {
    fillBoth();
    try (TestNode node = start(one)) {
      NodeHttp http = new NodeHttp(node);
      JsonObject health = http.page("/_/health");
      assertEquals("degraded", health.getString("status"), health.encode());
      assertMissed(health.getJsonArray("missing_dirs"));
      int served = served(http, 503);
      assertTrue(served > 0 && served < PHOTOS, served + " are served");
      assertEquals(404, http.get("/never").statusCode(), "the index is whole and knows");

      // It cannot be made again from one of the two.
      emptyRedis();
      Awaitility.await().until(() -> http.get("/_/health").statusCode() == 503);
      health = http.page("/_/health");
      assertMissed(health.getJsonArray("missing_dirs"));
      assertTrue(health.getString("index").contains("directory 2 of node"), health.encode());
      assertEquals(503, http.get("/never").statusCode());
      served(http, 503);
      assertEquals(503, http.put("fresh", bytes(0)).statusCode());
    }
    String refusal = refusal(one);
    assertTrue(refusal.contains("directory 2 of node n1 is not there"), refusal);
    try (TestNode node = start(one, two)) {
      NodeHttp http = new NodeHttp(node);
      assertAllServed(http);
      JsonObject health = http.page("/_/health");
      assertEquals("up", health.getString("status"), health.encode());
      assertEquals(new JsonArray(), health.getJsonArray("missing_dirs"));
    }
  }

  private static void assertMissed(JsonArray missing) {
    assertEquals(1, missing.size(), missing.encode());
    assertTrue(missing.getString(0).contains("directory 2 of node n1 is not there"));
    assertTrue(missing.getString(0).contains("backpack.removed-2"), missing.encode());
  }

  @Test
  void aDirectoryThatIsGoneForGoodIsNotMissed() throws IOException {
    fillBoth();
    emptyRedis();
    Files.createFile(one.resolve("backpack.removed-2"));
    try (TestNode node = start(one)) {
      NodeHttp http = new NodeHttp(node);
      assertEquals("up", http.page("/_/health").getString("status"));
      int served = served(http, 404);
      assertTrue(served > 0 && served < PHOTOS, served + " are served");
      assertEquals(201, http.put("fresh", bytes(0)).statusCode());
    }
  }
}
