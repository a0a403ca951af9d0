package io.backpack.node.config;

import static io.backpack.node.config.Key.optional;
import static io.backpack.node.config.Key.required;
import static io.backpack.node.config.Key.withDefault;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** How a process finds the cluster map. */
final class ClusterKeys {
  static final Key<String> ZOOKEEPER =
      required(
          "cluster.zookeeper",
          KeyType.HOSTS,
          "127.0.0.1:2181",
          "The ZooKeeper servers that hold the cluster map.");
  static final Key<String> ROOT =
      withDefault(
          "cluster.root",
          KeyType.ROOT_TYPE,
          "/backpack",
          "Where the cluster map lies in ZooKeeper; one per cluster.");
  static final Key<Duration> SESSION_TIMEOUT =
      withDefault(
          "cluster.session-timeout",
          KeyType.DURATION_TYPE,
          "20s",
          "How long ZooKeeper may not hear of this process before it gives it up.");
  static final Key<Duration> CONNECT_TIMEOUT =
      withDefault(
          "cluster.connect-timeout",
          KeyType.DURATION_TYPE,
          "10s",
          "How long a start waits for ZooKeeper before it goes on with the last map it saved.");
  static final Key<Path> STATE_DIR =
      optional(
          "cluster.state-dir",
          KeyType.PATH,
          "nothing is saved",
          "/var/lib/backpack/state",
          "Directory where the last known cluster map is saved. Without one this process cannot"
              + " start while ZooKeeper is away.");

  /** In the order of the documentation. */
  static final List<Key<?>> ALL =
      List.of(ZOOKEEPER, ROOT, SESSION_TIMEOUT, CONNECT_TIMEOUT, STATE_DIR);

  private ClusterKeys() {}
}
