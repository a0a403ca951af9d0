package io.backpack.node;

import static io.backpack.testing.Futures.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.ZooKeeperFixture;
import io.backpack.node.config.Configuration;
import io.backpack.testing.TestRedis;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process of several nodes, of which not all can start. */
class NodeProcessTest {
  @TempDir private Path directory;

  @Test
  void aNodeThatCouldNotStartBecauseSomethingWasAwayIsStartedWhenThatIsBack() throws Exception {
    try (ZooKeeperFixture zooKeeper = new ZooKeeperFixture();
        TestRedis sound = TestRedis.start(Files.createDirectories(directory.resolve("sound")));
        TestRedis away = TestRedis.start(Files.createDirectories(directory.resolve("away")))) {
      try (ClusterAdmin admin = zooKeeper.admin()) {
        admin.init();
      }
      away.kill();
      NodeProcess process =
          await(
              NodeProcess.start(
                  Configuration.of(
                          Map.ofEntries(
                              Map.entry("cluster.zookeeper", zooKeeper.hosts()),
                              Map.entry("cluster.root", ZooKeeperFixture.ROOT),
                              Map.entry("cluster.state-dir", directory.resolve("state").toString()),
                              Map.entry("http.host", "127.0.0.1"),
                              Map.entry("storage.reserve", "1mb"),
                              Map.entry("storage.photo-cache", "0"),
                              Map.entry("storage.instances.0.id", "1"),
                              Map.entry("storage.instances.0.port", "" + TestRedis.freePort()),
                              Map.entry("storage.instances.0.dirs", directory.resolve("1") + ""),
                              Map.entry("storage.instances.0.redis", sound.uri()),
                              Map.entry("storage.instances.1.id", "2"),
                              Map.entry("storage.instances.1.port", "" + TestRedis.freePort()),
                              Map.entry("storage.instances.1.dirs", directory.resolve("2") + ""),
                              Map.entry("storage.instances.1.redis", away.uri())),
                          "test",
                          Map.of(),
                          List.of())
                      .toNodeConfiguration(),
                  // Its keys in Redis are deleted before it starts.
                  Set.of("2")));
      assertEquals(List.of("node 1"), names(process));
      away.start();
      await("node 2 serves")
          .atMost(Duration.ofSeconds(30))
          .until(() -> names(process).equals(List.of("node 1", "node 2")));
      await(process.close());
    }
  }

  private static List<String> names(NodeProcess process) {
    return process.addresses().stream().map(NodeProcess.Address::name).toList();
  }
}
