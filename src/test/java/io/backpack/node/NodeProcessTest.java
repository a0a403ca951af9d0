package io.backpack.node;

import static io.backpack.testing.Futures.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.ZooKeeperFixture;
import io.backpack.node.config.Configuration;
import io.backpack.testing.TestRedis;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several storage nodes in one process. */
class NodeProcessTest {
  @TempDir Path directory;

  /** One whose disk was replaced cannot be prepared while its Redis is away. */
  @Test
  void aNodeThatCannotBeStartedYetIsStartedLaterAndTheOthersServe() throws Exception {
    TestRedis redis = TestRedis.start(Files.createDirectory(directory.resolve("redis-1")));
    TestRedis away = TestRedis.start(Files.createDirectory(directory.resolve("redis-2")));
    away.stop();
    try (ZooKeeperFixture zooKeeper = new ZooKeeperFixture()) {
      try (ClusterAdmin admin = zooKeeper.admin()) {
        admin.init();
      }
      Path file =
          Files.writeString(
              directory.resolve("nodes.yaml"),
              """
              cluster:
                zookeeper: %s
                root: %s
                state-dir: %s
              http:
                host: 127.0.0.1
              storage:
                reserve: 1mb
                instances:
                  - {id: 1, port: %d, dirs: [%s], redis: "%s"}
                  - {id: 2, port: %d, dirs: [%s], redis: "%s"}
              """
                  .formatted(
                      zooKeeper.hosts(),
                      ZooKeeperFixture.ROOT,
                      directory.resolve("state"),
                      TestRedis.freePort(),
                      directory.resolve("1"),
                      redis.uri(),
                      TestRedis.freePort(),
                      directory.resolve("2"),
                      away.uri()));
      NodeProcess process =
          await(
              NodeProcess.start(
                  Configuration.load(Optional.of(file), Map.of(), List.of()).toNodeConfiguration(),
                  Set.of("2")));
      assertEquals(List.of("node 1"), names(process));
      away.start();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> names(process).equals(List.of("node 1", "node 2")));
      await(process.ready());
      await(process.close());
      assertFalse(Files.exists(directory.resolve("2").resolve("backpack.new")));
    } finally {
      redis.close();
      away.close();
    }
  }

  private static List<String> names(NodeProcess process) {
    return process.addresses().stream().map(NodeProcess.Address::name).toList();
  }
}
