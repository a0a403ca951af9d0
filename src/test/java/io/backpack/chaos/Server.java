package io.backpack.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One server as {@code conf/three-servers} has it: a ZooKeeper, a Redis for the queue and one for
 * the indexes, and one Backpack process with a storage node of each shard, a coordinator and a
 * replicator.
 */
final class Server {
  static final String TOKEN = "chaos-write-token";
  static final int COORDINATOR_PORT = 8080;
  static final int QUEUE_PORT = 6380;
  static final int SHARDS = 3;
  private static final int INDEX_PORT = 6379;
  private static final String CLOCK_LIBRARY = "/usr/lib/%s-linux-gnu/faketime/libfaketimeMT.so.1";

  private final int number;
  private final Path directory;
  private final Netns network;
  private final List<Disk> disks = new ArrayList<>();
  private final Proc zooKeeper;
  private final Proc queue;
  private final Proc index;
  private final Proc backpack;

  /**
   * @param servers how many there are in all
   * @param directory for all its files
   */
  Server(int number, int servers, Path directory, boolean strict) throws IOException {
    this.number = number;
    this.directory = Files.createDirectories(directory);
    this.network = Netns.make(number);
    for (int slot = 1; slot <= SHARDS; slot++) {
      disks.add(new Disk(directory.resolve("disk-" + slot)));
    }
    zooKeeper = zooKeeper(servers);
    queue = redis("queue", network.address(), QUEUE_PORT, "always");
    index = redis("index", "127.0.0.1", INDEX_PORT, "everysec");
    turnClock(0);
    backpack = backpack(servers, strict);
  }

  private Proc proc(String name, Map<String, String> environment, List<String> command) {
    return new Proc(
        name + "-" + number,
        network.inside(command),
        environment,
        directory.resolve(name + ".log"));
  }

  private static String java() {
    return System.getProperty("backpack.java", "java");
  }

  private static String jar() {
    return Path.of(System.getProperty("backpack.jar", "target/backpack.jar"))
        .toAbsolutePath()
        .toString();
  }

  private Proc zooKeeper(int servers) throws IOException {
    Path data = Files.createDirectories(directory.resolve("zookeeper"));
    Files.writeString(data.resolve("myid"), Integer.toString(number));
    String members =
        IntStream.rangeClosed(1, servers)
            .mapToObj(each -> "server." + each + "=" + Netns.addressOf(each) + ":2888:3888\n")
            .collect(Collectors.joining());
    Path configuration = directory.resolve("zoo.cfg");
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
        %s"""
            .formatted(data, network.address(), members));
    return proc(
        "zookeeper",
        Map.of(),
        List.of(
            java(),
            "-Xmx96m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            jar(),
            "org.apache.zookeeper.server.quorum.QuorumPeerMain",
            configuration.toString()));
  }

  private Proc redis(String name, String address, int port, String sync) throws IOException {
    Path data = Files.createDirectories(directory.resolve(name));
    return proc(
        name,
        Map.of(),
        List.of(
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
            "noeviction"));
  }

  private Proc backpack(int servers, boolean strict) throws IOException {
    Path configuration = directory.resolve("backpack.yaml");
    StringBuilder nodes = new StringBuilder();
    for (int slot = 1; slot <= SHARDS; slot++) {
      nodes.append(
          """
              - id: "%s"
                port: %d
                dirs: [%s]
                redis: redis://127.0.0.1:%d/0
          """
              .formatted(nodeId(slot), nodePort(slot), disk(slot).directory(), INDEX_PORT));
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
          copies-strict: %s
        replicator:
          name: replicator-%d
          port: 8090
          lease: 10s
          max-backoff: 5s
        """
            .formatted(
                ensemble,
                directory.resolve("state"),
                address(),
                TOKEN,
                TOKEN,
                address(),
                nodes.toString().indent(2),
                COORDINATOR_PORT,
                number,
                strict,
                number));
    return proc(
        "backpack",
        Optional.ofNullable(System.getenv("WITHCLOCK") == null ? null : clockLibrary().orElse(null))
            .map(
                library ->
                    Map.of(
                        "LD_PRELOAD",
                        library.toString(),
                        "FAKETIME_TIMESTAMP_FILE",
                        clock().toString(),
                        "FAKETIME_CACHE_DURATION",
                        "1",
                        // Only the time of day is turned; what waits goes by the other clock.
                        "FAKETIME_DONT_FAKE_MONOTONIC",
                        "1",
                        "NO_FAKE_STAT",
                        "1"))
            .orElse(Map.of()),
        List.of(
            java(),
            "-Xmx512m",
            "-XX:+UseSerialGC",
            // What is compiled quickly and runs slowly: a machine starts many of them at a time.
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            "-jar",
            jar(),
            "node",
            "--config",
            configuration.toString()));
  }

  /** What turns the clock of a process (Debian: libfaketime), if the machine has it. */
  static Optional<Path> clockLibrary() {
    String cpu = System.getProperty("os.arch").equals("aarch64") ? "aarch64" : "x86_64";
    Path library = Path.of(CLOCK_LIBRARY.formatted(cpu));
    return Files.exists(library) ? Optional.of(library) : Optional.empty();
  }

  private Path clock() {
    return directory.resolve("clock");
  }

  /** Sets the clock of the Backpack process so many seconds off, at once. */
  void turnClock(int seconds) throws IOException {
    Files.writeString(clock(), String.format(Locale.ROOT, "%+d%n", seconds));
  }

  int number() {
    return number;
  }

  String address() {
    return network.address();
  }

  Netns network() {
    return network;
  }

  /** Of the shard with this number, counted from 1. */
  Disk disk(int shard) {
    return disks.get(shard - 1);
  }

  String nodeId(int shard) {
    return Integer.toString((number - 1) * SHARDS + shard);
  }

  private static int nodePort(int shard) {
    return COORDINATOR_PORT + shard;
  }

  String nodeUrl(int shard) {
    return "http://" + address() + ":" + nodePort(shard);
  }

  String coordinatorUrl() {
    return "http://" + address() + ":" + COORDINATOR_PORT;
  }

  Proc zooKeeper() {
    return zooKeeper;
  }

  Proc queue() {
    return queue;
  }

  Proc index() {
    return index;
  }

  Proc backpack() {
    return backpack;
  }

  List<Proc> all() {
    return List.of(zooKeeper, queue, index, backpack);
  }

  /** Forgets everything that was on the server, and starts it as a new one in place of the old. */
  void replace() throws IOException {
    for (Disk disk : disks) {
      disk.wipe();
    }
    for (String name : List.of("zookeeper", "queue", "index", "state")) {
      Shell.run("rm", "-rf", directory.resolve(name).toString());
    }
    for (String name : List.of("zookeeper", "queue", "index")) {
      Files.createDirectories(directory.resolve(name));
    }
    Files.writeString(directory.resolve("zookeeper/myid"), Integer.toString(number));
    List.of(zooKeeper, queue, index).forEach(Proc::start);
    backpack.start(List.of("--replace"));
  }

  /** Where a Redis keeps its data. */
  Path data(Proc redis) {
    return directory.resolve(redis == queue ? "queue" : "index");
  }

  /** Tells a Redis of this server something; returns its answer. */
  String redis(Proc redis, String... words) {
    List<String> command =
        new ArrayList<>(
            redis == queue
                ? List.of("redis-cli", "-h", address(), "-p", Integer.toString(QUEUE_PORT))
                : List.of("redis-cli", "-p", Integer.toString(INDEX_PORT)));
    command.addAll(List.of(words));
    return Shell.run(network.inside(command), "");
  }
}
