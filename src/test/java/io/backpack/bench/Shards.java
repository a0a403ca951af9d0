package io.backpack.bench;

import io.backpack.testing.TestRedis;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Shards of two nodes each, with a coordinator and a replicator, all of them processes of their
 * own, so that one can be stopped. One thread.
 */
final class Shards implements AutoCloseable {
  private static final int NODES_PER_SHARD = 2;

  /** A dozen programs share the memory. */
  private static final Map<String, String> SMALL =
      Map.of("BACKPACK_JAVA_OPTS", "-XX:MaxRAMPercentage=8");

  private final Bench bench;
  private final Path directory;
  private final String zooKeeper;
  private final String root;
  private final List<Node> nodes = new ArrayList<>();
  private final List<Process> processes = new ArrayList<>();
  private final int coordinator = TestRedis.freePort();
  private final int replicator = TestRedis.freePort();

  private Shards(Bench bench, String name) throws IOException {
    this.bench = bench;
    this.directory = bench.path("shards-" + name);
    this.zooKeeper = bench.zooKeeper().address();
    this.root = "/" + name;
  }

  /** Starts as many shards, with ids from 1 on, and waits until they take uploads. */
  static Shards start(Bench bench, String name, int count) throws IOException {
    bench.stopNode();
    Shards shards = new Shards(bench, name);
    try {
      shards.begin(count);
      return shards;
    } catch (IOException e) {
      shards.close();
      throw e;
    }
  }

  private void begin(int count) throws IOException {
    cluster("init");
    for (int i = 0; i < count * NODES_PER_SHARD; i++) {
      String id = bench.nextId();
      Path place = directory.resolve("node-" + id);
      Photos none = Photos.previews("none", 1);
      Store store = Store.empty(bench.processes(), id, none, place);
      Files.createDirectories(store.volumes());
      nodes.add(
          Node.launch(bench.processes(), store, zooKeeper, List.of("cluster.root=" + root), SMALL));
    }
    int queue = TestRedis.freePort();
    processes.add(Redis.listening(bench.processes(), directory.resolve("queue"), queue));
    cluster("set-queue", "--key", "bench", "--servers", "127.0.0.1:" + queue);
    for (Node node : nodes) {
      node.awaitReady();
      cluster("add-server", node.store().id(), "127.0.0.1", "" + node.port());
    }
    for (int shard = 1; shard <= count; shard++) {
      String members = node(shard, 1).store().id() + "," + node(shard, 2).store().id();
      cluster("add-shard", "" + shard, "--nodes", members, "--capacity", "50gb");
      cluster("enable-shard", "" + shard);
    }
    role("coordinator", coordinator);
    role("replicator", replicator);
  }

  private void cluster(String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of("./backpack", "cluster"));
    command.addAll(List.of(words));
    bench
        .processes()
        .run(
            Map.of("BACKPACK_CLUSTER_ZOOKEEPER", zooKeeper, "BACKPACK_CLUSTER_ROOT", root),
            command);
  }

  private void role(String role, int port) throws IOException {
    Path state = Files.createDirectories(directory.resolve(role));
    List<String> command =
        new ArrayList<>(
            List.of(
                "./backpack",
                "node",
                "--set",
                "cluster.zookeeper=" + zooKeeper,
                "--set",
                "cluster.root=" + root,
                "--set",
                "cluster.state-dir=" + state,
                "--set",
                role + ".port=" + port));
    bench.options().settings.forEach(each -> command.addAll(List.of("--set", each)));
    processes.add(bench.processes().start(role, SMALL, command));
    Waiting.until(
        "the " + role + " is ready (see " + bench.processes().log(role) + ")",
        60,
        () -> Client.probe(port, "/_/health/ready") == 200);
  }

  /** A node by its place in its shard; both are counted from 1 on. */
  Node node(int shard, int number) {
    return nodes.get((shard - 1) * NODES_PER_SHARD + number - 1);
  }

  /** The coordinator. */
  String url() {
    return "http://127.0.0.1:" + coordinator;
  }

  JsonObject coordinatorStats() throws IOException {
    return stats(coordinator);
  }

  JsonObject replicatorStats() throws IOException {
    return stats(replicator);
  }

  private static JsonObject stats(int port) throws IOException {
    try (Client client = new Client(port)) {
      client.get("/_/stats");
      return new JsonObject(client.text());
    }
  }

  /** Stops a process where it stands: its sockets stay open, and nobody answers on them. */
  void stop(Node node) throws IOException {
    signal("STOP", node);
  }

  /** Lets it go on. */
  void goOn(Node node) throws IOException {
    signal("CONT", node);
  }

  private void signal(String name, Node node) throws IOException {
    bench.processes().run("kill", "-" + name, Long.toString(node.pid()));
  }

  @Override
  public void close() throws IOException {
    for (Process each : processes) {
      bench.processes().kill(each);
    }
    for (Node node : nodes) {
      node.kill();
      node.store().redis().stop();
    }
    bench.delete(directory);
  }
}
