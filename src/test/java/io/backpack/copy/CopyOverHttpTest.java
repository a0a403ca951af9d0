package io.backpack.copy;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.backpack.api.GetOptions;
import io.backpack.api.HeldName;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.copy.Outcome.Kind;
import io.backpack.http.HttpPhotoStore;
import io.backpack.http.HttpSettings;
import io.backpack.http.HttpStoreFactory;
import io.backpack.http.HttpStoreSettings;
import io.backpack.http.PhotoServer;
import io.backpack.http.ServiceStatus;
import io.backpack.metrics.Metrics;
import io.backpack.testing.InMemoryPhotoStore;
import io.backpack.testing.TestRedis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Copies between real HTTP servers, large enough to be streamed. */
class CopyOverHttpTest {
  private static final int SIZE = 8 << 20;
  private static final PhotoName NAME = PhotoName.of("my cat.jpg");
  private static final Version VERSION = Version.parse("0000000000000020");

  private final Vertx vertx = Vertx.vertx();
  private final InMemoryPhotoStore source = new InMemoryPhotoStore(1, SIZE);
  private final InMemoryPhotoStore target = new InMemoryPhotoStore(2, SIZE);
  private final HttpStoreFactory stores = HttpStoreFactory.of(vertx, HttpStoreSettings.DEFAULT);

  @AfterEach
  void stop() {
    await(stores.close());
    await(vertx.close());
  }

  private HttpPhotoStore serve(InMemoryPhotoStore store) {
    PhotoServer server =
        PhotoServer.create(
            vertx,
            PhotoServer.Kind.NODE,
            HttpSettings.DEFAULT,
            store,
            new Up(),
            Metrics.create("storage", "1"));
    return stores.store("http://127.0.0.1:" + await(server.listen()));
  }

  private Outcome copy(HttpPhotoStore to, HttpPhotoStore... from) {
    PhotoCopier copier =
        new PhotoCopier(vertx.getOrCreateContext(), Duration.ofSeconds(5), away -> {});
    List<Source> sources = List.of(from).stream().map(s -> new Source("1", s)).toList();
    return await(copier.copy(new HeldName(NAME, VERSION, false), sources, to));
  }

  @Test
  void aLargePhotoIsStreamedAndVerified() {
    byte[] bytes = new byte[SIZE];
    new Random(7).nextBytes(bytes);
    await(
        source.put(
            PhotoAddress.of(NAME),
            PutOptions.DEFAULT.withContentType("image/jpeg").asReplica(VERSION),
            Upload.of(Buffer.buffer(bytes))));
    HttpPhotoStore from = serve(source);
    HttpPhotoStore to = serve(target);
    assertEquals(Kind.COPIED, copy(to, from).kind());
    Photo copy = await(target.get(PhotoAddress.of(NAME), GetOptions.DEFAULT));
    assertEquals(Buffer.buffer(bytes), await(copy.bytes()));
    assertEquals(VERSION, copy.info().version());
    assertEquals("image/jpeg", copy.info().contentType());
    assertEquals(Kind.ALREADY_THERE, copy(to, from).kind());
  }

  @Test
  void whoRefusesConnectionsIsAway() {
    await(
        source.put(
            PhotoAddress.of(NAME),
            PutOptions.DEFAULT.asReplica(VERSION),
            Upload.of(Buffer.buffer("cat"))));
    HttpPhotoStore nobody = stores.store("http://127.0.0.1:" + TestRedis.freePort());
    assertEquals(Kind.TARGET_AWAY, copy(nobody, serve(source)).kind());
    assertEquals(Kind.SOURCE_AWAY, copy(serve(target), nobody).kind());
    assertEquals(Kind.FAILED, copy(serve(source), serve(target)).kind());
  }

  private static final class Up implements ServiceStatus {
    @Override
    public Future<JsonObject> stats() {
      return Future.succeededFuture(new JsonObject());
    }

    @Override
    public Future<JsonObject> health() {
      return Future.succeededFuture(new JsonObject());
    }

    @Override
    public boolean ready() {
      return true;
    }
  }
}
