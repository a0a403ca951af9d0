package io.backpack.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The commands that a server runs, with the files that configure them. */
final class Programs {
  private final Server server;
  private final int servers;

  /**
   * @param servers how many there are in all
   */
  Programs(Server server, int servers) {
    this.server = server;
    this.servers = servers;
  }

  private static String java() {
    return System.getProperty("backpack.java", "java");
  }

  private static String jar() {
    return Path.of(System.getProperty("backpack.jar", "target/backpack.jar"))
        .toAbsolutePath()
        .toString();
  }

  List<String> zooKeeper() throws IOException {
    Path data = Files.createDirectories(server.directory().resolve("zookeeper"));
    Files.writeString(data.resolve("myid"), Integer.toString(server.number()));
    String members =
        IntStream.rangeClosed(1, servers)
            .mapToObj(each -> "server." + each + "=" + Netns.addressOf(each) + ":2888:3888\n")
            .collect(Collectors.joining());
    Path configuration = server.directory().resolve("zoo.cfg");
    Files.writeString(
        configuration,
        """
        tickTime=500
        initLimit=20
        syncLimit=8
        dataDir=%s
        clientPort=2181
        clientPortAddress=%s
        admin.enableServer=false
        maxClientCnxns=0
        %s\
        """
            .formatted(data, server.address(), members));
    return List.of(
        java(),
        "-Xmx96m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        jar(),
        "org.apache.zookeeper.server.quorum.QuorumPeerMain",
        configuration.toString());
  }

  List<String> redis(String name, String address, int port, String sync) throws IOException {
    Path data = Files.createDirectories(server.directory().resolve(name));
    return List.of(
        "redis-server",
        "--bind",
        address,
        "--port",
        Integer.toString(port),
        "--protected-mode",
        "no",
        "--dir",
        data.toString(),
        "--appendonly",
        "yes",
        "--appendfsync",
        sync,
        "--save",
        "",
        "--maxmemory-policy",
        "noeviction");
  }

  private String replicator() {
    return """
        replicator:
          name: replicator-%d
          port: %d
          lease: 10s
          max-backoff: 5s
        """
        .formatted(server.number(), Server.REPLICATOR_PORT);
  }

  List<String> backpack(Options options) throws IOException {
    Path configuration = server.directory().resolve("backpack.yaml");
    Path agent = server.directory().resolve("clock-agent.jar");
    ClockAgent.write(agent);
    StringBuilder nodes = new StringBuilder();
    for (int slot = 1; slot <= Server.SHARDS; slot++) {
      nodes.append(
          """
              - id: "%s"
                port: %d
                dirs: [%s]
                redis: redis://127.0.0.1:%d/0
          """
              .formatted(
                  server.nodeId(slot),
                  Server.nodePort(slot),
                  server.disk(slot).directory(),
                  Server.INDEX_PORT));
    }
    String ensemble =
        IntStream.rangeClosed(1, servers)
            .mapToObj(each -> Netns.addressOf(each) + ":2181")
            .collect(Collectors.joining(","));
    Files.writeString(
        configuration,
        """
        cluster:
          zookeeper: %s
          root: /backpack
          state-dir: %s
          session-timeout: 6s
          connect-timeout: 20s
        http:
          host: %s
          write-token: %s
          admin-token: %s
        bus:
          enabled: true
          host: %s
          port: 15701
        storage:
          max-photo-size: 4mb
          volume-size: 16mb
          reserve: 8mb
          photo-cache: 8mb
          compact-dead-ratio: 0.2
          instances:
        %scoordinator:
          port: %d
          id: coordinator-%d
          connect-timeout: 1s
          request-timeout: 4s
          copies: %d
          copies-strict: %s
        %s"""
            .formatted(
                ensemble,
                server.directory().resolve("state"),
                server.address(),
                Server.TOKEN,
                Server.TOKEN,
                server.address(),
                nodes.toString().indent(2),
                Server.COORDINATOR_PORT,
                server.number(),
                options.careless() ? 1 : 2,
                options.copiesStrict(),
                options.careless() ? "" : replicator()));
    return List.of(
        java(),
        "-Xmx512m",
        "-XX:+UseSerialGC",
        // What is compiled quickly and runs slowly: a machine starts many of them at a time.
        "-XX:TieredStopAtLevel=1",
        "-XX:+ExitOnOutOfMemoryError",
        "-javaagent:" + agent + "=" + server.clock(),
        "-jar",
        jar(),
        "node",
        "--config",
        configuration.toString());
  }
}
