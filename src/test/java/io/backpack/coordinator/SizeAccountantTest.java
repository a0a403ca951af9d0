package io.backpack.coordinator;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.QueueSettings;
import io.backpack.cluster.Shard;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SizeAccountantTest {
  private static final Duration TIMEOUT = Duration.ofMillis(200);

  private final Vertx vertx = Vertx.vertx();
  private final FakeCluster cluster = new FakeCluster();

  @BeforeEach
  void twoShards() {
    cluster.set(
        new ClusterMap(
            Map.of(),
            Map.of(
                "1", new Shard("1", List.of("a"), false), "2", new Shard("2", List.of("b"), false)),
            Map.of(),
            QueueSettings.NONE));
  }

  @AfterEach
  void close() {
    await(vertx.close());
  }

  private SizeAccountant accountant(Duration interval) {
    return new SizeAccountant(vertx, cluster, interval, TIMEOUT);
  }

  private static Future<Void> failure() {
    return Future.failedFuture(new BackpackException(ErrorCode.UNAVAILABLE, "no ZooKeeper"));
  }

  @Test
  void whatIsGatheredIsWrittenInOneBatch() {
    SizeAccountant sizes = accountant(Duration.ofMillis(50));
    sizes.add("1", 10);
    sizes.add("1", 5);
    sizes.add("2", 7);
    sizes.add("2", -7);
    sizes.start();
    Awaitility.await().untilAsserted(() -> assertEquals(Map.of("1", 15L), cluster.sizes));
    assertEquals(1, cluster.batches.size());
    sizes.add("2", 3);
    Awaitility.await().untilAsserted(() -> assertEquals(Map.of("1", 15L, "2", 3L), cluster.sizes));
    await(sizes.close());
    assertEquals(2, cluster.batches.size());
  }

  @Test
  void aFailedBatchIsKeptAndMerged() {
    SizeAccountant sizes = accountant(Duration.ofMillis(10));
    cluster.onBatch = SizeAccountantTest::failure;
    sizes.add("1", 10);
    sizes.start();
    Awaitility.await().until(() -> cluster.batches.size() >= 3);
    sizes.add("1", 1);
    cluster.onBatch = Future::succeededFuture;
    Awaitility.await().untilAsserted(() -> assertEquals(Map.of("1", 11L), cluster.sizes));
    await(sizes.close());
  }

  @Test
  void shardsThatAreGoneAreNotKept() {
    SizeAccountant sizes = accountant(Duration.ofHours(1));
    cluster.onBatch = SizeAccountantTest::failure;
    sizes.add("1", 10);
    sizes.add("removed", 10);
    awaitFailure(ErrorCode.UNAVAILABLE, sizes.close());
    cluster.onBatch = Future::succeededFuture;
    await(sizes.close());
    assertEquals(Map.of("1", 10L), cluster.sizes);
  }

  @Test
  void closingWritesTheRest() {
    SizeAccountant sizes = accountant(Duration.ofHours(1));
    sizes.start();
    sizes.add("1", 10);
    await(sizes.close());
    assertEquals(Map.of("1", 10L), cluster.sizes);
  }

  @Test
  void oneBatchAtATimeAndAHangingOneHasAnEnd() {
    SizeAccountant sizes = accountant(Duration.ofMillis(10));
    cluster.onBatch = () -> Promise.<Void>promise().future();
    sizes.add("1", 10);
    sizes.start();
    Awaitility.await().until(() -> cluster.batches.size() == 1);
    long started = System.nanoTime();
    Awaitility.await().until(() -> cluster.batches.size() == 2);
    assertTrue(System.nanoTime() - started > TIMEOUT.toNanos() / 2);
    cluster.onBatch = Future::succeededFuture;
    await(sizes.close());
    assertEquals(Map.of("1", 10L), cluster.sizes);
  }
}
