package io.backpack.cli.replicate;

import io.backpack.api.BackpackException;
import io.backpack.cli.CliException;
import io.backpack.cli.MapCommand;
import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.ClusterMap;
import io.backpack.queue.QueueLimits;
import io.backpack.queue.QueueServers;
import io.backpack.queue.RedisCopyQueue;
import io.backpack.replicator.ReplicatorVerticle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all commands on the queue share: finding it, waiting for it, and how failures end. */
abstract class QueueCommand extends MapCommand {
  private static final Logger LOG = LoggerFactory.getLogger(QueueCommand.class);
  private static final int CLOSE_SECONDS = 5;

  /** A person waits longer than a coordinator may. */
  private static final QueueLimits LIMITS =
      new QueueLimits(
          QueueLimits.DEFAULT.tasksPerTarget(),
          QueueLimits.DEFAULT.bytesPerTarget(),
          QueueLimits.DEFAULT.deadLetters(),
          Duration.ofSeconds(3),
          Duration.ofSeconds(10));

  @Override
  protected final int execute() {
    Vertx vertx = Vertx.vertx();
    RedisCopyQueue queue = RedisCopyQueue.create(vertx, LIMITS);
    try {
      ClusterMap map = map();
      if (map.queue().servers().isEmpty()) {
        throw new CliException(
            CliException.FAILED,
            "the cluster map names no queue server; 'backpack cluster set-queue' does that");
      }
      queue.configure(queueServers(map));
      return run(vertx, map, queue);
    } finally {
      close(queue, vertx);
    }
  }

  private ClusterMap map() {
    try (ClusterAdmin admin = connect()) {
      return admin.map();
    }
  }

  private static QueueServers queueServers(ClusterMap map) {
    try {
      return ReplicatorVerticle.queueServers(map.queue());
    } catch (IllegalArgumentException e) {
      throw new CliException(
          CliException.FAILED, "the queue settings in the cluster map: " + e.getMessage());
    }
  }

  private static void close(RedisCopyQueue queue, Vertx vertx) {
    try {
      queue
          .close()
          .transform(closed -> vertx.close())
          .toCompletionStage()
          .toCompletableFuture()
          .get(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("the connections did not close: {}", e.getMessage());
    }
  }

  /**
   * Does it, and prints with {@link #print}.
   *
   * @return the exit code
   */
  abstract int run(Vertx vertx, ClusterMap map, RedisCopyQueue queue);

  /** The result, waited for as long as the options say. */
  final <T> T await(Future<T> future) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(timeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof BackpackException known) {
        throw known;
      }
      throw new CliException(CliException.FAILED, String.valueOf(e.getCause().getMessage()));
    } catch (TimeoutException e) {
      throw new CliException(
          CliException.FAILED, "no answer within " + timeout().toSeconds() + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(CliException.FAILED, "interrupted");
    }
  }
}
