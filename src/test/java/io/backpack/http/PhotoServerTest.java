package io.backpack.http;

import static io.backpack.testing.Futures.awaitFailure;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ByteRange;
import io.backpack.api.DeleteOptions;
import io.backpack.api.Deletion;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.PhotoStore;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.metrics.Metrics;
import io.backpack.testing.Futures;
import io.backpack.testing.InMemoryPhotoStore;
import io.backpack.testing.RawHttp;
import io.backpack.testing.RawHttp.Answer;
import io.backpack.testing.TestRedis;
import io.backpack.testing.TestStream;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server around the routes: roles, pages, tokens, streams that fail, its beginning and end. */
class PhotoServerTest {
  private static final PhotoInfo INFO =
      new PhotoInfo(PhotoName.of("x"), 1_000_000, 7, new Version(1L << 40), "image/png");

  /** Reads as told; everything else in memory, in one shard. */
  private static final class ToldStore implements PhotoStore {
    final InMemoryPhotoStore memory = new InMemoryPhotoStore(1, 1 << 20);
    volatile Supplier<Future<Photo>> get;

    @Override
    public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
      String shard = address.shard().isEmpty() ? "1" : address.shard();
      return memory
          .put(address, options, upload)
          .map(stored -> new StoredPhoto(shard, stored.info(), stored.unchanged()));
    }

    @Override
    public Future<Photo> get(PhotoAddress address, GetOptions options) {
      return get == null ? memory.get(address, options) : get.get();
    }

    @Override
    public Future<PhotoInfo> stat(PhotoAddress address, Trace trace) {
      return memory.stat(address, trace);
    }

    @Override
    public Future<Deletion> delete(PhotoAddress address, DeleteOptions options) {
      return memory.delete(address, options);
    }
  }

  private final ToldStore store = new ToldStore();

  private static HttpSettings settings(
      Optional<Integer> adminPort, String adminToken, boolean namesIncludeQuery) {
    return new HttpSettings(
        "127.0.0.1",
        0,
        adminPort,
        "",
        adminToken,
        false,
        List.of(),
        "private",
        1 << 20,
        Duration.ofSeconds(30),
        0,
        Duration.ofSeconds(30),
        namesIncludeQuery);
  }

  private HttpTestServer coordinator() {
    return new HttpTestServer(PhotoServer.Kind.COORDINATOR, HttpSettings.DEFAULT, store);
  }

  @Test
  void aCoordinatorNamesTheShard() {
    try (HttpTestServer server = coordinator()) {
      Answer created = server.put("/a%20b:c.jpg", "x", "X-Backpack-Shard: 7");
      JsonObject body = new JsonObject(created.text());
      assertEquals(201, created.status());
      assertEquals("7", body.getString("shard_id"));
      assertEquals("a b:c.jpg", body.getString("name"));
      assertEquals("/7:a%20b:c.jpg", body.getString("path"));
      assertEquals("/7:a%20b:c.jpg", created.header("Location"));
      assertEquals(
          List.of("shard_id", "name", "path", "size", "crc32c", "version"),
          List.copyOf(body.fieldNames()));

      assertEquals("x", server.get("/7:a%20b:c.jpg").text());
      assertEquals("x", server.get("/7%3Aa%20b:c.jpg").text());
      assertEquals(204, server.request("DELETE /7:a%20b:c.jpg", "").status());
      assertEquals(410, server.get("/7:a%20b:c.jpg").status());
      for (String bad : new String[] {"/x.jpg", "/:x", "/a.b:x", "/1:", "/1:_/x", "/1:stats"}) {
        assertEquals(400, server.get(bad).status(), bad);
      }
      assertEquals(400, server.put("/x", "x", "X-Backpack-Shard: no shard").status());
      assertEquals(400, server.put("/_/x", "x").status());
    }
  }

  @Test
  void theRootOfACoordinatorIsItsPage() {
    try (HttpTestServer server = coordinator()) {
      Answer root = server.get("/");
      assertEquals(302, root.status());
      assertEquals("/_/ui/", root.header("Location"));
      Answer page = server.get("/_/ui/");
      assertEquals(200, page.status());
      assertTrue(page.text().contains("<title>Backpack</title>"));
      assertTrue(page.header("Content-Security-Policy").startsWith("default-src 'none'"));
    }
  }

  @Test
  void pagesTellHowItIs() {
    try (HttpTestServer server =
        HttpTestServer.node(settings(Optional.empty(), "", false), store)) {
      for (String path : new String[] {"/stats", "/_/stats", "/%5F/stats", "/%73tats"}) {
        Answer stats = server.get(path);
        assertEquals(200, stats.status());
        assertEquals("application/json", stats.header("Content-Type"));
        assertEquals(0, new JsonObject(stats.text()).getJsonObject("gets").getInteger("count"));
      }
      assertEquals(200, server.get("/_/health").status());
      assertEquals(200, server.get("/_/health/live").status());
      assertEquals(200, server.get("/_/health/ready").status());
      server.status.ready = false;
      server.status.health = new JsonObject().put("status", "down").put("why", "no disk");
      assertEquals(200, server.get("/_/health/live").status());
      assertEquals(503, server.get("/_/health/ready").status());
      Answer down = server.get("/_/health");
      assertEquals(503, down.status());
      assertEquals("no disk", new JsonObject(down.text()).getString("why"));

      Answer metrics = server.get("/_/metrics");
      assertTrue(metrics.header("Content-Type").startsWith("text/plain"));
      assertTrue(
          metrics
              .text()
              .contains(
                  "backpack_http_requests_total{code=\"200\",method=\"GET\",node=\"1\",role=\"storage\"}"),
          metrics::text);

      assertEquals("", server.request("HEAD /_/stats", "").text());
      assertEquals("GET, HEAD", server.request("POST /_/stats", "").header("Allow"));
      assertEquals(404, server.get("/_/nothing").status());
      assertEquals(404, server.get("/_/ui/").status());
    }
  }

  @Test
  void aStatusThatFailsIsAnError() {
    try (HttpTestServer server = coordinator()) {
      server.status.stats = Future.failedFuture(new IllegalStateException("told to fail"));
      Answer answer = server.get("/stats");
      assertEquals(500, answer.status());
      assertEquals("INTERNAL", new JsonObject(answer.text()).getString("error"));
      assertTrue(!answer.text().contains("told to fail"));
    }
  }

  @Test
  void pagesNeedTheAdminTokenBeyondLoopback() {
    String away = "X-Forwarded-For: 192.0.2.1";
    try (HttpTestServer server =
        new HttpTestServer(
            PhotoServer.Kind.COORDINATOR, settings(Optional.empty(), "admin", false), store)) {
      assertEquals(200, server.get("/_/ui/").status());
      Answer refused = server.get("/_/ui/", away);
      assertEquals(401, refused.status());
      assertTrue(refused.header("WWW-Authenticate").startsWith("Bearer"));
      assertEquals(200, server.get("/_/ui/", away, "Authorization: Bearer admin").status());
      assertEquals(401, server.get("/_/ui/", away, "Authorization: Bearer other").status());
      // "x:admin", as a browser sends it that asked a person.
      assertEquals(200, server.get("/_/ui/", away, "Authorization: Basic eDphZG1pbg==").status());
      for (String open : new String[] {"/stats", "/_/stats", "/_/health", "/_/metrics"}) {
        assertEquals(200, server.get(open, away).status());
      }
    }
    try (HttpTestServer server = coordinator()) {
      assertEquals(403, server.get("/_/ui/", away).status());
    }
  }

  @Test
  void anAdminPortTakesAllPagesAway() {
    try (HttpTestServer server =
        new HttpTestServer(
            PhotoServer.Kind.COORDINATOR, settings(Optional.of(0), "", false), store)) {
      int admin = server.server.adminPort();
      assertNotEquals(server.port, admin);
      for (String path : new String[] {"/_/stats", "/stats", "/_/health", "/"}) {
        assertEquals(404, server.get(path).status());
      }
      assertEquals(400, server.put("/_/stats", "x").status());
      assertEquals(201, server.put("/x", "x").status());
      assertEquals(200, RawHttp.exchange(admin, HttpTestServer.head("GET /_/stats")).status());
      assertEquals(302, RawHttp.exchange(admin, HttpTestServer.head("GET /")).status());
      assertEquals(404, RawHttp.exchange(admin, HttpTestServer.head("GET /1:x")).status());
    }
  }

  @Test
  void aRoleAddsPages() {
    HttpTestServer plain = coordinator();
    PhotoServer server =
        PhotoServer.create(
                plain.vertx,
                PhotoServer.Kind.NODE,
                HttpSettings.DEFAULT,
                store,
                plain.status,
                plain.metrics)
            .page(
                "/_/below/",
                request -> request.body().onSuccess(body -> request.response().end(body)))
            .page(
                "/_/broken",
                request -> {
                  throw new IllegalStateException("told to fail");
                });
    int port = Futures.await(server.listen());
    assertEquals(
        "hi",
        RawHttp.exchange(port, HttpTestServer.head("POST /_/below/x", "Content-Length: 2") + "hi")
            .text());
    assertEquals(500, RawHttp.exchange(port, HttpTestServer.head("GET /_/broken")).status());
    assertEquals(
        403,
        RawHttp.exchange(port, HttpTestServer.head("GET /_/below/x", "X-Forwarded-For: 192.0.2.1"))
            .status());
    Futures.await(server.close());
    plain.close();
  }

  @Test
  void theQueryCanBelongToTheName() {
    try (HttpTestServer server = HttpTestServer.node(settings(Optional.empty(), "", true), store)) {
      JsonObject body = new JsonObject(server.put("/q.jpg?size=1&x=%20", "x").text());
      assertEquals("q.jpg?size=1&x= ", body.getString("name"));
      assertEquals("x", server.get("/q.jpg%3Fsize=1&x=%20").text());
      assertEquals(404, server.get("/q.jpg").status());
      assertEquals(200, server.get("/stats?x").status());
      assertEquals("private", server.get("/q.jpg?size=1&x=%20").header("Cache-Control"));
    }
  }

  @Test
  void aHandlerThatThrowsIsAnswered() {
    try (HttpTestServer server = coordinator()) {
      store.get =
          () -> {
            throw new IllegalStateException("told to fail");
          };
      assertEquals(500, server.get("/1:x").status());
      store.get =
          () -> {
            throw new AssertionError("told to fail");
          };
      assertEquals(500, server.get("/1:x").status());
      store.get = () -> Future.failedFuture(new ArithmeticException("told to fail"));
      assertEquals(500, server.get("/1:x").status());
    }
  }

  @Test
  void aStreamIsPassedOnWithItsLength() {
    try (HttpTestServer server = coordinator()) {
      TestStream stream = new TestStream();
      store.get = () -> Future.succeededFuture(photo(stream));
      try (RawHttp connection = RawHttp.connect(server.port)) {
        connection.send(HttpTestServer.head("GET /1:x"));
        await().until(stream::started);
        server.vertx.runOnContext(
            go -> {
              for (int i = 0; i < 10; i++) {
                stream.emit(Buffer.buffer(new byte[100_000]));
              }
              stream.end();
            });
        Answer answer = connection.receive();
        assertEquals(200, answer.status());
        assertEquals(1_000_000, answer.body().length());
        await().until(() -> server.metrics.gets().bytes() == 1_000_000);
      }
    }
  }

  private static Photo photo(TestStream stream) {
    return new Photo(INFO, ByteRange.all(INFO.size()), stream);
  }

  @Test
  void aStreamThatFailsMidWayIsNeverAWholeAnswer() {
    try (HttpTestServer server = coordinator()) {
      for (boolean endsEarly : new boolean[] {true, false}) {
        TestStream stream = new TestStream();
        store.get = () -> Future.succeededFuture(photo(stream));
        try (RawHttp connection = RawHttp.connect(server.port)) {
          connection.send(HttpTestServer.head("GET /1:x"));
          await().until(stream::started);
          server.vertx.runOnContext(
              go -> {
                stream.emit(Buffer.buffer(new byte[999_999]));
                if (endsEarly) {
                  stream.end();
                } else {
                  stream.fail(new BackpackException(ErrorCode.DAMAGED, "told to"));
                }
              });
          assertThrows(UncheckedIOException.class, connection::receive);
        }
      }
    }
  }

  @Test
  void aStreamThatFailsBeforeItsFirstByteIsAnError() {
    try (HttpTestServer server = coordinator()) {
      TestStream stream = new TestStream();
      store.get = () -> Future.succeededFuture(photo(stream));
      try (RawHttp connection = RawHttp.connect(server.port)) {
        connection.send(HttpTestServer.head("GET /1:x"));
        await().until(stream::started);
        server.vertx.runOnContext(
            go -> stream.fail(new BackpackException(ErrorCode.DAMAGED, "told to")));
        Answer answer = connection.receive();
        assertEquals(502, answer.status());
        assertNull(answer.header("ETag"));
        assertEquals(200, server.get("/_/health/live").status());
      }
    }
  }

  @Test
  void aClientThatDoesNotReadPausesTheStream() {
    try (HttpTestServer server = coordinator()) {
      TestStream stream = new TestStream();
      PhotoInfo large = new PhotoInfo(INFO.name(), 1 << 30, 7, INFO.version(), "image/png");
      store.get =
          () -> Future.succeededFuture(new Photo(large, ByteRange.all(large.size()), stream));
      try (RawHttp connection = RawHttp.connect(server.port)) {
        connection.send(HttpTestServer.head("GET /1:x"));
        await().until(stream::started);
        server.vertx.setPeriodic(
            1,
            id -> {
              if (stream.started()) {
                stream.emit(Buffer.buffer(new byte[1 << 20]));
              }
            });
        await().until(() -> !stream.started());
        assertTrue(stream.emitted() < 64 << 20, stream.emitted() + " bytes before the pause");
      }
      await().until(() -> server.metrics.inFlight() == 0);
    }
  }

  @Test
  void closingLetsRunningRequestsEnd() {
    HttpTestServer server = coordinator();
    Promise<Photo> promise = Promise.promise();
    store.get = promise::future;
    try (RawHttp idle = RawHttp.connect(server.port);
        RawHttp connection = RawHttp.connect(server.port)) {
      connection.send(HttpTestServer.head("GET /1:x"));
      await().until(() -> server.metrics.inFlight() == 1);
      Future<Void> closed = server.server.close();
      assertTrue(idle.ends());
      assertThrows(UncheckedIOException.class, () -> RawHttp.connect(server.port));
      promise.complete(Photo.of(INFO, new ByteRange(0, 4), Buffer.buffer("last")));
      assertEquals("last", connection.receive().text());
      Futures.await(closed);
      assertTrue(connection.ends());
    }
    Futures.await(server.vertx.close());
  }

  @Test
  void aPortInUseIsOneClearLine() {
    try (HttpTestServer server = coordinator()) {
      Vertx other = Vertx.vertx();
      PhotoServer second =
          PhotoServer.create(
              other,
              PhotoServer.Kind.NODE,
              HttpSettings.DEFAULT.withPort(server.port),
              store,
              server.status,
              server.metrics);
      BackpackException failure = awaitFailure(ErrorCode.UNAVAILABLE, second.listen());
      assertTrue(failure.getMessage().contains("127.0.0.1:" + server.port), failure.getMessage());
      assertTrue(failure.getMessage().contains("in use"), failure.getMessage());
      assertEquals(1, failure.getMessage().lines().count());
      Futures.await(other.close());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "10.0.0.1", "::", "photos.example", "127.evil.example"})
  void beyondLoopbackAWriteTokenIsNeeded(String host) {
    HttpSettings base = HttpSettings.DEFAULT;
    for (boolean insecure : new boolean[] {false, true}) {
      HttpSettings open =
          new HttpSettings(
              host,
              0,
              base.adminPort(),
              "",
              "",
              insecure,
              base.corsOrigins(),
              base.cacheControl(),
              base.maxPhotoSize(),
              base.idleTimeout(),
              base.minUploadRate(),
              base.uploadGrace(),
              false);
      if (insecure) {
        open.check();
      } else {
        String message = assertThrows(IllegalArgumentException.class, open::check).getMessage();
        assertTrue(message.contains("http.write-token"), message);
      }
      open.withWriteToken("secret").check();
    }
  }

  @Test
  void severalInstancesShareAPortAndTheMetrics() {
    // Vert.x shares a port that was asked for, not one that was found.
    HttpSettings fixed = HttpSettings.DEFAULT.withPort(TestRedis.freePort());
    try (HttpTestServer server = new HttpTestServer(PhotoServer.Kind.COORDINATOR, fixed, store)) {
      PhotoServer second =
          PhotoServer.create(
              server.vertx,
              PhotoServer.Kind.COORDINATOR,
              fixed,
              store,
              server.status,
              server.metrics);
      assertEquals(server.port, Futures.await(second.listen()));
      for (int i = 0; i < 4; i++) {
        assertEquals(404, server.get("/1:x" + i).status());
      }
      String text = server.get("/_/metrics").text();
      assertTrue(
          Arrays.stream(text.split("\n"))
              .anyMatch(
                  line ->
                      line.startsWith("backpack_http_requests_total")
                          && line.contains("code=\"404\"")
                          && line.endsWith(" 4.0")),
          text);
      Futures.await(second.close());
    }
  }

  @Test
  void metricsCountBytes() {
    try (HttpTestServer server = HttpTestServer.node(HttpSettings.DEFAULT, store)) {
      server.put("/m", "12345");
      server.get("/m");
      server.get("/m", "Range: bytes=0-1");
      Metrics metrics = server.metrics;
      assertEquals(1, metrics.puts().count());
      assertEquals(5, metrics.puts().bytes());
      assertEquals(2, metrics.gets().count());
      assertEquals(7, metrics.gets().bytes());
      assertEquals(0, metrics.inFlight());
    }
  }
}
