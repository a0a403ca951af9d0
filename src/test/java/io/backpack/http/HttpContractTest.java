package io.backpack.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.testing.InMemoryPhotoStore;
import io.backpack.testing.RawHttp;
import io.backpack.testing.RawHttp.Answer;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every status of the contract of a node, over plain sockets. */
class HttpContractTest {
  private static final String PNG = "\u0089PNG\r\n\u001a\nrest";
  private static final InMemoryPhotoStore STORE = new InMemoryPhotoStore(1, 1 << 20);
  private static HttpTestServer server;

  @BeforeAll
  static void start() {
    HttpSettings base = HttpSettings.DEFAULT;
    server =
        HttpTestServer.node(
            new HttpSettings(
                base.host(),
                0,
                base.adminPort(),
                "",
                "",
                false,
                base.corsOrigins(),
                base.cacheControl(),
                1 << 20,
                base.idleTimeout(),
                base.minUploadRate(),
                base.uploadGrace(),
                false),
            STORE);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @AfterEach
  void heal() {
    STORE.heal();
  }

  private static Answer assertError(int status, ErrorCode code, Answer answer) {
    assertEquals(status, answer.status(), answer::text);
    assertEquals("application/json", answer.header("Content-Type"));
    assertEquals("no-store", answer.header("Cache-Control"));
    assertEquals(code.name(), answer.header("X-Backpack-Error"));
    JsonObject body = new JsonObject(answer.text());
    assertEquals(code.name(), body.getString("error"));
    assertFalse(body.getString("message").isBlank());
    assertNotNull(answer.header("X-Request-Id"));
    return answer;
  }

  @Test
  void putAnswersWhatWasStored() {
    Answer created = server.put("/put/a%20b.jpg", "123456789", "Content-Type: image/jpeg");
    assertEquals(201, created.status());
    JsonObject body = new JsonObject(created.text());
    assertEquals("put/a b.jpg", body.getString("name"));
    assertEquals(9, body.getLong("size"));
    assertEquals("e3069283", body.getString("crc32c"));
    assertTrue(body.getString("version").matches("[0-9a-f]{16}"));
    assertEquals(4, body.size());
    assertEquals("/put/a%20b.jpg", created.header("Location"));

    JsonObject again = new JsonObject(server.put("/put/a%20b.jpg", "123456789").text());
    assertEquals(body.put("unchanged", true), again);
  }

  @Test
  void getAndHeadCarryTheSameHead() {
    JsonObject stored = new JsonObject(server.put("/get.png", PNG).text());
    Answer get = server.get("/get.png");
    assertEquals(200, get.status());
    assertEquals(PNG, get.body().toString("ISO-8859-1"));
    assertEquals("image/png", get.header("Content-Type"));
    assertEquals("12", get.header("Content-Length"));
    String version = stored.getString("version");
    String crc = stored.getString("crc32c");
    assertEquals('"' + version + "-" + crc + '"', get.header("ETag"));
    assertEquals(version, get.header("X-Backpack-Version"));
    assertEquals(crc, get.header("X-Backpack-Crc32c"));
    assertEquals("bytes", get.header("Accept-Ranges"));
    assertEquals("nosniff", get.header("X-Content-Type-Options"));
    assertEquals("public, max-age=31536000, immutable", get.header("Cache-Control"));
    assertTrue(get.header("Last-Modified").endsWith(" GMT"));
    assertNull(get.header("Content-Security-Policy"));
    assertNull(get.header("Content-Encoding"));

    Answer head = server.request("HEAD /get.png", "");
    assertEquals(200, head.status());
    get.headers().remove("x-request-id");
    head.headers().remove("x-request-id");
    assertEquals(get.headers(), head.headers());
  }

  @Test
  void whatIsNoRasterImageIsSandboxed() {
    server.put("/evil.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>");
    Answer svg = server.get("/evil.svg");
    assertEquals("image/svg+xml", svg.header("Content-Type"));
    assertEquals("sandbox", svg.header("Content-Security-Policy"));
    server.put("/page.png", "<html>", "Content-Type: text/html");
    assertEquals("sandbox", server.get("/page.png").header("Content-Security-Policy"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Type: application/octet-stream",
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Type: image",
        "Content-Type: image/png; broken",
        "X-None: x"
      })
  void aTypeThatSaysNothingIsDecidedFromTheBytes(String header) {
    String path = "/type/" + Integer.toHexString(header.hashCode()) + ".gif";
    server.put(path, PNG, header);
    assertEquals("image/png", server.get(path).header("Content-Type"));
  }

  @Test
  void conditionsOfReads() {
    Answer stored = server.put("/cond.jpg", "0123456789");
    String etag = stored.header("ETag");
    Answer photo = server.get("/cond.jpg");
    String date = photo.header("Last-Modified");

    for (String method : new String[] {"GET ", "HEAD "}) {
      String line = method + "/cond.jpg";
      Answer unmodified = server.request(line, "", "If-None-Match: \"x\", W/" + etag);
      assertEquals(304, unmodified.status());
      assertEquals(etag, unmodified.header("ETag"));
      assertNotNull(unmodified.header("Cache-Control"));
      assertNull(unmodified.header("Content-Type"));
      assertEquals(304, server.request(line, "", "If-Modified-Since: " + date).status());
      assertEquals(200, server.request(line, "", "If-None-Match: \"x\"").status());
      assertEquals(
          200,
          server.request(line, "", "If-None-Match: \"x\"", "If-Modified-Since: " + date).status());
      assertEquals(200, server.request(line, "", "If-Modified-Since: yesterday").status());
      assertEquals(
          200,
          server.request(line, "", "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT").status());
      assertEquals(200, server.request(line, "", "If-Match: " + etag).status());
      assertEquals(412, server.request(line, "", "If-Match: \"x\"").status());
      assertEquals(
          412,
          server.request(line, "", "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT").status());
    }
    assertError(412, ErrorCode.PRECONDITION_FAILED, server.get("/cond.jpg", "If-Match: W/" + etag));
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-0, 206, 0, bytes 0-0/10",
    "bytes=2-4, 206, 234, bytes 2-4/10",
    "bytes=7-, 206, 789, bytes 7-9/10",
    "bytes=-2, 206, 89, bytes 8-9/10",
    "bytes=-99, 206, 0123456789, bytes 0-9/10",
    "bytes=8-99999999999999999999, 206, 89, bytes 8-9/10",
    "'bytes=0-1,3-4', 200, 0123456789, ",
    "lines=0-1, 200, 0123456789, ",
    "bytes=4-2, 200, 0123456789, ",
    "bytes=-, 200, 0123456789, "
  })
  void ranges(String range, int status, String body, String contentRange) {
    server.put("/range.jpg", "0123456789");
    Answer answer = server.get("/range.jpg", "Range: " + range);
    assertEquals(status, answer.status());
    assertEquals(body, answer.text());
    assertEquals(contentRange, answer.header("Content-Range"));
  }

  @Test
  void rangesThatNoByteLiesInAre416() {
    server.put("/range.jpg", "0123456789");
    for (String range : new String[] {"bytes=10-", "bytes=-0", "bytes=99999999999999999999-"}) {
      Answer answer = server.get("/range.jpg", "Range: " + range);
      assertError(416, ErrorCode.RANGE_NOT_SATISFIABLE, answer);
      assertEquals("bytes */10", answer.header("Content-Range"));
    }
  }

  @Test
  void ifRangeAnswersAllOfAnotherPhoto() {
    String etag = server.put("/range.jpg", "0123456789").header("ETag");
    String date = server.get("/range.jpg").header("Last-Modified");
    String range = "Range: bytes=0-1";
    assertEquals(206, server.get("/range.jpg", range, "If-Range: " + etag).status());
    assertEquals(206, server.get("/range.jpg", range, "If-Range: " + date).status());
    assertEquals(200, server.get("/range.jpg", range, "If-Range: \"other\"").status());
    assertEquals(200, server.get("/range.jpg", range, "If-Range: W/" + etag).status());
  }

  @Test
  void deleteIs204ThenGone() {
    server.put("/delete.jpg", "x");
    Answer deleted = server.request("DELETE /delete.jpg", "");
    assertEquals(204, deleted.status());
    String version = deleted.header("X-Backpack-Version");
    for (String method : new String[] {"GET", "DELETE"}) {
      Answer gone = server.request(method + " /delete.jpg", "");
      assertError(410, ErrorCode.DELETED, gone);
      assertEquals(version, gone.header("X-Backpack-Version"));
      assertEquals(version, new JsonObject(gone.text()).getString("version"));
    }
    assertEquals(410, server.request("HEAD /delete.jpg", "").status());
    assertError(404, ErrorCode.NOT_FOUND, server.request("DELETE /never.jpg", ""));
    String stamp = "X-Backpack-Version: ";
    assertEquals(
        204, server.request("DELETE /delete.jpg", "", stamp + "ffff000000000000").status());
    assertEquals(204, server.request("DELETE /unheard.jpg", "", stamp + version).status());
    assertError(
        409,
        ErrorCode.OLDER_VERSION,
        server.request("DELETE /delete.jpg", "", stamp + "0000000000000001"));
  }

  @Test
  void anUploadOverATombstoneSaysWhichBesideTheAnswer() {
    assertNull(server.put("/replaced.jpg", "x").header("X-Backpack-Replaced"));
    String version = server.request("DELETE /replaced.jpg", "").header("X-Backpack-Version");
    Answer again = server.put("/replaced.jpg", "y");
    assertEquals(version, again.header("X-Backpack-Replaced"));
    assertEquals(
        Set.of("name", "size", "crc32c", "version"), new JsonObject(again.text()).fieldNames());
  }

  @Test
  void otherBytesAreAConflict() {
    String version = server.put("/exists.jpg", "x").header("X-Backpack-Version");
    Answer conflict = server.put("/exists.jpg", "y");
    assertError(409, ErrorCode.EXISTS, conflict);
    assertEquals(version, conflict.header("X-Backpack-Version"));
    assertError(
        412, ErrorCode.PRECONDITION_FAILED, server.put("/exists.jpg", "x", "If-None-Match: *"));
    assertError(
        409,
        ErrorCode.OLDER_VERSION,
        server.put(
            "/exists.jpg",
            "y",
            "X-Backpack-Version: 0000000000000001",
            "X-Backpack-Replica: true"));
    assertError(
        400, ErrorCode.BAD_REQUEST, server.put("/exists.jpg", "y", "X-Backpack-Replica: true"));
    assertError(
        400, ErrorCode.BAD_REQUEST, server.put("/exists.jpg", "y", "X-Backpack-Version: 1"));
    assertError(400, ErrorCode.BAD_REQUEST, server.put("/exists.jpg", "y", "If-Match: *"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Backpack-Crc32c: e3069283",
        "X-Backpack-Crc32c: E3069283",
        "Content-MD5: JfnnlDI7RTiF9RgfG2JNCw==",
        "x-amz-checksum-crc32c: 4waSgw==",
        "Content-Digest: sha-256=:FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=:",
        "Content-Digest: md5=:x:, sha-256=:FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=:"
      })
  void checksumsAreChecked(String header) {
    String path = "/sum/" + Integer.toHexString(header.hashCode());
    assertError(400, ErrorCode.CHECKSUM_MISMATCH, server.put(path, "other", header));
    assertEquals(404, server.get(path).status());
    assertEquals(201, server.put(path, "123456789", header).status());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Backpack-Crc32c: e306928",
        "X-Backpack-Crc32c: e306928z",
        "Content-MD5: !",
        "Content-MD5: 4waSgw==",
        "x-amz-checksum-crc32c: e3069283",
        "Content-Digest: sha-256",
        "Content-Digest: sha-256=abc",
        "Content-Digest: sha-256=:abc=:"
      })
  void malformedChecksumsAreRefused(String header) {
    assertError(400, ErrorCode.BAD_REQUEST, server.put("/sum", "123456789", header));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "//",
        "/a//b",
        "/a/",
        "/.",
        "/..",
        "/a/../b",
        "/a/./b",
        "/%2e%2e/b",
        "/a%00b",
        "/a%0ab",
        "/%zz",
        "/%",
        "/a%f",
        "/%ff%fe",
        "/\u00ff",
        "/a%7fb",
        "/a/%2e"
      })
  void badNamesAre400(String path) {
    assertError(400, ErrorCode.BAD_NAME, server.get(path));
    assertError(400, ErrorCode.BAD_NAME, server.put(path, "x"));
    assertError(400, ErrorCode.BAD_NAME, server.request("DELETE " + path, ""));
  }

  @Test
  void namesHaveAtMost1024Bytes() {
    String longest = "%C3%A9".repeat(512);
    assertEquals(201, server.put("/" + longest, "x").status());
    assertEquals(200, server.get("/" + longest).status());
    assertError(400, ErrorCode.BAD_NAME, server.put("/" + longest + "x", "x"));
  }

  @Test
  void namesArriveAsTheyWereSent() {
    server.put("/raw/a+b", "plus");
    assertEquals("plus", server.get("/raw/a%2Bb").text());
    assertEquals(404, server.get("/raw/a%20b").status());
    server.put("/raw%2Fc", "slash");
    assertEquals("slash", server.get("/raw/c?some=query").text());
    // Plain UTF-8 in the path, as a careless client sends it, is the same name.
    server.put("/raw/\u00c3\u00a9", "plain");
    assertEquals("plain", server.get("/raw/%C3%A9").text());
    assertEquals("plain", server.get("http://some.host:80/raw/%c3%a9").text());
    server.put("/raw/%2525", "percent");
    assertEquals("percent", server.get("/raw/%2525").text());
    assertEquals(404, server.get("/raw/%25").status());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/stats", "/%73tats", "/_", "/_/", "/_/x", "/%5F/x", "/%5f%2Fx", "/_%2fstats"})
  void reservedNamesCannotBeStored(String path) {
    assertError(400, ErrorCode.BAD_NAME, server.put(path, "x"));
  }

  @Test
  void whatOnlyLooksReservedIsAName() {
    for (String path : new String[] {"/stats2", "/stats/x", "/_x", "/__/x", "/x/_/stats"}) {
      assertEquals(201, server.put(path, "x").status(), path);
      assertEquals("x", server.get(path).text());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PATCH", "OPTIONS", "TRACE", "PURGE", "get", "PROPFIND", "BREW"})
  void otherMethodsAre405(String method) {
    Answer answer = server.request(method + " /x.jpg", "");
    assertError(405, ErrorCode.METHOD_NOT_ALLOWED, answer);
    assertEquals("GET, HEAD, PUT, DELETE", answer.header("Allow"));
  }

  @Test
  void otherTargetsThanPathsAreAnswered() {
    assertError(405, ErrorCode.METHOD_NOT_ALLOWED, server.request("OPTIONS *", ""));
    assertError(405, ErrorCode.METHOD_NOT_ALLOWED, server.request("CONNECT host:443", ""));
    assertError(400, ErrorCode.BAD_REQUEST, server.request("GET x", ""));
  }

  @Test
  void bodiesThatAreNoPhotosAreRefused() {
    assertError(411, ErrorCode.LENGTH_REQUIRED, server.request("PUT /b", ""));
    assertError(400, ErrorCode.EMPTY_BODY, server.put("/b", ""));
    assertError(
        400,
        ErrorCode.EMPTY_BODY,
        server.request("PUT /b", "0\r\n\r\n", "Transfer-Encoding: chunked"));
    assertError(
        415,
        ErrorCode.UNSUPPORTED_BODY,
        server.put("/b", "x", "Content-Type: multipart/form-data; boundary=x"));
    assertError(415, ErrorCode.UNSUPPORTED_BODY, server.put("/b", "x", "Content-Encoding: gzip"));
    assertError(400, ErrorCode.BAD_REQUEST, server.put("/b", "x", "Content-Range: bytes 0-0/2"));
    assertError(417, ErrorCode.EXPECTATION_FAILED, server.put("/b", "x", "Expect: 200-ok"));
    assertEquals(404, server.get("/b").status());
    assertEquals(201, server.put("/b", "x", "Content-Encoding: identity").status());
  }

  @Test
  void chunksAreTaken() {
    Answer answer =
        server.request(
            "PUT /chunks",
            "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: x\r\n\r\n",
            "Transfer-Encoding: chunked");
    assertEquals(201, answer.status());
    assertEquals("hello world", server.get("/chunks").text());
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {
        "NOT_FOUND",
        "DELETED",
        "DAMAGED",
        "MISSING",
        "INDEX_UNAVAILABLE",
        "OVERLOADED",
        "UNAVAILABLE",
        "NOT_READY",
        "NO_SPACE",
        "VERSION_AHEAD"
      })
  void failuresOfTheStoreAreAnswered(ErrorCode code) {
    STORE.fail(new BackpackException(code, "as told"));
    for (Answer answer :
        new Answer[] {server.get("/f"), server.put("/f", "x"), server.request("DELETE /f", "")}) {
      assertError(code.status(), code, answer);
      assertEquals(code.status() == 503 ? "1" : null, answer.header("Retry-After"));
      assertEquals("as told", new JsonObject(answer.text()).getString("message"));
    }
    Answer head = server.request("HEAD /f", "");
    assertEquals(code.status(), head.status());
    assertEquals(code.name(), head.header("X-Backpack-Error"));
  }

  @Test
  void aHeadThatIsTooLargeIs431() {
    assertError(
        431, ErrorCode.HEADERS_TOO_LARGE, server.get("/x", "X-Long: " + "x".repeat(20_000)));
    assertError(431, ErrorCode.HEADERS_TOO_LARGE, server.get("/" + "x".repeat(10_000)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "garbage\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/9.9.9\r\n\r\n",
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n",
        "GET /x HTTP/1.1\r\nBad Header: x\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
        "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
        "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "PUT /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"
      })
  void whatIsNoRequestIsAnswered(String bytes) {
    try (RawHttp connection = RawHttp.connect(server.port)) {
      Answer answer = connection.send(bytes).receive();
      assertTrue(answer.status() == 400 || answer.status() == 405, "" + answer.status());
      assertNotNull(new JsonObject(answer.text()).getString("error"));
    }
  }
}
