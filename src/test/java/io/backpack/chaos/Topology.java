package io.backpack.chaos;

import static org.awaitility.Awaitility.await;

import io.backpack.api.DataSize;
import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.QueueSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The servers, and the shards that are laid across them: the node of shard 1 on every server, and
 * so on. Its processes are ended by the sandbox.
 */
final class Topology {
  /** A storage node. */
  record Node(String id, int shard, Server server) {
    String url() {
      return server.nodeUrl(shard);
    }
  }

  /** Generous: it is a lot to start on a machine that does other things as well. */
  private static final Duration START = Duration.ofMinutes(5);

  private static final int AGAIN_MILLIS = 300;

  private final List<Server> servers = new ArrayList<>();
  private final Consumer<String> say;
  private final Http http = new Http();
  private final Http operator = new Http();

  Topology(Path directory, Options options, Consumer<String> say) throws IOException {
    this.say = say;
    Netns.makeBridge();
    for (int number = 1; number <= options.servers(); number++) {
      servers.add(new Server(number, options, directory.resolve("server-" + number)));
    }
  }

  /** Starts everything and waits until it takes uploads. */
  void start() {
    for (Server server : servers) {
      server.zooKeeper().start();
      server.queue().start();
      server.index().start();
    }
    await("ZooKeeper answers")
        .atMost(START)
        .pollInterval(Duration.ofMillis(500))
        .ignoreExceptions()
        .until(
            () -> {
              administer(ClusterAdmin::init);
              return true;
            });
    administer(this::makeMap);
    servers.forEach(server -> server.backpack().start());
    again("keeper", () -> servers.forEach(this::keepUp));
    // A thread of its own: it may have to wait for answers.
    again("operator", () -> servers.forEach(server -> server.seeReplaced(operator)));
    awaitReady(START);
  }

  private void makeMap(ClusterAdmin admin) {
    for (Node node : nodes()) {
      admin.addServer(node.id(), node.server().address(), portOf(node));
    }
    for (int shard = 1; shard <= Server.SHARDS; shard++) {
      admin.addShard(
          Integer.toString(shard),
          nodesOf(shard).stream().map(Node::id).toList(),
          DataSize.parse("1gb"));
      admin.enableShard(Integer.toString(shard));
    }
    admin.setQueue(
        new QueueSettings(
            servers.stream()
                .map(server -> new QueueSettings.Endpoint(server.address(), Server.QUEUE_PORT))
                .toList(),
            ClusterAdmin.DEFAULT_QUEUE_KEY));
  }

  private static int portOf(Node node) {
    return Server.COORDINATOR_PORT + node.shard();
  }

  /** Changes the cluster map. */
  void administer(Consumer<ClusterAdmin> change) {
    String hosts =
        servers.stream().map(server -> server.address() + ":2181").collect(Collectors.joining(","));
    try (ClusterAdmin admin = ClusterAdmin.connect(hosts, "/backpack", Duration.ofSeconds(5))) {
      change.accept(admin);
    }
  }

  private static void again(String name, Runnable what) {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (true) {
                  what.run();
                  Thread.sleep(AGAIN_MILLIS);
                }
              } catch (InterruptedException end) {
                // Nobody needs it any more.
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
  }

  private void keepUp(Server server) {
    for (Proc proc : server.all()) {
      if (proc.keepUp()) {
        say.accept(proc.name() + " ended by itself: " + proc.tail(1));
      }
    }
  }

  List<Server> servers() {
    return servers;
  }

  List<Node> nodes() {
    List<Node> nodes = new ArrayList<>();
    for (int shard = 1; shard <= Server.SHARDS; shard++) {
      nodes.addAll(nodesOf(shard));
    }
    return nodes;
  }

  List<Node> nodesOf(int shard) {
    return servers.stream().map(server -> new Node(server.nodeId(shard), shard, server)).toList();
  }

  /** Waits until every role of every server is ready. */
  void awaitReady(Duration atMost) {
    await("all nodes and coordinators are ready")
        .atMost(atMost)
        .pollInterval(Duration.ofMillis(300))
        .until(() -> notReady().isEmpty());
  }

  /** URLs of those that do not say that they are ready. */
  List<String> notReady() {
    List<String> urls = new ArrayList<>();
    nodes().forEach(node -> urls.add(node.url()));
    for (Server server : servers) {
      urls.add(server.coordinatorUrl());
      server.replicatorUrl().ifPresent(urls::add);
    }
    urls.removeIf(url -> http.get(url + "/_/health/ready").status() == 200);
    return urls;
  }

  /** Processes that ended although nobody ended them, and how often. */
  int unexpectedEnds() {
    return servers.stream().flatMap(server -> server.all().stream()).mapToInt(Proc::ends).sum();
  }
}
