package io.backpack.bench;

import io.backpack.testing.TestRedis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A ZooKeeper of the bench's own, out of the jar; nodes want one, no figure depends on it. */
record ZooKeeper(String address) {
  static ZooKeeper start(Processes processes, Path directory) throws IOException {
    int port = TestRedis.freePort();
    Files.createDirectories(directory);
    Path configuration = directory.resolve("zoo.cfg");
    Files.writeString(
        configuration,
        """
        dataDir=%s
        clientPort=%d
        clientPortAddress=127.0.0.1
        admin.enableServer=false
        maxClientCnxns=0
        """
            .formatted(directory.resolve("data"), port));
    processes.start(
        "zookeeper",
        Map.of(),
        List.of(
            "java",
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-cp",
            "target/backpack.jar",
            "org.apache.zookeeper.server.ZooKeeperServerMain",
            configuration.toString()));
    String address = "127.0.0.1:" + port;
    Map<String, String> environment = Map.of("BACKPACK_CLUSTER_ZOOKEEPER", address);
    Waiting.until(
        "ZooKeeper answers",
        60,
        () -> {
          try {
            processes.run(environment, List.of("./backpack", "cluster", "init"));
            return true;
          } catch (IOException notYet) {
            return false;
          }
        });
    return new ZooKeeper(address);
  }
}
