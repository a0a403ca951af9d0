package io.backpack.http;

import static io.backpack.testing.Futures.await;

import io.backpack.api.DeleteOptions;
import io.backpack.api.Deletion;
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
import io.backpack.testing.PhotoStoreContract;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract of a store whose uploads share requests. */
class BatchedPhotoStoreContractTest extends PhotoStoreContract {
  private static Vertx vertx;
  private static HttpTestServer node;
  private static PhotoStore client;

  /** Uploads on one event loop, as the roles do. */
  private record OnLoop(Context context, PhotoStore store) implements PhotoStore {
    @Override
    public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
      Promise<StoredPhoto> promise = Promise.promise();
      context.runOnContext(go -> store.put(address, options, upload).onComplete(promise));
      return promise.future();
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

  @BeforeAll
  static void start() {
    vertx = Vertx.vertx();
    node = HttpTestServer.node(HttpSettings.DEFAULT, new InMemoryPhotoStore(1, 32 << 20));
    client =
        new OnLoop(
            vertx.getOrCreateContext(),
            HttpPhotoStore.create(
                vertx, "http://127.0.0.1:" + node.port, HttpStoreSettings.DEFAULT.withBatches()));
  }

  @AfterAll
  static void stop() {
    node.close();
    await(vertx.close());
  }

  @Override
  protected PhotoStore store() {
    return client;
  }
}
