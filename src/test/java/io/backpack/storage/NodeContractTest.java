package io.backpack.storage;

import static io.backpack.testing.Futures.await;

import io.backpack.api.PhotoStore;
import io.backpack.http.HttpPhotoStore;
import io.backpack.http.HttpStoreSettings;
import io.backpack.testing.PhotoStoreContract;
import io.backpack.testing.TestRedis;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The contract of a store, held by a real node: called directly, and through its HTTP server. */
class NodeContractTest {
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  abstract static class OverARealNode extends PhotoStoreContract {
    private Vertx vertx;
    private TestRedis redis;
    private TestNode node;
    private PhotoStore store;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
      vertx = Vertx.vertx();
      redis = TestRedis.start(Files.createDirectory(directory.resolve("redis")));
      node = TestNode.start(vertx, TestNode.settings(directory.resolve("volumes"), redis)).ready();
      store = reach(vertx, node);
    }

    @AfterAll
    void stop() {
      node.close();
      redis.close();
      await(vertx.close());
    }

    abstract PhotoStore reach(Vertx vertx, TestNode node);

    @Override
    protected PhotoStore store() {
      return store;
    }
  }

  @Nested
  class Direct extends OverARealNode {
    @Override
    PhotoStore reach(Vertx vertx, TestNode node) {
      return node.store();
    }
  }

  @Nested
  class OverHttp extends OverARealNode {
    @Override
    PhotoStore reach(Vertx vertx, TestNode node) {
      return HttpPhotoStore.create(vertx, node.url(), HttpStoreSettings.DEFAULT);
    }
  }
}
