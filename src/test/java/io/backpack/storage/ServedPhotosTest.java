package io.backpack.storage;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PhotoStore;
import io.backpack.api.PutOptions;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.http.HttpStoreFactory;
import io.backpack.http.HttpStoreSettings;
import io.backpack.testing.Pictures;
import io.backpack.testing.TestRedis;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that does not know yet what was deleted while it was away. */
class ServedPhotosTest {
  private static final int SMALL = 2000;
  private static final int LARGE = 3 << 20;

  @TempDir Path directory;
  private Vertx vertx;
  private TestRedis redis;
  private TestNode node;
  private HttpStoreFactory factory;
  private volatile boolean serves = true;

  /** A delete of all names that could not be taken over. */
  private volatile Version deleted;

  /** Knows all names, and serves when the test says so. */
  private final class Switched extends NoPeers {
    @Override
    public boolean serves() {
      return serves;
    }

    @Override
    public boolean servesAll() {
      return serves && deleted == null;
    }

    @Override
    public boolean withholds(long hash, Version found) {
      return deleted != null && !found.isAfter(deleted);
    }
  }

  @BeforeEach
  void start() throws IOException {
    vertx = Vertx.vertx();
    redis = TestRedis.start(Files.createDirectory(directory.resolve("redis")));
    node =
        TestNode.start(
                vertx,
                TestNode.settings(directory.resolve("volumes"), redis),
                subject -> new Switched())
            .ready();
    factory = HttpStoreFactory.of(vertx, HttpStoreSettings.DEFAULT);
  }

  @AfterEach
  void stop() {
    node.close();
    await(factory.close());
    redis.close();
    await(vertx.close());
  }

  private static PhotoAddress address(String name) {
    return PhotoAddress.of(PhotoName.of(name));
  }

  private static Upload upload(int size) {
    return Upload.of(Buffer.buffer(Pictures.noise(new Random(1), size)));
  }

  private HttpResponse<byte[]> request(String method, String name) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(node.url() + address(name).path()))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  @Test
  void givesOutNothingAndTakesEverything() throws Exception {
    PhotoStore outside = factory.store(node.url());
    await(outside.put(address("small"), PutOptions.DEFAULT, upload(SMALL)));
    await(outside.put(address("large"), PutOptions.DEFAULT, upload(LARGE)));
    // Twice, so that it is in memory and goes the short way.
    for (int i = 0; i < 2; i++) {
      assertEquals(SMALL, request("GET", "small").body().length);
      assertEquals(200, request("HEAD", "large").statusCode());
    }
    serves = false;
    for (String name : new String[] {"small", "large"}) {
      for (String method : new String[] {"GET", "HEAD"}) {
        HttpResponse<byte[]> refused = request(method, name);
        assertEquals(503, refused.statusCode(), method + " " + name);
        assertTrue(refused.headers().firstValue("Retry-After").isPresent());
      }
      awaitFailure(ErrorCode.NOT_READY, outside.stat(address(name), Trace.NONE));
      assertTrue(
          awaitFailure(ErrorCode.NOT_READY, outside.get(address(name), GetOptions.DEFAULT))
              .getMessage()
              .contains("deleted"));
    }
    // The node's own repair looks at what is there.
    Version version = await(node.store().stat(address("small"), Trace.NONE)).version();
    await(outside.put(address("copy"), PutOptions.DEFAULT.asReplica(version), upload(SMALL)));
    await(outside.delete(address("large"), DeleteOptions.DEFAULT));
    serves = true;
    assertEquals(200, request("GET", "small").statusCode());
    assertEquals(
        SMALL,
        await(outside.get(address("copy"), GetOptions.DEFAULT).compose(Photo::bytes)).length());
    assertEquals(410, request("GET", "large").statusCode());
  }

  @Test
  void whatIsDeletedByADeleteThatCouldNotBeTakenOverIsWithheldAlone() throws Exception {
    PhotoStore outside = factory.store(node.url());
    for (String name : new String[] {"older", "later"}) {
      await(outside.put(address(name), PutOptions.DEFAULT, upload(SMALL)));
      assertEquals(200, request("GET", name).statusCode());
    }
    // In memory and warm, so that the short way would give it.
    assertEquals(200, request("GET", "older").statusCode());
    deleted = await(outside.stat(address("older"), Trace.NONE)).version();
    for (String method : new String[] {"GET", "HEAD"}) {
      assertEquals(503, request(method, "older").statusCode(), method);
      assertEquals(200, request(method, "later").statusCode(), method);
    }
    assertEquals(404, request("GET", "unknown").statusCode());
    await(outside.delete(address("older"), DeleteOptions.DEFAULT));
    assertEquals(410, request("GET", "older").statusCode());
  }
}
