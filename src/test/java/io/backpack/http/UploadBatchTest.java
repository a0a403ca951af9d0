package io.backpack.http;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
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
import io.backpack.testing.InMemoryPhotoStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Uploads that share requests, and what becomes of them where a server does not play along. */
class UploadBatchTest {
  private static final HttpStoreSettings SETTINGS =
      new HttpStoreSettings(Duration.ofSeconds(2), Duration.ofSeconds(20), 4, 1000, "")
          .withBatches();
  private static final int MANY = 300;

  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();
  private final InMemoryPhotoStore disk = new InMemoryPhotoStore(1, 32 << 20);

  @AfterEach
  void stop() {
    await(vertx.close());
  }

  /** A store in which some uploads wait until they are let go. */
  private static final class Waiting implements PhotoStore {
    private final PhotoStore store;
    final Promise<Void> gate = Promise.promise();
    final AtomicInteger puts = new AtomicInteger();

    Waiting(PhotoStore store) {
      this.store = store;
    }

    @Override
    public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
      puts.incrementAndGet();
      boolean waits = address.name().value().startsWith("wait");
      return (waits ? gate.future() : Future.<Void>succeededFuture())
          .compose(open -> store.put(address, options, upload));
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

  private HttpPhotoStore client(int port, HttpStoreSettings settings) {
    return HttpPhotoStore.create(vertx, "http://127.0.0.1:" + port, settings);
  }

  private static PhotoAddress at(String name) {
    return PhotoAddress.of(PhotoName.of(name));
  }

  private static Upload text(String text) {
    return Upload.of(Buffer.buffer(text));
  }

  /** All in one turn of the event loop. */
  private List<Future<StoredPhoto>> putAll(PhotoStore store, List<String> names) {
    Promise<List<Future<StoredPhoto>>> begun = Promise.promise();
    loop.runOnContext(
        go ->
            begun.complete(
                names.stream()
                    .map(name -> store.put(at(name), PutOptions.DEFAULT, text("bytes of " + name)))
                    .toList()));
    return await(begun.future());
  }

  private static List<String> names(String prefix, int count) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add(prefix + i);
    }
    return names;
  }

  private void assertStored(List<String> names, List<Future<StoredPhoto>> puts) {
    for (int i = 0; i < names.size(); i++) {
      StoredPhoto stored = await(puts.get(i));
      assertEquals(names.get(i), stored.info().name().value());
      Photo photo = await(disk.get(at(names.get(i)), GetOptions.DEFAULT));
      assertEquals("bytes of " + names.get(i), await(photo.bytes()).toString());
      assertEquals(photo.info(), stored.info());
    }
  }

  private static long requests(HttpTestServer server) {
    return server
        .metrics
        .scrape()
        .lines()
        .filter(line -> line.startsWith("backpack_http_requests_total"))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Test
  void manyUploadsShareFewRequests() {
    try (HttpTestServer server = HttpTestServer.node(HttpSettings.DEFAULT, disk)) {
      List<String> names = names("photo", MANY);
      assertStored(names, putAll(client(server.port, SETTINGS), names));
      Awaitility.await().until(() -> requests(server) > 0);
      assertTrue(requests(server) < MANY / 10, requests(server) + " requests");
      assertEquals(MANY, server.metrics.puts().count());
    }
  }

  @Test
  void anUploadThatWaitsKeepsNoOtherWaiting() {
    Waiting waiting = new Waiting(disk);
    try (HttpTestServer server = HttpTestServer.node(HttpSettings.DEFAULT, waiting)) {
      HttpPhotoStore store = client(server.port, SETTINGS);
      List<String> names = names("photo", 20);
      List<String> mixed = new ArrayList<>(names);
      mixed.add(5, "wait");
      List<Future<StoredPhoto>> puts = new ArrayList<>(putAll(store, mixed));
      Future<StoredPhoto> waits = puts.remove(5);
      assertStored(names, puts);
      assertFalse(waits.isComplete());

      List<String> later = names("later", 20);
      assertStored(later, putAll(store, later));
      assertFalse(waits.isComplete());
      waiting.gate.complete();
      assertStored(List.of("wait"), List.of(waits));
    }
  }

  @Test
  void eachIsRefusedByItself() {
    try (HttpTestServer server = HttpTestServer.node(HttpSettings.DEFAULT, disk)) {
      StoredPhoto there = await(disk.put(at("photo3"), PutOptions.DEFAULT, text("other bytes")));
      List<String> names = new ArrayList<>(names("photo", 6));
      List<Future<StoredPhoto>> puts =
          new ArrayList<>(putAll(client(server.port, SETTINGS), names));
      BackpackException refusal = awaitFailure(ErrorCode.EXISTS, puts.remove(3));
      assertEquals(there.info().version(), refusal.version().orElseThrow());
      names.remove(3);
      assertStored(names, puts);
      awaitFailure(
          ErrorCode.BAD_NAME, putAll(client(server.port, SETTINGS), List.of("stats")).get(0));
    }
  }

  /** A coordinator knows uploads, but none that share requests. */
  @Test
  void aServerThatKnowsNoBatchesGetsSingleUploads() {
    try (HttpTestServer server =
        new HttpTestServer(PhotoServer.Kind.COORDINATOR, HttpSettings.DEFAULT, disk)) {
      HttpPhotoStore store = client(server.port, SETTINGS);
      List<String> names = names("photo", 20);
      assertStored(names, putAll(store, names));
      long before = requests(server);
      List<String> later = names("later", 20);
      assertStored(later, putAll(store, later));
      Awaitility.await().until(() -> requests(server) >= before + 20);
      assertEquals(before + 20, requests(server));
    }
  }

  @Test
  void theTokenIsDemanded() {
    HttpSettings closed = HttpSettings.DEFAULT.withWriteToken("secret");
    try (HttpTestServer server = HttpTestServer.node(closed, disk)) {
      List<String> names = names("photo", 3);
      putAll(client(server.port, SETTINGS), names)
          .forEach(put -> awaitFailure(ErrorCode.UNAUTHORIZED, put));
      assertStored(names, putAll(client(server.port, SETTINGS.withWriteToken("secret")), names));
    }
  }

  @Test
  void whatIsNoBatchIsRefusedAndStoresNothing() {
    Waiting counted = new Waiting(disk);
    try (HttpTestServer server = HttpTestServer.node(HttpSettings.DEFAULT, counted)) {
      Buffer body = Buffer.buffer();
      UploadFrames.write(body, PhotoName.of("a"), PutOptions.DEFAULT, Buffer.buffer("bytes"));
      body.appendString("and more");
      String type = "Content-Type: " + UploadFrames.TYPE;
      assertEquals(
          400,
          server
              .request(
                  "POST /", body.toString("ISO-8859-1"), type, "Content-Length: " + body.length())
              .status());
      String tooLong = "Content-Length: " + (UploadFrames.MAX_BYTES + 1);
      assertEquals(413, server.request("POST /", "", type, tooLong).status());
      assertEquals(411, server.request("POST /", "", type).status());
      assertEquals(405, server.request("POST /", "", "Content-Length: 0").status());
      assertEquals(405, server.request("POST /a.png", "", type, "Content-Length: 0").status());
      assertEquals(0, counted.puts.get());
    }
  }

  /**
   * Single uploads to such a server have the path in their names, so these must have it as well.
   */
  @Test
  void aPathInFrontOfTheNamesIsNotLost() {
    try (HttpTestServer server = HttpTestServer.node(HttpSettings.DEFAULT, disk)) {
      HttpPhotoStore store =
          HttpPhotoStore.create(vertx, "http://127.0.0.1:" + server.port + "/album", SETTINGS);
      await(putAll(store, List.of("photo")).get(0));
      assertEquals(
          "bytes of photo".length(), await(disk.stat(at("album/photo"), Trace.NONE)).size());
      awaitFailure(ErrorCode.NOT_FOUND, disk.stat(at("photo"), Trace.NONE));
    }
  }

  /** One that takes connections and bytes, and never says a word. */
  private NetServer deaf() {
    NetServer server = vertx.createNetServer().connectHandler(socket -> socket.handler(b -> {}));
    await(server.listen(0, "127.0.0.1"));
    return server;
  }

  @Test
  void whoStillWaitsWhenTheClientIsClosedIsTold() {
    HttpStoreFactory factory = HttpStoreFactory.of(vertx, SETTINGS);
    HttpPhotoStore hung = factory.store("http://127.0.0.1:" + deaf().actualPort());
    List<Future<StoredPhoto>> puts = putAll(hung, names("photo", 2 * MANY));
    await(factory.close());
    puts.forEach(put -> awaitFailure(ErrorCode.UNAVAILABLE, put));
  }

  @Test
  void aServerThatHangsHoldsNoMoreMemoryThanItsShareAndNobodyElseUp() {
    HttpStoreSettings quick =
        new HttpStoreSettings(Duration.ofSeconds(1), Duration.ofMillis(600), 4, 1000, "")
            .withBatches()
            .withUploadMemory(1000);
    HttpStoreFactory factory = HttpStoreFactory.of(vertx, quick);
    HttpPhotoStore hung = factory.store("http://127.0.0.1:" + deaf().actualPort());
    try (HttpTestServer server = HttpTestServer.node(HttpSettings.DEFAULT, disk)) {
      PhotoStore sound = factory.store("http://127.0.0.1:" + server.port);
      // Each of them has between 16 and 19 bytes.
      List<Future<StoredPhoto>> puts = putAll(hung, names("photo-", MANY));
      long refused = puts.stream().filter(Future::failed).count();
      assertTrue(refused >= MANY - 1000 / 16, refused + " were refused at once");
      assertFalse(puts.get(0).isComplete());
      awaitFailure(ErrorCode.OVERLOADED, puts.get(MANY - 1));

      for (String name : names("sound", 20)) {
        assertStored(List.of(name), putAll(sound, List.of(name)));
      }
      BackpackException noAnswer = awaitFailure(ErrorCode.UNAVAILABLE, puts.get(0));
      assertTrue(noAnswer.getMessage().contains("progress"), noAnswer.getMessage());
      // What they held is free again.
      Awaitility.await().until(() -> puts.stream().allMatch(Future::isComplete));
      assertFalse(putAll(hung, List.of("again")).get(0).isComplete());
    } finally {
      await(factory.close());
    }
  }
}
