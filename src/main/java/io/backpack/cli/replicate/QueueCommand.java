package io.backpack.cli.replicate;

import io.backpack.api.BackpackException;
import io.backpack.cli.CliException;
import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.ClusterSettings;
import io.backpack.queue.QueueLimits;
import io.backpack.queue.QueueServers;
import io.backpack.queue.RedisCopyQueue;
import io.backpack.replicator.ReplicatorVerticle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What all commands on the queue share: finding it, waiting for it, and how failures end. */
abstract class QueueCommand extends HelpOption implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(QueueCommand.class);
  private static final int CLOSE_SECONDS = 5;

  /** A person waits longer than a coordinator may. */
  private static final QueueLimits LIMITS =
      new QueueLimits(
          QueueLimits.DEFAULT.tasksPerTarget(),
          QueueLimits.DEFAULT.deadLetters(),
          Duration.ofSeconds(3),
          Duration.ofSeconds(10));

  @Option(
      names = "--zookeeper",
      paramLabel = "HOSTS",
      defaultValue = "${env:BACKPACK_CLUSTER_ZOOKEEPER}",
      description =
          "ZooKeeper servers, as zk1:2181,zk2:2181,zk3:2181."
              + " Default: BACKPACK_CLUSTER_ZOOKEEPER of the environment.")
  private String zookeeper;

  @Option(
      names = "--root",
      paramLabel = "PATH",
      defaultValue = "${env:BACKPACK_CLUSTER_ROOT:-" + ClusterSettings.DEFAULT_ROOT + "}",
      description =
          "Path of the cluster map in ZooKeeper."
              + " Default: BACKPACK_CLUSTER_ROOT of the environment, else /backpack.")
  private String root;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "How long to wait for each server. Default: ${DEFAULT-VALUE}.")
  private int timeout;

  @Spec private CommandSpec spec;

  @Override
  public final Integer call() {
    if (zookeeper == null || zookeeper.isBlank()) {
      throw new CliException(
          CliException.USAGE,
          "say where ZooKeeper is: --zookeeper HOSTS, or BACKPACK_CLUSTER_ZOOKEEPER in the"
              + " environment");
    }
    if (timeout < 1 || timeout > 3600) {
      throw new CliException(CliException.USAGE, "--timeout is from 1 to 3600 seconds");
    }
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
    } catch (BackpackException e) {
      throw new CliException(exitCode(e), e.getMessage());
    } finally {
      close(queue, vertx);
    }
  }

  private ClusterMap map() {
    try (ClusterAdmin admin = ClusterAdmin.connect(zookeeper, root, Duration.ofSeconds(timeout))) {
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

  private static int exitCode(BackpackException e) {
    return switch (e.code()) {
      case BAD_NAME, BAD_REQUEST -> CliException.USAGE;
      case NOT_FOUND, UNKNOWN_SHARD -> CliException.NOT_FOUND;
      default -> CliException.FAILED;
    };
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
      return future.toCompletionStage().toCompletableFuture().get(timeout, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof BackpackException known) {
        throw known;
      }
      throw new CliException(CliException.FAILED, String.valueOf(e.getCause().getMessage()));
    } catch (TimeoutException e) {
      throw new CliException(CliException.FAILED, "no answer within " + timeout + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(CliException.FAILED, "interrupted");
    }
  }

  /** A line, or several, on standard output. */
  final void print(String text) {
    spec.commandLine().getOut().println(text);
    spec.commandLine().getOut().flush();
  }
}
