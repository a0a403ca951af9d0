package io.backpack.node;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.node.config.Configuration;
import io.backpack.node.config.NodeConfiguration;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the nodes of a standalone process need around them while that process does not run: its
 * directory, the Redis with the indexes, its ZooKeeper. For commands; starting and stopping block.
 */
final class StandaloneTools implements AutoCloseable {
  /** Nobody listens on it. */
  private static final int PORT = 8080;

  private static final String NOWHERE = "127.0.0.1:1";
  private static final Logger LOG = LoggerFactory.getLogger(StandaloneTools.class);

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private NodeConfiguration configuration;

  private StandaloneTools() {}

  /**
   * Takes the directory and starts what is needed.
   *
   * @param overrides {@code key=value} of the configuration
   * @param zooKeeper whether that is
   * @throws BackpackException with a line for people when the process runs, or nothing is there
   */
  static StandaloneTools start(
      Path directory, Map<String, String> environment, List<String> overrides, boolean zooKeeper) {
    StandaloneTools tools = new StandaloneTools();
    boolean started = false;
    try {
      tools.start(directory, zooKeeper, environment, overrides);
      started = true;
      return tools;
    } catch (IOException e) {
      throw new BackpackException(ErrorCode.UNAVAILABLE, e.getMessage(), e);
    } finally {
      if (!started) {
        tools.close();
      }
    }
  }

  private void start(
      Path directory, boolean zooKeeper, Map<String, String> environment, List<String> overrides)
      throws IOException {
    directories(directory);
    DataDirectory data = opened(DataDirectory.open(directory));
    String map = zooKeeper ? opened(EmbeddedZooKeeper.start(data.zookeeper())).connectString() : "";
    OwnRedis redis = opened(OwnRedis.start(data.redis(), OwnRedis.Use.INDEX));
    Map<String, String> keys =
        StandaloneKeys.of(
            data, "127.0.0.1", PORT, data.nodes(), map.isEmpty() ? NOWHERE : map, redis.uri());
    configuration =
        Configuration.of(keys, StandaloneKeys.OWNER, environment, overrides).toNodeConfiguration();
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  /**
   * The directory of each node by its id; the process may run.
   *
   * @throws BackpackException {@link ErrorCode#NOT_FOUND} when nothing of it is there
   */
  static Map<String, Path> directories(Path directory) {
    Map<String, Path> nodes;
    try {
      nodes = DataDirectory.nodes(directory);
    } catch (IOException e) {
      throw new BackpackException(
          ErrorCode.STORAGE_FAILED, "cannot read " + directory + ": " + e.getMessage(), e);
    }
    if (nodes.isEmpty()) {
      throw new BackpackException(
          ErrorCode.NOT_FOUND, "the directory " + directory + " is not of a standalone process");
    }
    return nodes;
  }

  NodeConfiguration configuration() {
    return configuration;
  }

  /** Never fails: what goes wrong is logged. */
  @Override
  public void close() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        // What AutoCloseable declares; the rest is to be closed in any case.
        LOG.warn("did not stop cleanly: {}", e.getMessage());
      }
    }
  }
}
