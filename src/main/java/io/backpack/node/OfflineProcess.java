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
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A storage node that does not serve, and what it needs around it; for commands. */
public final class OfflineProcess implements AutoCloseable {
  /** What the work is to do. */
  public enum Purpose {
    /** Works on what is stored; nothing is stamped, so ZooKeeper is not needed. */
    MAINTAIN,
    /** Stores photos as the node would, known to the cluster as it is. */
    STORE,
    /** Makes the index anew; ZooKeeper is not needed. */
    REBUILD
  }

  private static final Logger LOG = LoggerFactory.getLogger(OfflineProcess.class);
  private static final long POLL_MILLIS = 200;
  private static final long CLOSE_SECONDS = 60;

  private final Vertx vertx;
  private StandaloneTools standalone;
  private StorageSettings settings;
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
    return open(process -> process.take(configuration, settings, purpose));
  }

  /**
   * Takes the directories of a node of a standalone process that does not run. Blocks.
   *
   * @param data directory of that process
   * @param overrides {@code key=value} of the configuration, as the process was started with
   * @param choose which of its nodes
   * @throws BackpackException as {@link #open(NodeConfiguration, StorageSettings, Purpose)}
   */
  public static OfflineProcess ofStandalone(
      Path data,
      Map<String, String> environment,
      List<String> overrides,
      Function<NodeConfiguration, StorageSettings> choose,
      Purpose purpose) {
    return open(
        process -> {
          process.standalone =
              StandaloneTools.start(data, environment, overrides, purpose == Purpose.STORE);
          NodeConfiguration configuration = process.standalone.configuration();
          process.take(configuration, choose.apply(configuration), purpose);
        });
  }

  /**
   * The directory of each node of a standalone process, which may run, by the node's id.
   *
   * @throws BackpackException with {@link io.backpack.api.ErrorCode#NOT_FOUND} when nothing of it
   *     is there
   */
  public static Map<String, Path> standaloneDirectories(Path data) {
    return StandaloneTools.directories(data);
  }

  private static OfflineProcess open(Consumer<OfflineProcess> take) {
    OfflineProcess process = new OfflineProcess();
    boolean opened = false;
    try {
      take.accept(process);
      opened = true;
      return process;
    } finally {
      if (!opened) {
        process.close();
      }
    }
  }

  private void take(NodeConfiguration configuration, StorageSettings chosen, Purpose purpose) {
    settings = chosen;
    Membership membership = (id, cookie) -> Future.succeededFuture(0);
    if (purpose == Purpose.STORE) {
      view = await(ZooKeeperClusterView.connect(vertx, configuration.cluster()));
      membership = new RegistryMembership(vertx, view.registry());
    }
    node = await(OfflineNode.open(vertx, chosen, membership, purpose == Purpose.REBUILD));
  }

  /** Of the node. */
  public StorageSettings settings() {
    return settings;
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
    if (standalone != null) {
      standalone.close();
    }
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
