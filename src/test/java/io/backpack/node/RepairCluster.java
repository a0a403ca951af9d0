package io.backpack.node;

import static io.backpack.testing.Futures.await;
import static org.awaitility.Awaitility.await;

import io.backpack.api.DataSize;
import io.backpack.api.HeldSums;
import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.ZooKeeperFixture;
import io.backpack.http.HttpPhotoStore;
import io.backpack.http.HttpStoreFactory;
import io.backpack.http.HttpStoreSettings;
import io.backpack.node.config.Configuration;
import io.backpack.testing.TestRedis;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Storage nodes in the test's own process, each started and stopped by itself, over one ZooKeeper
 * and one Redis; neither a coordinator nor a queue.
 */
final class RepairCluster implements AutoCloseable {
  private final HttpClient http = HttpClient.newHttpClient();
  private final Path directory;
  private final ZooKeeperFixture zooKeeper;
  private final TestRedis redis;
  private final Vertx vertx = Vertx.vertx();
  private final HttpStoreFactory stores = HttpStoreFactory.of(vertx, HttpStoreSettings.DEFAULT);
  private final Map<String, Integer> ports = new HashMap<>();
  private final Map<String, NodeProcess> running = new TreeMap<>();

  RepairCluster(Path directory) throws Exception {
    this.directory = directory;
    this.zooKeeper = new ZooKeeperFixture();
    this.redis = TestRedis.start(directory);
    try (ClusterAdmin admin = zooKeeper.admin()) {
      admin.init();
    }
  }

  /** Makes a shard of nodes that are new to the map, none of which runs. */
  void shard(String id, String... nodes) {
    try (ClusterAdmin admin = zooKeeper.admin()) {
      for (String node : nodes) {
        ports.computeIfAbsent(
            node,
            fresh -> {
              int port = TestRedis.freePort();
              admin.addServer(fresh, "127.0.0.1", port);
              return port;
            });
      }
      admin.addShard(id, List.of(nodes), DataSize.parse("1gb"), true);
    }
  }

  ClusterAdmin admin() {
    return zooKeeper.admin();
  }

  String hosts() {
    return zooKeeper.hosts();
  }

  Path volumes(String node) {
    return directory.resolve("node-" + node);
  }

  /**
   * Starts a node; ready to serve, complete or not.
   *
   * @param more keys and values of its configuration
   */
  void start(String node, String... more) {
    start(node, Set.of(), more);
  }

  /** The same with empty directories that are meant. */
  void startReplaced(String node, String... more) {
    start(node, Set.of(node), more);
  }

  private void start(String node, Set<String> replaced, String... more) {
    Map<String, String> given = new HashMap<>();
    given.put("cluster.zookeeper", zooKeeper.hosts());
    given.put("cluster.root", ZooKeeperFixture.ROOT);
    given.put("cluster.state-dir", directory.resolve("state-" + node).toString());
    given.put("http.host", "127.0.0.1");
    given.put("coordinator.connect-timeout", "500ms");
    given.put("storage.id", node);
    given.put("storage.port", ports.get(node).toString());
    given.put("storage.dirs", volumes(node).toString());
    given.put("storage.redis", redis.uri());
    given.put("storage.reserve", "1mb");
    given.put("storage.photo-cache", "0");
    given.put("storage.repair-interval", "0");
    for (int i = 0; i < more.length; i += 2) {
      given.put(more[i], more[i + 1]);
    }
    NodeProcess process =
        await(
            NodeProcess.start(
                Configuration.of(given, "test", Map.of(), List.of()).toNodeConfiguration(),
                replaced));
    running.put(node, process);
    await(process.ready());
  }

  void stop(String node) {
    await(running.remove(node).close());
  }

  HttpPhotoStore store(String node) {
    return stores.store(url(node));
  }

  HeldSums sums(String node) {
    return await(stores.holdings(url(node)).sums());
  }

  String url(String node) {
    return "http://127.0.0.1:" + ports.get(node);
  }

  /** What a page of a node says. */
  JsonObject page(String node, String path) throws IOException {
    return new JsonObject(get(node, path).body());
  }

  HttpResponse<String> get(String node, String path) throws IOException {
    try {
      return http.send(
          HttpRequest.newBuilder(URI.create(url(node) + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  boolean complete(String node) throws IOException {
    return page(node, "/_/health").getBoolean("complete");
  }

  void awaitComplete(String... nodes) {
    for (String node : nodes) {
      await("node " + node + " is complete")
          .atMost(Duration.ofSeconds(30))
          .until(() -> complete(node));
    }
  }

  @Override
  public void close() throws IOException {
    for (NodeProcess process : running.values()) {
      await(process.close());
    }
    await(stores.close());
    await(vertx.close());
    redis.close();
    zooKeeper.close();
  }
}
