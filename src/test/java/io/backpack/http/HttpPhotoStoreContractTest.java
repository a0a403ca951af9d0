package io.backpack.http;

import static io.backpack.testing.Futures.await;

import io.backpack.api.PhotoStore;
import io.backpack.metrics.Metrics;
import io.backpack.testing.InMemoryPhotoStore;
import io.backpack.testing.PhotoStoreContract;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract of a store through both sides of HTTP. */
class HttpPhotoStoreContractTest extends PhotoStoreContract {
  private static Vertx vertx;
  private static HttpPhotoStore client;

  @BeforeAll
  static void start() {
    vertx = Vertx.vertx();
    int port =
        await(
            PhotoServer.create(
                    vertx,
                    PhotoServer.Kind.NODE,
                    HttpSettings.DEFAULT,
                    new InMemoryPhotoStore(1, 32 << 20),
                    new FixedStatus(),
                    Metrics.create("storage", "1"))
                .listen());
    client = HttpPhotoStore.create(vertx, "http://127.0.0.1:" + port, HttpStoreSettings.DEFAULT);
  }

  @AfterAll
  static void stop() {
    await(vertx.close());
  }

  @Override
  protected PhotoStore store() {
    return client;
  }
}
