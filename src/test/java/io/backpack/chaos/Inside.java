package io.backpack.chaos;

import io.backpack.api.HeldSums;
import io.backpack.cluster.ClusterAdmin;
import io.backpack.http.HttpStoreFactory;
import io.backpack.http.HttpStoreSettings;
import io.backpack.queue.QueueLimits;
import io.backpack.queue.QueueServers;
import io.backpack.queue.QueueStatus;
import io.backpack.queue.RedisCopyQueue;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks what no client does: the sums that nodes tell each other, and what is queued. */
final class Inside implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 15;

  private final Vertx vertx = Vertx.vertx();
  private final HttpStoreFactory stores =
      HttpStoreFactory.of(vertx, HttpStoreSettings.DEFAULT.withWriteToken(Server.TOKEN));
  private final RedisCopyQueue queue = RedisCopyQueue.create(vertx, QueueLimits.DEFAULT);

  Inside(Topology topology) {
    queue.configure(
        new QueueServers(
            topology.servers().stream()
                .map(server -> QueueServers.uri(server.address(), Server.QUEUE_PORT))
                .toList(),
            ClusterAdmin.DEFAULT_QUEUE_KEY));
  }

  /**
   * Sums over all that a node holds, equal on nodes that hold the same.
   *
   * @throws IllegalStateException when it does not answer, with the reason
   */
  HeldSums sums(Topology.Node node) {
    return await(stores.holdings(node.url()).sums());
  }

  /** The queue, server by server. */
  QueueStatus queues() {
    return await(queue.status());
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException | RuntimeException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    await(queue.close());
    await(stores.close());
    await(vertx.close());
  }
}
