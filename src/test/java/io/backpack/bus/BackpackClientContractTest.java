package io.backpack.bus;

import static io.backpack.testing.Futures.await;

import io.backpack.api.PhotoStore;
import io.backpack.testing.InMemoryPhotoStore;
import io.backpack.testing.PhotoStoreContract;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract of a store through both sides of the event bus. */
class BackpackClientContractTest extends PhotoStoreContract {
  private static final int MAX = 8 << 20;

  private static Vertx vertx;
  private static BackpackClient client;

  @BeforeAll
  static void start() {
    vertx = Vertx.vertx();
    await(
        PhotoBusService.register(
            vertx,
            new InMemoryPhotoStore(1, MAX),
            new PhotoBusService.Settings("", MAX, 16, Duration.ofSeconds(20))));
    client = BackpackClient.overBus(vertx, ClientOptions.DEFAULT.withMaxPhotoSize(MAX));
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
