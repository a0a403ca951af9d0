package io.backpack.cluster;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryNTimes;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingServer;

/** A real ZooKeeper of a test's own, and a plain client that writes as the original's tools did. */
public final class ZooKeeperFixture implements AutoCloseable {
  public static final String ROOT = "/backpack";

  /** Short, so that sessions expire within a test: the shortest session is twice of it. */
  private static final int TICK_MILLIS = 200;

  private final TestingServer server;
  private final CuratorFramework client;

  public ZooKeeperFixture() throws Exception {
    server = new TestingServer(new InstanceSpec(null, -1, -1, -1, true, -1, TICK_MILLIS, -1), true);
    client =
        CuratorFrameworkFactory.newClient(
            server.getConnectString(), 30_000, 10_000, new RetryNTimes(50, 200));
    client.start();
    if (!client.blockUntilConnected(20, TimeUnit.SECONDS)) {
      throw new AssertionError("ZooKeeper does not answer");
    }
  }

  public String hosts() {
    return server.getConnectString();
  }

  int port() {
    return server.getPort();
  }

  public ClusterAdmin admin() {
    return ClusterAdmin.connect(hosts(), ROOT, Duration.ofSeconds(10));
  }

  ClusterSettings settings(Optional<Path> stateDir) {
    return settings(hosts(), stateDir);
  }

  static ClusterSettings settings(String hosts, Optional<Path> stateDir) {
    return new ClusterSettings(
        hosts, ROOT, Duration.ofMillis(1500), Duration.ofMillis(1500), stateDir);
  }

  /** Writes a znode below the root, new or not. */
  public void put(String name, String data) throws Exception {
    byte[] bytes = data.getBytes(StandardCharsets.UTF_8);
    if (client.checkExists().forPath(path(name)) == null) {
      client.create().creatingParentsIfNeeded().forPath(path(name), bytes);
    } else {
      client.setData().forPath(path(name), bytes);
    }
  }

  public String get(String name) throws Exception {
    return new String(client.getData().forPath(path(name)), StandardCharsets.UTF_8);
  }

  public JsonObject json(String name) throws Exception {
    return new JsonObject(get(name));
  }

  public boolean exists(String name) throws Exception {
    return client.checkExists().forPath(path(name)) != null;
  }

  public void delete(String name) throws Exception {
    client.delete().deletingChildrenIfNeeded().forPath(path(name));
  }

  private static String path(String name) {
    return name.isEmpty() ? ROOT : ROOT + "/" + name;
  }

  /** A map of two servers and two shards, byte for byte as the original's tools left it. */
  public void putOriginalMap() throws Exception {
    put(
        "servers-map",
        "{\"1\":{\"host\":\"10.0.0.1\",\"port\":\"8081\"},\"2\":{\"host\":\"10.0.0.2\",\"port\":8081}}");
    put("shards-map", "{\"1\":{\"nodes\":[1,\"2\"]},\"2\":{\"nodes\":[\"3\"],\"read_only\":true}}");
    put("shard-size-1", "{\"capacity\":107374182400,\"current\":1000}");
    put("queue", "{\"servers\":[{\"host\":\"10.0.0.9\",\"port\":\"6379\"}],\"key\":\"q\"}");
  }

  /** Ends the server; its data stays. */
  void stop() throws Exception {
    server.stop();
  }

  /** Starts it again where it was. */
  void restart() throws Exception {
    server.restart();
  }

  @Override
  public void close() throws IOException {
    client.close();
    server.close();
  }
}
