package io.backpack.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One server as {@code conf/three-servers} has it: a ZooKeeper, a Redis for the queue and one for
 * the indexes, and one Backpack process with a storage node of each shard, a coordinator and a
 * replicator.
 */
final class Server {
  static final String TOKEN = "chaos-write-token";
  static final int COORDINATOR_PORT = 8080;
  static final int QUEUE_PORT = 6380;
  static final int REPLICATOR_PORT = 8090;
  static final int SHARDS = 3;
  static final int INDEX_PORT = 6379;

  private final int number;
  private final Path directory;
  private final boolean replicates;
  private final Netns network;
  private final List<Disk> disks = new ArrayList<>();
  private final Set<String> replaced = ConcurrentHashMap.newKeySet();
  private final Proc zooKeeper;
  private final Proc queue;
  private final Proc index;
  private final Proc backpack;

  /**
   * @param options say how many servers there are, and how careful they are
   * @param directory for all its files
   */
  Server(int number, Options options, Path directory) throws IOException {
    this.number = number;
    this.replicates = !options.careless();
    this.directory = Files.createDirectories(directory);
    this.network = Netns.make(number);
    for (int slot = 1; slot <= SHARDS; slot++) {
      disks.add(new Disk(directory.resolve("disk-" + slot)));
    }
    Programs programs = new Programs(this, options.servers());
    zooKeeper = proc("zookeeper", programs.zooKeeper(), List::of);
    queue = proc("queue", programs.redis("queue", address(), QUEUE_PORT, "always"), List::of);
    index = proc("index", programs.redis("index", "127.0.0.1", INDEX_PORT, "everysec"), List::of);
    turnClock(0);
    backpack = proc("backpack", programs.backpack(options), this::replacements);
  }

  private Proc proc(String name, List<String> command, Supplier<List<String>> more) {
    return new Proc(
        name + "-" + number, network.inside(command), more, directory.resolve(name + ".log"));
  }

  /** Says how many seconds the clock of its Backpack process is off. */
  Path clock() {
    return directory.resolve("clock");
  }

  /** Sets the clock of the Backpack process so many seconds off, at once. */
  void turnClock(int seconds) throws IOException {
    Files.writeString(clock(), String.format(Locale.ROOT, "%+d%n", seconds));
  }

  Path directory() {
    return directory;
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

  static int nodePort(int shard) {
    return COORDINATOR_PORT + shard;
  }

  String nodeUrl(int shard) {
    return "http://" + address() + ":" + nodePort(shard);
  }

  String coordinatorUrl() {
    return "http://" + address() + ":" + COORDINATOR_PORT;
  }

  Optional<String> replicatorUrl() {
    return replicates
        ? Optional.of("http://" + address() + ":" + REPLICATOR_PORT)
        : Optional.empty();
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
    startReplaced(IntStream.rangeClosed(1, SHARDS).mapToObj(this::nodeId).toList());
  }

  /**
   * Starts Backpack, told that the disks of these nodes are new; also at further starts, until they
   * have been seen ready.
   */
  void startReplaced(List<String> nodes) {
    replaced.addAll(nodes);
    backpack.start();
  }

  private List<String> replacements() {
    return replaced.stream().flatMap(node -> Stream.of("--replace", node)).toList();
  }

  /** To be called again and again: who is ready with its new disk need not be told any more. */
  void seeReplaced(Http http) {
    for (int shard = 1; shard <= SHARDS; shard++) {
      String id = nodeId(shard);
      if (replaced.contains(id)) {
        long pid = backpack.pid();
        boolean ready = http.getFromNode(nodeUrl(shard) + "/_/health/ready").status() == 200;
        if (ready && backpack.pid() == pid) {
          replaced.remove(id);
        }
      }
    }
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
