package io.backpack.e2e;

import static org.awaitility.Awaitility.await;

import io.backpack.testing.BackpackProcess;
import io.backpack.testing.TestNginx;
import io.backpack.testing.TestRedis;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * A whole cluster of real processes on the loopback interface: a ZooKeeper, a Redis for each of two
 * storage nodes, two Redis for the queue, two storage nodes in one shard, two coordinators, two
 * replicators, and nginx in front.
 */
final class TestCluster implements AutoCloseable {
  static final String TOKEN = "e2e-write-token";

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final Path directory;
  private final int zooKeeperPort = TestRedis.freePort();
  final BackpackProcess zooKeeper;
  final List<TestRedis> indexes = new ArrayList<>();
  final List<TestRedis> queues = new ArrayList<>();
  final List<BackpackProcess> nodes = new ArrayList<>();
  final List<BackpackProcess> coordinators = new ArrayList<>();
  final List<BackpackProcess> replicators = new ArrayList<>();
  final List<Integer> nodePorts = new ArrayList<>();
  final List<Integer> coordinatorPorts = new ArrayList<>();
  final TestNginx nginx;

  TestCluster(Path directory) {
    this.directory = directory;
    try {
      zooKeeper = opened(BackpackProcess.startZooKeeper(made("zookeeper"), zooKeeperPort));
      for (int i = 1; i <= 2; i++) {
        indexes.add(opened(TestRedis.start(made("index-" + i))));
        queues.add(opened(TestRedis.start(made("queue-" + i), "--appendfsync", "always")));
        nodePorts.add(TestRedis.freePort());
        coordinatorPorts.add(TestRedis.freePort());
      }
      setUpMap();
      for (int i = 1; i <= 2; i++) {
        nodes.add(start("node-" + i, storage(i)));
        coordinators.add(start("coordinator-" + i, coordinator(i)));
        replicators.add(start("replicator-" + i, replicator(i)));
      }
      List<Integer> ports = new ArrayList<>(nodePorts);
      ports.addAll(coordinatorPorts);
      for (int port : ports) {
        awaitReady(port);
      }
      Path shards = directory.resolve("shards.conf");
      command(
          "cluster",
          "nginx",
          "--out",
          shards.toString(),
          "--coordinator",
          "127.0.0.1:" + coordinatorPorts.get(0),
          "--coordinator",
          "127.0.0.1:" + coordinatorPorts.get(1));
      nginx = opened(TestNginx.frontend(made("nginx"), Files.readString(shards), Map.of()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private <T extends AutoCloseable> T opened(T part) {
    parts.push(part);
    return part;
  }

  private Path made(String name) throws IOException {
    return Files.createDirectories(directory.resolve(name));
  }

  private void setUpMap() {
    await("ZooKeeper answers")
        .atMost(Duration.ofSeconds(60))
        .until(() -> run("cluster", "init").exitCode() == 0);
    for (int i = 1; i <= 2; i++) {
      command("cluster", "add-server", "" + i, "127.0.0.1", "" + nodePorts.get(i - 1));
    }
    command("cluster", "add-shard", "1", "--nodes", "1,2", "--capacity", "10gb", "--force");
    command("cluster", "enable-shard", "1");
    command(
        "cluster",
        "set-queue",
        "--key",
        "backpack-queue",
        "--servers",
        "127.0.0.1:" + queues.get(0).port() + ",127.0.0.1:" + queues.get(1).port());
  }

  /** Runs a command against this cluster, which must succeed; returns what it prints. */
  String command(String... arguments) {
    BackpackProcess.Finished finished = run(arguments);
    if (finished.exitCode() != 0) {
      throw new AssertionError(String.join(" ", arguments) + ": " + finished);
    }
    return finished.out();
  }

  BackpackProcess.Finished run(String... arguments) {
    return BackpackProcess.run(
        Map.of(
            "BACKPACK_CLUSTER_ZOOKEEPER",
            "127.0.0.1:" + zooKeeperPort,
            "BACKPACK_CLUSTER_ROOT",
            "/backpack",
            "BACKPACK_URL",
            coordinatorUrl(1),
            "BACKPACK_TOKEN",
            TOKEN),
        arguments);
  }

  private BackpackProcess start(String name, String roles) throws IOException {
    Path file = directory.resolve(name + ".yaml");
    Files.writeString(
        file,
        """
        cluster:
          zookeeper: 127.0.0.1:%d
          root: /backpack
          session-timeout: 4s
          state-dir: %s
        bus:
          enabled: true
          host: 127.0.0.1
        http:
          host: 127.0.0.1
          write-token: %s
        %s\
        """
            .formatted(zooKeeperPort, made(name + "-state"), TOKEN, roles));
    return opened(BackpackProcess.start(directory, name, "node", "--config", file.toString()));
  }

  private String storage(int number) throws IOException {
    return """
    storage:
      id: "%d"
      port: %d
      dirs: [%s]
      redis: %s
      reserve: 100mb
    """
        .formatted(
            number,
            nodePorts.get(number - 1),
            made("node-" + number + "-data"),
            indexes.get(number - 1).uri());
  }

  private String coordinator(int number) {
    return """
    coordinator:
      port: %d
    """
        .formatted(coordinatorPorts.get(number - 1));
  }

  private static String replicator(int number) {
    return """
    replicator:
      name: replicator-%d
      lease: 5s
    """
        .formatted(number);
  }

  /** Base URL of a storage node, counted from 1. */
  String nodeUrl(int number) {
    return "http://127.0.0.1:" + nodePorts.get(number - 1);
  }

  /** Base URL of a coordinator, counted from 1. */
  String coordinatorUrl(int number) {
    return "http://127.0.0.1:" + coordinatorPorts.get(number - 1);
  }

  String frontendUrl() {
    return "http://127.0.0.1:" + nginx.port();
  }

  static void awaitReady(int port) {
    await("port " + port + " is ready")
        .atMost(Duration.ofSeconds(90))
        .until(() -> HttpPhotos.status("http://127.0.0.1:" + port + "/_/health/ready") == 200);
  }

  @Override
  public void close() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        throw new AssertionError("a part did not close", e);
      }
    }
  }
}
