package io.backpack.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.DeleteOptions;
import io.backpack.api.Deletion;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoStore;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.testing.InMemoryPhotoStore;
import io.backpack.testing.RawHttp;
import io.backpack.testing.RawHttp.Answer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What happens to a connection around the body of an upload. */
class HttpUploadTest {
  private static final int MAX = 1 << 20;

  /** A store whose uploads wait at a gate, and that tells how they ended. */
  private static final class GatedStore implements PhotoStore {
    final InMemoryPhotoStore store = new InMemoryPhotoStore(1, MAX);
    final AtomicReference<Promise<Void>> gate = new AtomicReference<>();
    final AtomicReference<Throwable> lastFailure = new AtomicReference<>();
    final AtomicReference<PutOptions> lastOptions = new AtomicReference<>();

    @Override
    public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
      lastOptions.set(options);
      Promise<Void> closed = gate.get();
      return (closed == null ? Future.<Void>succeededFuture() : closed.future())
          .compose(open -> store.put(address, options, upload))
          .onFailure(lastFailure::set);
    }

    @Override
    public Future<Photo> get(PhotoAddress address, GetOptions options) {
      return store.get(address, options);
    }

    @Override
    public Future<PhotoInfo> stat(PhotoAddress address, Trace trace) {
      return store.stat(address, trace);
    }

    @Override
    public Future<Deletion> delete(PhotoAddress address, DeleteOptions options) {
      return store.delete(address, options);
    }
  }

  private static final GatedStore STORE = new GatedStore();
  private static HttpTestServer server;

  @BeforeAll
  static void start() {
    server =
        HttpTestServer.node(
            new HttpSettings(
                "127.0.0.1",
                0,
                Optional.empty(),
                "secret",
                "",
                false,
                java.util.List.of("https://album.example"),
                HttpSettings.DEFAULT_CACHE_CONTROL,
                MAX,
                Duration.ofSeconds(30),
                1000,
                Duration.ofMillis(400),
                false),
            STORE);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void open() {
    STORE.gate.set(null);
    STORE.lastFailure.set(null);
  }

  private static String put(String path, String... headers) {
    String[] all = java.util.Arrays.copyOf(headers, headers.length + 1);
    all[headers.length] = "Authorization: Bearer secret";
    return HttpTestServer.head("PUT " + path, all);
  }

  @Test
  void writesNeedTheToken() {
    for (String line : new String[] {"PUT /t", "DELETE /t"}) {
      for (String token :
          new String[] {"X: x", "Authorization: Bearer secre", "Authorization: x"}) {
        Answer answer = server.request(line, "x", "Content-Length: 1", token);
        assertEquals(401, answer.status());
        assertEquals("Bearer", answer.header("WWW-Authenticate"));
        assertEquals("UNAUTHORIZED", answer.header("X-Backpack-Error"));
      }
    }
    assertEquals(404, server.get("/t").status());
    assertEquals(201, RawHttp.exchange(server.port, put("/t", "Content-Length: 1") + "x").status());
  }

  @Test
  void aSmallRefusedBodyLeavesTheConnectionInStep() {
    try (RawHttp connection = RawHttp.connect(server.port)) {
      String next = HttpTestServer.head("GET /nothing");
      // The body looks like a request: who does not read it as a body answers it.
      connection.send(HttpTestServer.head("PUT /t", "Content-Length: " + next.length()));
      assertEquals(401, connection.receive().status());
      connection.send(next).send(HttpTestServer.head("GET /_/health/live"));
      Answer live = connection.receive();
      assertEquals(200, live.status(), live::text);
    }
  }

  @Test
  void aLargeRefusedBodyIsAnsweredAndTheConnectionEnds() {
    try (RawHttp connection = RawHttp.connect(server.port)) {
      connection.send(put("/large", "Content-Length: " + (MAX + 1)));
      Answer answer = connection.receive();
      assertEquals(413, answer.status());
      assertEquals("close", answer.header("Connection"));
      // The client goes on sending for a while: this must not reset the connection.
      connection.send(new byte[MAX + 1]);
      assertTrue(connection.ends());
    }
  }

  @Test
  void anAnswerIsReadableAfterTheWholeLargeBody() {
    try (RawHttp connection = RawHttp.connect(server.port)) {
      connection.send(put("/large", "Content-Length: " + 8 * MAX));
      connection.send(new byte[8 * MAX]);
      assertEquals(413, connection.receive().status());
    }
  }

  @Test
  void chunksBeyondTheLimitAre413() {
    try (RawHttp connection = RawHttp.connect(server.port)) {
      connection.send(put("/chunky", "Transfer-Encoding: chunked"));
      for (int i = 0; i < 9; i++) {
        connection.send("20000\r\n").send(new byte[0x20000]).send("\r\n");
      }
      Answer answer = connection.receive();
      assertEquals(413, answer.status());
      assertEquals("close", answer.header("Connection"));
    }
    assertEquals(404, server.get("/chunky").status());
  }

  @Test
  void continueIsSaidWhenTheStoreWantsTheBody() {
    Promise<Void> gate = Promise.promise();
    STORE.gate.set(gate);
    try (RawHttp connection = RawHttp.connect(server.port)) {
      connection.send(put("/continue", "Content-Length: 5", "Expect: 100-continue"));
      await().until(() -> STORE.lastOptions.get() != null);
      gate.complete();
      assertEquals(100, connection.receive().status());
      assertEquals(201, connection.send("hello").receive().status());
      assertEquals(200, connection.send(HttpTestServer.head("GET /continue")).receive().status());
    }
  }

  @Test
  void aRefusalComesInsteadOfContinue() {
    for (String head :
        new String[] {
          put("/c", "Content-Length: 5000000", "Expect: 100-continue"),
          put("//", "Content-Length: 5", "Expect: 100-continue"),
          HttpTestServer.head("PUT /c", "Content-Length: 5", "Expect: 100-Continue")
        }) {
      try (RawHttp connection = RawHttp.connect(server.port)) {
        Answer answer = connection.send(head).receive();
        assertTrue(answer.status() >= 400, answer::text);
        assertEquals("close", answer.header("Connection"));
        assertTrue(connection.finish().ends());
      }
    }
  }

  @Test
  void aStoreThatRefusesAtOnceSaysSoInsteadOfContinue() {
    STORE.store.fail(new BackpackException(ErrorCode.NO_SPACE, "full"));
    try (RawHttp connection = RawHttp.connect(server.port)) {
      connection.send(put("/full", "Content-Length: 500000", "Expect: 100-continue"));
      assertEquals(507, connection.receive().status());
    } finally {
      STORE.store.heal();
    }
  }

  @Test
  void anAbortedUploadFailsTheStreamOfTheStore() {
    try (RawHttp connection = RawHttp.connect(server.port)) {
      connection.send(put("/aborted", "Content-Length: 100")).send("only a part");
      await().until(() -> server.metrics.inFlight() == 1);
    }
    await().until(() -> STORE.lastFailure.get() != null);
    assertEquals(ErrorCode.INCOMPLETE_BODY, BackpackException.of(STORE.lastFailure.get()).code());
    assertEquals(404, server.get("/aborted").status());
    await().until(() -> server.metrics.inFlight() == 0);
  }

  @Test
  void malformedChunksAre400() {
    try (RawHttp connection = RawHttp.connect(server.port)) {
      connection.send(put("/chunks", "Transfer-Encoding: chunked")).send("5\r\nhello\r\nxyz\r\n");
      Answer answer = connection.receive();
      assertEquals(400, answer.status());
      assertTrue(connection.ends());
    }
    assertEquals(404, server.get("/chunks").status());
  }

  @Test
  void aSlowBodyIs408() {
    try (RawHttp connection = RawHttp.connect(server.port)) {
      connection.send(put("/slow", "Content-Length: 100000")).send("a few bytes");
      Answer answer = connection.receive();
      assertEquals(408, answer.status());
      assertEquals("TOO_SLOW", new JsonObject(answer.text()).getString("error"));
      assertEquals("close", answer.header("Connection"));
      assertTrue(connection.finish().ends());
    }
    await().until(() -> STORE.lastFailure.get() != null);
    assertEquals(ErrorCode.TOO_SLOW, BackpackException.of(STORE.lastFailure.get()).code());
  }

  @Test
  void aStoreThatMakesTheClientWaitDoesNotMakeItSlow() {
    Promise<Void> gate = Promise.promise();
    STORE.gate.set(gate);
    try (RawHttp connection = RawHttp.connect(server.port)) {
      connection.send(put("/waits", "Content-Length: 2000")).send(new byte[1000]);
      // Far longer than the grace in which a body may be slow.
      server.vertx.setTimer(1500, id -> gate.complete());
      await().atMost(Duration.ofSeconds(10)).until(() -> gate.future().isComplete());
      assertEquals(201, connection.send(new byte[1000]).receive().status());
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() {
    try (RawHttp connection = RawHttp.connect(server.port)) {
      connection.send(
          put("/p1", "Content-Length: 2")
              + "p1"
              + put("/p2", "Content-Length: 2")
              + "p2"
              + HttpTestServer.head("GET /p1")
              + HttpTestServer.head("HEAD /p2")
              + HttpTestServer.head("GET /p2"));
      assertEquals("p1", new JsonObject(connection.receive().text()).getString("name"));
      assertEquals("p2", new JsonObject(connection.receive().text()).getString("name"));
      assertEquals("p1", connection.receive().text());
      assertEquals("2", connection.receive(true).header("Content-Length"));
      assertEquals("p2", connection.receive().text());
    }
  }

  @Test
  void aGetWithABodyKeepsTheConnectionInStep() {
    try (RawHttp connection = RawHttp.connect(server.port)) {
      connection.send(HttpTestServer.head("GET /none", "Content-Length: 5") + "hello");
      assertEquals(404, connection.receive().status());
      connection.send(HttpTestServer.head("GET /_/health/live"));
      assertEquals(200, connection.receive().status());
    }
  }

  @Test
  void requestIdsAndTracesArePassedOn() {
    String parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    Answer answer =
        RawHttp.exchange(
            server.port,
            put("/trace", "Content-Length: 1", "X-Request-Id: abc-1", "traceparent: " + parent)
                + "x");
    assertEquals("abc-1", answer.header("X-Request-Id"));
    assertEquals(new Trace("abc-1", parent), STORE.lastOptions.get().trace());
    for (String bad : new String[] {"x".repeat(129), "with space", "\u00e9"}) {
      String id = server.get("/none", "X-Request-Id: " + bad).header("X-Request-Id");
      assertTrue(id.matches("[0-9a-f]{16}"), id);
    }
  }

  @Test
  void pagesOfAllowedOriginsMayUpload() {
    Answer preflight =
        server.request(
            "OPTIONS /cors",
            "",
            "Origin: https://album.example",
            "Access-Control-Request-Method: PUT",
            "Access-Control-Request-Headers: authorization, content-type");
    assertEquals(204, preflight.status());
    assertEquals("https://album.example", preflight.header("Access-Control-Allow-Origin"));
    assertTrue(preflight.header("Access-Control-Allow-Methods").contains("PUT"));
    assertTrue(preflight.header("Access-Control-Allow-Headers").contains("Authorization"));

    Answer upload =
        RawHttp.exchange(
            server.port, put("/cors", "Content-Length: 1", "Origin: https://album.example") + "x");
    assertEquals("https://album.example", upload.header("Access-Control-Allow-Origin"));
    assertTrue(upload.header("Access-Control-Expose-Headers").contains("Location"));
    assertEquals("origin", upload.header("Vary"));

    Answer other =
        server.request(
            "OPTIONS /cors",
            "",
            "Origin: https://evil.example",
            "Access-Control-Request-Method: PUT");
    assertEquals(403, other.status());
    assertNull(other.header("Access-Control-Allow-Origin"));
    assertNull(
        server.get("/cors", "Origin: https://evil.example").header("Access-Control-Allow-Origin"));
    assertEquals(405, server.request("OPTIONS /cors", "").status());
  }

  @Test
  void theRestOfARefusedUploadIsNotReadForEver() {
    try (RawHttp connection = RawHttp.connect(server.port)) {
      connection.send(put("/endless", "Content-Length: 9000000000")).send("x");
      assertEquals(413, connection.receive().status());
      assertFalse(STORE.lastFailure.get() != null);
      assertTrue(connection.ends());
    }
  }
}
