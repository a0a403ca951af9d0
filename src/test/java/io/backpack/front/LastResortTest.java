package io.backpack.front;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.backpack.testing.TestNginx;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code conf/nginx/frontend.conf} does with a coordinator behind the two nodes of a shard.
 */
class LastResortTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final EchoNode A = new EchoNode(VERTX);
  private static final EchoNode B = new EchoNode(VERTX);
  private static final EchoNode COORDINATOR = new EchoNode(VERTX);
  @TempDir private static Path directory;
  private static TestNginx nginx;

  private final EchoNode a = A;
  private final EchoNode b = B;
  private final EchoNode coordinator = COORDINATOR;

  @BeforeAll
  static void startAll() {
    nginx = start("with-coordinator", 0);
  }

  private static TestNginx start(String name, int maxFails) {
    return TestNginx.frontend(
        directory.resolve(name),
        FrontShards.of(maxFails, A, B, List.of(COORDINATOR)),
        Map.of(
            "proxy_read_timeout 3s",
            "proxy_read_timeout 1s",
            "proxy_read_timeout 12s",
            "proxy_read_timeout 1s"));
  }

  @AfterAll
  static void stopAll() {
    nginx.close();
    await(VERTX.close());
  }

  @BeforeEach
  void start() {
    for (EchoNode each : List.of(a, b, coordinator)) {
      each.start();
      each.say(200);
      each.forget();
    }
  }

  private static RawHttp.Answer get(String path, String... headers) {
    return RawHttp.send(nginx.port(), "GET", path, headers);
  }

  @Test
  void whatTheNodesAnswerIsNotForACoordinator() {
    for (int status : new int[] {200, 206, 304, 400, 410, 416}) {
      a.say(status);
      b.say(status);
      assertEquals(status, get("/1:a.jpg").status());
    }
    a.say(404);
    b.say(200);
    assertEquals(200, get("/1:a.jpg").status());
    b.say(404);
    RawHttp.Answer absent = get("/1:a.jpg");
    assertEquals(404, absent.status());
    assertEquals("NOT_FOUND", new JsonObject(absent.body()).getString("error"));
    b.say(410);
    assertEquals(410, get("/1:a.jpg").status());
    assertEquals(404, get("/9:a.jpg").status());
    assertEquals(404, get("/1:_/health").status());
    assertEquals(405, RawHttp.send(nginx.port(), "DELETE", "/1:a.jpg").status());
    assertEquals(List.of(), coordinator.requests());
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 502, 503, 504, EchoNode.HANG, EchoNode.CLOSE})
  void whatNoNodeAnswersIsForACoordinator(int failure) {
    a.say(failure);
    b.say(failure);
    RawHttp.Answer answer = get("/1%3Aa%2Fb%20c:d.jpg?width=5", "Range: bytes=0-9");
    assertEquals(200, answer.status(), answer.toString());
    assertEquals(List.of("GET /1:a%2Fb%20c:d.jpg"), coordinator.requests());
    assertEquals("bytes=0-9", answer.header("X-Seen-Range"));
    assertEquals("from the node", answer.header("Cache-Control"));
  }

  @ParameterizedTest
  @ValueSource(ints = {503, EchoNode.CLOSE})
  void notFoundMixedWithFailuresIsForACoordinator(int failure) {
    a.say(404);
    b.say(failure);
    assertEquals(200, get("/1:a.jpg").status());
    assertEquals(200, get("/1:a.jpg").status());
    assertEquals(2, coordinator.requests().size());
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 410, 500, 502, 503})
  void itsAnswerIsFinal(int status) {
    a.say(503);
    b.say(503);
    coordinator.say(status);
    RawHttp.Answer answer = get("/1:a.jpg");
    assertEquals(status, answer.status());
    assertEquals(status + " /1:a.jpg", answer.body());
    assertEquals(1, coordinator.requests().size());
    assertEquals(1, a.requests().size() + b.requests().size(), "no node is asked after it");
  }

  @ParameterizedTest
  @ValueSource(ints = {EchoNode.HANG, EchoNode.CLOSE})
  void withoutOneThatAnswersEveryNodeIsAsked(int failure) {
    a.say(503);
    coordinator.say(failure);
    for (int i = 0; i < 4; i++) {
      RawHttp.Answer answer = get("/1:a.jpg");
      assertEquals(200, answer.status());
      assertEquals("/a.jpg", answer.header("X-Path"));
    }
    coordinator.stop();
    for (int i = 0; i < 8; i++) {
      assertEquals(200, get("/1:a.jpg").status());
    }
    b.say(404);
    RawHttp.Answer mixed = get("/1:a.jpg");
    assertEquals(503, mixed.status(), mixed.toString());
    b.say(410);
    assertEquals(410, get("/1:a.jpg").status());
  }

  @Test
  void aNodeThatIsPutAsideIsMissedInNotFound() {
    try (TestNginx strict = start("put-aside", 5)) {
      a.stop();
      for (int i = 0; i < 20; i++) {
        assertEquals(200, RawHttp.send(strict.port(), "GET", "/1:a.jpg").status());
      }
      b.say(404);
      coordinator.say(503);
      for (int i = 0; i < 20; i++) {
        assertEquals(503, RawHttp.send(strict.port(), "GET", "/1:a.jpg").status());
      }
      assertEquals(20, coordinator.requests().size(), "only it can know");
      b.say(200);
      assertEquals(200, RawHttp.send(strict.port(), "GET", "/1:a.jpg").status());
    }
  }
}
