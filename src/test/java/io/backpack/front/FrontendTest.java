package io.backpack.front;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.testing.TestNginx;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
 * {@code conf/nginx/frontend.conf} in a real nginx, before two nodes that tell what they got; with
 * a coordinator behind them see {@link LastResortTest}.
 */
class FrontendTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final EchoNode A = new EchoNode(VERTX);
  private static final EchoNode B = new EchoNode(VERTX);
  @TempDir private static Path directory;
  private static TestNginx nginx;

  private final EchoNode a = A;
  private final EchoNode b = B;

  @BeforeAll
  static void startAll() {
    nginx = start("never-aside", 0);
  }

  private static TestNginx start(String name, int maxFails) {
    return TestNginx.frontend(
        directory.resolve(name),
        FrontShards.of(maxFails, A, B),
        Map.of("proxy_read_timeout 3s", "proxy_read_timeout 1s"));
  }

  @AfterAll
  static void stopAll() {
    nginx.close();
    await(VERTX.close());
  }

  @BeforeEach
  void start() {
    for (EchoNode node : List.of(a, b)) {
      node.start();
      node.say(200);
      node.forget();
    }
  }

  private RawHttp.Answer get(String path, String... headers) {
    return RawHttp.send(nginx.port(), "GET", path, headers);
  }

  private static void assertError(int status, String code, RawHttp.Answer answer) {
    assertEquals(status, answer.status(), answer.toString());
    assertEquals(code, new JsonObject(answer.body()).getString("error"));
    assertEquals("application/json", answer.header("Content-Type"));
    assertEquals("no-store", answer.header("Cache-Control"));
  }

  private int asked() {
    return a.requests().size() + b.requests().size();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a.jpg",
        "a/b/c.jpg",
        "a%20b.jpg",
        "100%25.jpg",
        "100%2525.jpg",
        "a%2Fb%2fc.jpg",
        "a+b%2B.jpg",
        "gr%C3%B6%C3%9Fe.jpg",
        "größe.jpg",
        "a:b:c.jpg",
        "a%3Ab.jpg",
        "%255F/health",
        "a..b/.c/d./...",
        "statsx",
        "stats/x",
        "STATS",
        "_x",
        "__/x",
        "a/_/b",
        "a%3Fb",
        "a%23b",
        "a;b=c&d",
        "~!$'()*,@"
      })
  void aNameReachesTheNodeAsItWasWritten(String name) {
    RawHttp.Answer answer = get("/1:" + name);
    assertEquals(200, answer.status(), answer.toString());
    assertEquals(1, asked());
    List<String> requests = a.requests().isEmpty() ? b.requests() : a.requests();
    // The node's HTTP server shows each byte as a character.
    String bytes = new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    assertEquals("GET /" + bytes, requests.get(0));
    assertEquals("from the node", answer.header("Cache-Control"));
    assertEquals("\"1-2\"", answer.header("ETag"));
    assertEquals("width=640, height=480, orientation=6", answer.header("X-Backpack-Image"));
  }

  @Test
  void theQueryIsNoPartOfTheName() {
    assertEquals("/a.jpg", get("/1:a.jpg?width=5&x=a:b").header("X-Path"));
    assertEquals("/a.jpg", get("/1:a.jpg?").header("X-Path"));
  }

  @Test
  void theShardDecidesWhichNodesAreAsked() {
    for (int i = 0; i < 6; i++) {
      assertEquals(200, get("/two_2:a.jpg").status());
    }
    assertEquals(6, a.requests().size());
    assertEquals(0, b.requests().size());
    for (int i = 0; i < 6; i++) {
      assertEquals(200, get("/1%3Aa.jpg").status());
    }
    assertEquals("GET /a.jpg", b.requests().get(0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/a.jpg",
        "/3:a.jpg",
        "/:a.jpg",
        "/1",
        "/1:",
        "/1:?x",
        "/1%:a",
        "/%31:a.jpg",
        "/1/2:a.jpg",
        "//1:a.jpg",
        "/a%2F1:a.jpg",
        "/aaaaaaaaaabbbbbbbbbbccccccccccddd:a.jpg"
      })
  void whatIsNoAddressIsNotFound(String path) {
    RawHttp.Answer answer = get(path);
    // nginx itself refuses a broken escape.
    if (answer.status() != 400) {
      assertEquals(404, answer.status(), answer.toString());
      assertEquals("no-store", answer.header("Cache-Control"));
    }
    assertEquals(0, asked());
  }

  @Test
  void anUnknownShardIsToldSo() {
    assertError(404, "UNKNOWN_SHARD", get("/3:a.jpg"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/_/health",
        "/stats",
        "/1:_/health",
        "/1:_",
        "/1:_/",
        "/1:%5F/health",
        "/1:%5f/health",
        "/1:_%2Fhealth",
        "/1:%5F%2fhealth",
        "/1%3a_/health",
        "/1:stats",
        "/1:stats?x",
        "/1:%73tats",
        "/1:s%74a%74s",
        "/1:%73%74%61%74%73",
        "/1:/_/health",
        "/1://_/health",
        "/1:./_/health",
        "/1:%2e/_/health",
        "/1:%2E%2F_/health",
        "/1:a/../_/health",
        "/1:a/..%2f_/health",
        "/1:a%2f%2E%2e%2f_/health",
        "/1:a/.%2e/stats",
        "/1:a//../stats",
        "/1:/stats",
        "/1:./stats",
        "/1:stats/",
        "/1:stats/.",
        "/1:%2fstats",
        "/1:..",
        "/1:.",
        "/x/../1:_/health",
        "/./1:stats"
      })
  void thePagesOfANodeAreOutOfReach(String path) {
    assertEquals(404, get(path).status(), path);
    assertEquals(0, asked(), path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "POST", "DELETE", "OPTIONS", "PATCH"})
  void itOnlyReads(String method) {
    RawHttp.Answer answer = RawHttp.send(nginx.port(), method, "/1:a.jpg", "Content-Length: 0");
    assertError(405, "METHOD_NOT_ALLOWED", answer);
    assertEquals("GET, HEAD", answer.header("Allow"));
    assertEquals(0, asked());
  }

  @Test
  void headIsPassedAsHead() {
    RawHttp.Answer answer = RawHttp.send(nginx.port(), "HEAD", "/two_2:a.jpg");
    assertEquals(200, answer.status());
    assertEquals("", answer.body());
    assertEquals(List.of("HEAD /a.jpg"), a.requests());
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 500, 502, 503, 504, EchoNode.HANG, EchoNode.CLOSE})
  void theNextNodeIsAsked(int failure) {
    a.say(failure);
    for (int i = 0; i < 4; i++) {
      assertEquals(200, get("/1:a.jpg").status());
    }
    assertTrue(a.requests().size() >= 1, "the failing node was asked first once");
    assertEquals(4, b.requests().size());
  }

  @Test
  void aNodeThatIsDownIsPassedOver() {
    a.stop();
    for (int i = 0; i < 4; i++) {
      assertEquals(200, get("/1:a.jpg").status());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 206, 304, 400, 410, 416})
  void otherAnswersAreFinal(int status) {
    a.say(status);
    b.say(status);
    RawHttp.Answer answer = get("/1:a.jpg");
    assertEquals(status, answer.status());
    assertEquals(1, asked(), "the other node must not be asked");
    if (status == 410) {
      assertEquals("410 /a.jpg", answer.body());
    }
  }

  @Test
  void notFoundIsSaidOnlyWhenEveryNodeSaysIt() {
    a.say(404);
    b.say(404);
    assertError(404, "NOT_FOUND", get("/1:a.jpg"));
    assertEquals(2, asked());
    b.say(503);
    for (int i = 0; i < 2; i++) {
      assertEquals(503, get("/1:a.jpg").status());
    }
    b.stop();
    for (int i = 0; i < 2; i++) {
      RawHttp.Answer answer = get("/1:a.jpg");
      assertError(503, "UNAVAILABLE", answer);
      assertEquals("1", answer.header("Retry-After"));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 503})
  void whenAllFailTheLastAnswerIsPassedOn(int status) {
    a.say(status);
    b.say(status);
    RawHttp.Answer answer = get("/1:a.jpg");
    assertEquals(status, answer.status());
    assertEquals(status + " /a.jpg", answer.body());
    assertFalse(a.requests().isEmpty() || b.requests().isEmpty());
  }

  @Test
  void damageOnAllNodesStaysDamage() {
    a.say(502);
    b.say(502);
    assertError(502, "DAMAGED", get("/1:a.jpg"));
  }

  @Test
  void whenNoNodeAnswersItIsUnavailable() {
    a.stop();
    b.stop();
    for (int i = 0; i < 3; i++) {
      assertError(503, "UNAVAILABLE", get("/1:a.jpg"));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 500, 502, 503, 504})
  void aNodeThatAnswersIsNeverPutAside(int status) {
    try (TestNginx strict = start("answers-" + status, 5)) {
      a.say(status);
      read(strict, 40);
      a.forget();
      read(strict, 10);
      assertTrue(a.requests().size() >= 3, "still asked in turn: " + a.requests().size());
    }
  }

  @Test
  void aNodeThatFailsIsPutAsideAndThenNotFoundIsNotSaid() {
    try (TestNginx strict = start("put-aside", 5)) {
      a.say(EchoNode.CLOSE);
      read(strict, 40);
      a.forget();
      read(strict, 10);
      assertEquals(0, a.requests().size());
      // The one that is put aside may have it, and is asked before anybody says 404.
      b.say(404);
      assertError(503, "UNAVAILABLE", RawHttp.send(strict.port(), "GET", "/1:a.jpg"));
      assertEquals(1, a.requests().size());
      a.say(200);
      assertEquals(200, RawHttp.send(strict.port(), "GET", "/1:a.jpg").status());
      a.say(404);
      assertError(404, "NOT_FOUND", RawHttp.send(strict.port(), "GET", "/1:a.jpg"));
    }
  }

  /** What a node that returned says to unknown names while its peer is away. */
  @Test
  void namesThatANodeCannotKnowDoNotTakeItOut() {
    try (TestNginx strict = start("doubting", 5)) {
      a.stop();
      b.say(503);
      for (int i = 0; i < 50; i++) {
        assertEquals(503, RawHttp.send(strict.port(), "GET", "/1:unknown").status());
      }
      b.say(200);
      read(strict, 20);
      assertTrue(b.requests().size() >= 70, "asked each time");
    }
  }

  /** One that an earlier release made: only upstreams, and the map to them. */
  @Test
  void anEarlierShardsConfWorksAsBefore() {
    String text = FrontShards.earlier(A, B);
    try (TestNginx earlier = TestNginx.frontend(directory.resolve("earlier"), text, Map.of())) {
      a.say(503);
      read(earlier, 20);
      b.say(404);
      assertEquals(503, RawHttp.send(earlier.port(), "GET", "/1:a.jpg").status());
      a.say(404);
      assertError(404, "NOT_FOUND", RawHttp.send(earlier.port(), "GET", "/1:a.jpg"));
    }
  }

  private static void read(TestNginx from, int times) {
    for (int i = 0; i < times; i++) {
      assertEquals(200, RawHttp.send(from.port(), "GET", "/1:a.jpg").status());
    }
  }

  @Test
  void connectionsToNodesAreKept() {
    int before = a.connections();
    for (int i = 0; i < 20; i++) {
      assertEquals(200, get("/two_2:a.jpg").status());
    }
    int opened = a.connections() - before;
    assertTrue(opened <= 2, opened + " connections for 20 requests");
  }

  @Test
  void headersAreThoseANodeMaySee() {
    RawHttp.Answer answer =
        get("/1:a.jpg", "Authorization: Bearer secret", "Range: bytes=0-9", "X-Request-Id: abc");
    assertEquals("null", answer.header("X-Seen-Authorization"));
    assertEquals("bytes=0-9", answer.header("X-Seen-Range"));
    assertEquals("abc", answer.header("X-Seen-Id"));
    assertEquals("nginx", answer.header("Server"), "without its version");
    assertFalse(get("/1:a.jpg").header("X-Seen-Id").equals("null"), "an id is made");
  }

  @Test
  void itStartsWithoutAWarning() throws IOException {
    assertFalse(nginx.log().contains("[warn]"), nginx.log());
  }
}
