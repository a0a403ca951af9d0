package io.backpack.http;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ByteRange;
import io.backpack.api.Checksum;
import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.RangeRequest;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.testing.InMemoryPhotoStore;
import io.backpack.testing.TestRedis;
import io.backpack.testing.TestStream;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the client makes of servers that are not there, not well, or not ours. */
class HttpPhotoStoreTest {
  private static final PhotoAddress X = PhotoAddress.of(PhotoName.of("x.png"));
  private static final HttpStoreSettings QUICK =
      new HttpStoreSettings(Duration.ofSeconds(2), Duration.ofMillis(500), 2, 2, "");
  private static final HttpStoreSettings ORIGINALS = QUICK.withOriginals();
  private static Vertx vertx;

  @BeforeAll
  static void start() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void stop() {
    await(vertx.close());
  }

  /** A client of a server that answers so. */
  private static HttpPhotoStore server(Handler<HttpServerRequest> handler) {
    return server(handler, QUICK);
  }

  private static HttpPhotoStore server(
      Handler<HttpServerRequest> handler, HttpStoreSettings settings) {
    int port =
        await(vertx.createHttpServer().requestHandler(handler).listen(0, "127.0.0.1")).actualPort();
    return HttpPhotoStore.create(vertx, "http://127.0.0.1:" + port, settings);
  }

  private static Upload large(int size) {
    return Upload.of(Buffer.buffer(new byte[size]));
  }

  @Test
  void aServerThatIsNotThereIsUnavailable() {
    HttpPhotoStore store =
        HttpPhotoStore.create(vertx, "http://127.0.0.1:" + TestRedis.freePort(), QUICK);
    BackpackException failure =
        awaitFailure(ErrorCode.UNAVAILABLE, store.get(X, GetOptions.DEFAULT));
    assertTrue(failure.getMessage().contains("http://127.0.0.1"), failure.getMessage());
    awaitFailure(ErrorCode.UNAVAILABLE, store.put(X, PutOptions.DEFAULT, large(10)));
    awaitFailure(ErrorCode.UNAVAILABLE, store.stat(X, Trace.NONE));
    awaitFailure(ErrorCode.UNAVAILABLE, store.delete(X, DeleteOptions.DEFAULT));
  }

  @Test
  void aServerThatDoesNotAnswerIsUnavailable() {
    HttpPhotoStore store = server(HttpServerRequest::pause);
    awaitFailure(ErrorCode.UNAVAILABLE, store.get(X, GetOptions.DEFAULT));
    awaitFailure(ErrorCode.UNAVAILABLE, store.stat(X, Trace.NONE));
    awaitFailure(ErrorCode.UNAVAILABLE, store.put(X, PutOptions.DEFAULT, large(10)));
    awaitFailure(ErrorCode.UNAVAILABLE, store.put(X, PutOptions.DEFAULT, large(2 << 20)));
    awaitFailure(ErrorCode.UNAVAILABLE, store.delete(X, DeleteOptions.DEFAULT));
  }

  @Test
  void aServerThatClosesIsUnavailable() {
    HttpPhotoStore store = server(request -> request.connection().close());
    awaitFailure(ErrorCode.UNAVAILABLE, store.get(X, GetOptions.DEFAULT));
    awaitFailure(ErrorCode.UNAVAILABLE, store.put(X, PutOptions.DEFAULT, large(10)));
    awaitFailure(ErrorCode.UNAVAILABLE, store.put(X, PutOptions.DEFAULT, large(2 << 20)));
  }

  @Test
  void theLineForConnectionsIsBounded() {
    // So patient that none of them gives its place up before the last one has come.
    HttpStoreSettings patient =
        new HttpStoreSettings(Duration.ofSeconds(2), Duration.ofSeconds(5), 2, 2, "");
    AtomicInteger arrived = new AtomicInteger();
    HttpPhotoStore store =
        server(
            request -> {
              request.pause();
              arrived.incrementAndGet();
            },
            patient);
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      all.add(store.delete(X, DeleteOptions.DEFAULT));
    }
    // Both connections are taken; those that are still being made would have their place in line.
    Awaitility.await().until(() -> arrived.get() == 2);
    for (int i = 0; i < 8; i++) {
      all.add(store.delete(X, DeleteOptions.DEFAULT));
    }
    List<String> failures = new ArrayList<>();
    for (Future<?> one : all) {
      BackpackException failure = assertThrows(BackpackException.class, () -> await(one));
      failures.add(failure.code() + " " + failure.getMessage());
    }
    assertEquals(2, failures.stream().filter(text -> text.startsWith("UNAVAILABLE")).count());
    assertEquals(4, failures.stream().filter(text -> text.contains("became free")).count());
    assertEquals(4, failures.stream().filter(text -> text.contains("too many")).count());
    assertEquals(2, arrived.get());
  }

  @Test
  void anAnswerBeforeTheEndOfTheBodyIsTheAnswer() {
    for (int size : new int[] {300_000, 3 << 20}) {
      for (ErrorCode code : new ErrorCode[] {ErrorCode.NO_SPACE, ErrorCode.TOO_LARGE}) {
        HttpPhotoStore store =
            server(
                request ->
                    request
                        .response()
                        .setStatusCode(code.status())
                        .end("{\"error\":\"" + code + "\",\"message\":\"full\"}"));
        BackpackException failure =
            awaitFailure(code, store.put(X, PutOptions.DEFAULT, large(size)));
        assertEquals("full", failure.getMessage());
        awaitFailure(code, store.put(X, PutOptions.DEFAULT, new Upload(-1, large(size).stream())));
      }
    }
  }

  @Test
  void refusalsOfOurServersComeThroughWhileSending() {
    InMemoryPhotoStore memory = new InMemoryPhotoStore(1, 1 << 20);
    HttpSettings base = HttpSettings.DEFAULT;
    HttpSettings small =
        new HttpSettings(
            base.host(),
            0,
            base.adminPort(),
            "secret",
            "",
            false,
            base.corsOrigins(),
            base.cacheControl(),
            100_000,
            base.idleTimeout(),
            base.minUploadRate(),
            base.uploadGrace(),
            false);
    try (HttpTestServer server = HttpTestServer.node(small, memory)) {
      String url = "http://127.0.0.1:" + server.port;
      HttpPhotoStore stranger = HttpPhotoStore.create(vertx, url, QUICK);
      HttpPhotoStore store = HttpPhotoStore.create(vertx, url, QUICK.withWriteToken("secret"));
      for (int size : new int[] {100_001, 900_000, 5 << 20}) {
        awaitFailure(ErrorCode.UNAUTHORIZED, stranger.put(X, PutOptions.DEFAULT, large(size)));
        awaitFailure(ErrorCode.TOO_LARGE, store.put(X, PutOptions.DEFAULT, large(size)));
        awaitFailure(
            ErrorCode.TOO_LARGE,
            store.put(X, PutOptions.DEFAULT, new Upload(-1, large(size).stream())));
      }
      await(store.put(X, PutOptions.DEFAULT, large(100_000)));
    }
  }

  @Test
  void aBodyThatIsShorterThanAnnouncedFails() {
    Upload shorter = new Upload(11, Upload.of(Buffer.buffer("ten bytes.")).stream());
    HttpPhotoStore store = server(request -> request.response().setStatusCode(201).end());
    awaitFailure(ErrorCode.INCOMPLETE_BODY, store.put(X, PutOptions.DEFAULT, shorter));
    Upload longer = new Upload(9, Upload.of(Buffer.buffer("ten bytes.")).stream());
    awaitFailure(ErrorCode.BAD_REQUEST, store.put(X, PutOptions.DEFAULT, longer));
  }

  @Test
  void aSourceThatFailsFailsThePut() {
    TestStream source = new TestStream();
    HttpPhotoStore store = server(request -> request.response().setStatusCode(201).end());
    Future<StoredPhoto> put = store.put(X, PutOptions.DEFAULT, new Upload(100, source));
    org.awaitility.Awaitility.await().until(source::started);
    vertx.runOnContext(
        go -> {
          source.emit(Buffer.buffer("part"));
          source.fail(new BackpackException(ErrorCode.TOO_SLOW, "told to"));
        });
    awaitFailure(ErrorCode.TOO_SLOW, put);
  }

  @Test
  void aSlowSourceIsNotTheFaultOfTheServer() {
    TestStream source = new TestStream();
    InMemoryPhotoStore memory = new InMemoryPhotoStore(1, 1 << 20);
    try (HttpTestServer server = HttpTestServer.node(HttpSettings.DEFAULT, memory)) {
      HttpPhotoStore store = HttpPhotoStore.create(vertx, "http://127.0.0.1:" + server.port, QUICK);
      Future<StoredPhoto> put = store.put(X, PutOptions.DEFAULT, new Upload(8, source));
      org.awaitility.Awaitility.await().until(source::started);
      vertx.runOnContext(go -> source.emit(Buffer.buffer("slow")));
      vertx.setTimer(
          1500,
          id -> {
            source.emit(Buffer.buffer("ness"));
            source.end();
          });
      assertEquals(8, await(put).info().size());
    }
  }

  @Test
  void aWrongBodyNeverEnds() {
    for (int size : new int[] {1000, 1_000_000}) {
      HttpPhotoStore store =
          server(
              request ->
                  request
                      .response()
                      .putHeader("X-Backpack-Crc32c", "00000001")
                      .putHeader("X-Backpack-Version", "0000000000000001")
                      .end(Buffer.buffer(new byte[size])));
      Buffer passedOn = Buffer.buffer();
      Future<Void> read =
          store
              .get(X, GetOptions.DEFAULT)
              .compose(
                  photo ->
                      Future.future(
                          promise -> {
                            photo.body().exceptionHandler(promise::tryFail);
                            photo.body().endHandler(promise::tryComplete);
                            photo.body().handler(passedOn::appendBuffer);
                            photo.body().resume();
                          }));
      awaitFailure(ErrorCode.UNAVAILABLE, read);
      assertTrue(passedOn.length() < size, "all of a wrong body was passed on");
    }
  }

  @Test
  void aBodyThatBreaksOffOrStallsFails() {
    for (boolean closes : new boolean[] {true, false}) {
      HttpPhotoStore store =
          server(
              request -> {
                request.response().putHeader("Content-Length", "1000000");
                request.response().write(Buffer.buffer(new byte[500_000]));
                if (closes) {
                  vertx.setTimer(50, id -> request.connection().close());
                }
              },
              ORIGINALS);
      awaitFailure(ErrorCode.UNAVAILABLE, store.get(X, GetOptions.DEFAULT).compose(Photo::bytes));
    }
  }

  @Test
  void serversOfTheOriginalAreUnderstood() {
    Buffer stored = Buffer.buffer("123456789");
    HttpPhotoStore store =
        server(
            request -> {
              if (request.method().equals(HttpMethod.GET)) {
                if (request.path().equals("/x.png")) {
                  request.response().end(stored);
                } else {
                  request.response().setStatusCode(404).end();
                }
              } else if (request.method().equals(HttpMethod.PUT)) {
                request.body().onSuccess(body -> request.response().setStatusCode(201).end());
              } else {
                request.response().setStatusCode(418).end("I am a teapot");
              }
            },
            ORIGINALS);
    PhotoInfo info = new PhotoInfo(X.name(), 9, (int) 0xe3069283L, Version.NONE, "image/png");
    assertEquals(
        new StoredPhoto("", info, false),
        await(store.put(X, PutOptions.DEFAULT, Upload.of(stored))));
    Photo photo = await(store.get(X, GetOptions.DEFAULT));
    assertEquals(info, photo.info());
    assertEquals(stored, await(photo.bytes()));
    assertEquals(info, await(store.stat(X, Trace.NONE)));
    Photo part =
        await(store.get(X, new GetOptions(Optional.of(new RangeRequest(2, 4)), Trace.NONE)));
    assertEquals(new ByteRange(2, 3), part.range());
    assertEquals("345", await(part.bytes()).toString());
    awaitFailure(ErrorCode.METHOD_NOT_ALLOWED, store.delete(X, DeleteOptions.DEFAULT));
    PhotoAddress other = PhotoAddress.of(PhotoName.of("other"));
    awaitFailure(ErrorCode.NOT_FOUND, store.get(other, GetOptions.DEFAULT));
    awaitFailure(ErrorCode.NOT_FOUND, store.stat(other, Trace.NONE));
  }

  @Test
  void whatAProxySaysIsMappedByItsStatus() {
    for (int status : new int[] {500, 502, 503, 504, 301}) {
      HttpPhotoStore store =
          server(request -> request.response().setStatusCode(status).end("<html>oops</html>"));
      awaitFailure(ErrorCode.ofStatus(status), store.get(X, GetOptions.DEFAULT));
    }
  }

  @Test
  void codesSurviveHead() {
    InMemoryPhotoStore memory = new InMemoryPhotoStore(1, 1 << 20);
    try (HttpTestServer server = HttpTestServer.node(HttpSettings.DEFAULT, memory)) {
      HttpPhotoStore store = HttpPhotoStore.create(vertx, "http://127.0.0.1:" + server.port, QUICK);
      memory.fail(new BackpackException(ErrorCode.MISSING, "lost"));
      awaitFailure(ErrorCode.MISSING, store.stat(X, Trace.NONE));
    }
  }

  @Test
  void headersOfAnUploadTravel() {
    Checksum sum = new Checksum(Checksum.Algorithm.SHA256, "ab".repeat(32));
    Checksum md5 = new Checksum(Checksum.Algorithm.MD5, "cd".repeat(16));
    Version version = new Version(1L << 40);
    PutOptions options =
        new PutOptions(
            "image/webp",
            Optional.of(version),
            true,
            false,
            List.of(sum, md5),
            new Trace("id-1", "00-11-22-33"));
    List<PutOptions> seen = new ArrayList<>();
    HttpPhotoStore store =
        server(
            request -> {
              seen.add(
                  new PutOptions(
                      request.getHeader("Content-Type"),
                      Optional.of(Version.parse(request.getHeader("X-Backpack-Version"))),
                      request.getHeader("X-Backpack-Replica").equals("true"),
                      request.headers().contains("If-None-Match"),
                      List.copyOf(ChecksumHeaders.parse(request.headers())),
                      new Trace(
                          request.getHeader("X-Request-Id"), request.getHeader("traceparent"))));
              request.body().onSuccess(body -> request.response().setStatusCode(201).end());
            },
            ORIGINALS);
    StoredPhoto stored = await(store.put(new PhotoAddress("7", X.name()), options, large(5)));
    assertEquals("7", stored.shard());
    assertEquals(version, stored.info().version());
    assertEquals(options.withChecksums(List.of(md5, sum)), seen.get(0));
  }

  @Test
  void aBodyOfOtherBytesThanWereSentIsNotStored() {
    HttpPhotoStore store =
        server(
            request ->
                request
                    .body()
                    .onSuccess(
                        body ->
                            request
                                .response()
                                .setStatusCode(201)
                                .end(
                                    "{\"crc32c\":\"00000000\",\"version\":\"0000000000000001\"}")));
    awaitFailure(ErrorCode.CHECKSUM_MISMATCH, store.put(X, PutOptions.DEFAULT, large(5)));
  }

  @Test
  void malformedAnswersAreFailures() {
    HttpPhotoStore store =
        server(
            request -> request.response().putHeader("X-Backpack-Crc32c", "no hex").end("bytes"),
            ORIGINALS);
    awaitFailure(ErrorCode.UNAVAILABLE, store.get(X, GetOptions.DEFAULT));
    HttpPhotoStore versions =
        server(request -> request.response().putHeader("X-Backpack-Version", "1").end("bytes"));
    awaitFailure(ErrorCode.UNAVAILABLE, versions.get(X, GetOptions.DEFAULT));
    awaitFailure(ErrorCode.UNAVAILABLE, versions.stat(X, Trace.NONE));
    awaitFailure(ErrorCode.UNAVAILABLE, versions.delete(X, DeleteOptions.DEFAULT));
    HttpPhotoStore ranges =
        server(
            request ->
                request
                    .response()
                    .setStatusCode(206)
                    .putHeader("Content-Range", "bytes 5-1/3")
                    .end("bytes"),
            ORIGINALS);
    awaitFailure(ErrorCode.UNAVAILABLE, ranges.get(X, GetOptions.DEFAULT));
    assertThrows(
        IllegalArgumentException.class, () -> HttpPhotoStore.create(vertx, "ftp://x", QUICK));
  }

  @Test
  void manyPhotosAtATimeOverFewConnections() {
    InMemoryPhotoStore memory = new InMemoryPhotoStore(1, 8 << 20);
    HttpStoreSettings patient =
        new HttpStoreSettings(Duration.ofSeconds(2), Duration.ofSeconds(20), 4, 1000, "");
    HttpStoreFactory factory = HttpStoreFactory.of(vertx, patient);
    try (HttpTestServer server = HttpTestServer.node(HttpSettings.DEFAULT, memory)) {
      String url = "http://127.0.0.1:" + server.port;
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        Buffer bytes = Buffer.buffer(new byte[i % 10 == 0 ? 3 << 20 : 20_000]).setInt(0, i);
        PhotoAddress address = PhotoAddress.of(PhotoName.of("many/" + i));
        all.add(
            factory
                .store(url)
                .put(address, PutOptions.DEFAULT, Upload.of(bytes))
                .compose(stored -> factory.store(url).get(address, GetOptions.DEFAULT))
                .compose(Photo::bytes)
                .onSuccess(read -> assertEquals(bytes, read)));
      }
      await(Future.all(List.copyOf(all)));
    }
    await(factory.close());
  }

  @Test
  void serversMaySendInChunks() {
    HttpPhotoStore store =
        server(
            request -> {
              request.response().setChunked(true);
              request.response().write("in ");
              request.response().end("chunks");
            },
            ORIGINALS);
    assertEquals(
        "in chunks", await(store.get(X, GetOptions.DEFAULT).compose(Photo::bytes)).toString());
  }
}
