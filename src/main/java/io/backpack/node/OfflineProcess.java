package io.backpack.node;

import io.backpack.api.BackpackException;
import io.backpack.cluster.ZooKeeperClusterView;
import io.backpack.node.config.NodeConfiguration;
import io.backpack.storage.Membership;
import io.backpack.storage.OfflineNode;
import io.backpack.storage.StorageSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A storage node that does not serve, and what it needs around it; for commands. */
public final class OfflineProcess implements AutoCloseable {
  /** What the work is to do. */
  public enum Purpose {
    /** Reads; nothing is stamped, so ZooKeeper is not needed. */
    LOOK,
    /** Stores photos as the node would, known to the cluster as it is. */
    STORE,
    /** Makes the index anew; ZooKeeper is not needed. */
    REBUILD
  }

  private static final Logger LOG = LoggerFactory.getLogger(OfflineProcess.class);
  private static final long POLL_MILLIS = 200;
  private static final long CLOSE_SECONDS = 60;

  private final Vertx vertx;
  private ZooKeeperClusterView view;
  private OfflineNode node;

  private OfflineProcess() {
    vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2).setPreferNativeTransport(true));
  }

  /**
   * Takes the directories of a node that does not run. Blocks.
   *
   * @throws BackpackException with a line for people when the node runs, or could not start
   */
  public static OfflineProcess open(
      NodeConfiguration configuration, StorageSettings settings, Purpose purpose) {
    OfflineProcess process = new OfflineProcess();
    boolean opened = false;
    try {
      Membership membership = (id, cookie) -> Future.succeededFuture(0);
      if (purpose == Purpose.STORE) {
        process.view = await(ZooKeeperClusterView.connect(process.vertx, configuration.cluster()));
        membership = new RegistryMembership(process.vertx, process.view.registry());
      }
      process.node =
          await(OfflineNode.open(process.vertx, settings, membership, purpose == Purpose.REBUILD));
      opened = true;
      return process;
    } finally {
      if (!opened) {
        process.close();
      }
    }
  }

  /**
   * Waits until the index has caught up. Blocks.
   *
   * @param watch told again and again while it has not
   * @throws BackpackException when Redis is away or cannot be used
   */
  public OfflineNode ready(Consumer<OfflineNode> watch) {
    Future<Void> ready = node.ready();
    while (!completes(ready)) {
      watch.accept(node);
    }
    await(ready);
    return node;
  }

  private static boolean completes(Future<Void> future) {
    try {
      future.toCompletionStage().toCompletableFuture().get(POLL_MILLIS, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      return true; // The caller awaits it and finds out why.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw BackpackException.of(e);
    }
  }

  /** On which the node works. */
  public Vertx vertx() {
    return vertx;
  }

  /** Waits for a result on a thread that may. */
  public static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get();
    } catch (ExecutionException e) {
      throw BackpackException.of(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw BackpackException.of(e);
    }
  }

  @Override
  public void close() {
    // One after the other: a future of an event loop could not tell that its loop was closed.
    if (node != null) {
      close(node.close());
    }
    if (view != null) {
      close(view.close());
    }
    close(vertx.close());
  }

  private static void close(Future<?> closing) {
    try {
      closing.toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("not closed in order, the next start will check it: {}", e.toString());
    }
  }
}
