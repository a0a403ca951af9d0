package io.backpack.node.config;

import static io.backpack.node.config.Key.optional;
import static io.backpack.node.config.Key.withDefault;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What a coordinator is told. */
final class CoordinatorKeys {
  static final Key<Integer> PORT =
      withDefault("coordinator.port", KeyType.PORT, "8080", "Port of the coordinator.");
  static final Key<Integer> ADMIN_PORT =
      optional(
          "coordinator.admin-port",
          KeyType.PORT,
          "http.admin-port",
          "9080",
          "Port of its own for the coordinator's /_/ pages.");
  static final Key<String> ID =
      optional(
          "coordinator.id",
          KeyType.ID_TYPE,
          "the host's full name and coordinator.port",
          "coordinator-1",
          "Its name in logs, metrics and events; unique in the cluster, as are the versions that it"
              + " gives.");
  static final Key<Integer> COPIES =
      withDefault(
          "coordinator.copies",
          KeyType.integer(1, 16),
          "2",
          "Nodes that have an upload on the disk before it is answered; a shard with fewer nodes"
              + " takes as many as it has.");
  static final Key<Boolean> COPIES_STRICT =
      withDefault(
          "coordinator.copies-strict",
          KeyType.FLAG,
          "false",
          "Answers 503 where fewer nodes have an upload or a delete, instead of queueing the rest.");
  static final Key<Long> RETAIN =
      withDefault(
          "coordinator.retain",
          KeyType.size("1kb", "1gb"),
          "1mb",
          "Bodies up to this size are kept until they are answered and can go to another shard;"
              + " larger ones stream.");
  static final Key<Optional<Long>> UPLOAD_MEMORY =
      withDefault(
          "coordinator.upload-memory",
          KeyType.sizeOrAuto("1mb", "1tb"),
          "auto",
          "What the retained bodies may hold; more of them wait. auto: an 8th of Java's heap, at"
              + " most 256mb, at least coordinator.retain.");
  static final Key<Double> MAX_SHARE =
      withDefault(
          "coordinator.max-share",
          KeyType.SHARE,
          "0.5",
          "The most that one shard gets of the new photos while another can take them.");
  static final Key<Duration> CONNECT_TIMEOUT =
      withDefault(
          "coordinator.connect-timeout",
          KeyType.DURATION_TYPE,
          "2s",
          "To a node. Coordinators and replicators both read it.");
  static final Key<Duration> REQUEST_TIMEOUT =
      withDefault(
          "coordinator.request-timeout",
          KeyType.DURATION_TYPE,
          "10s",
          "How long a node's answer may make no progress. Coordinators and replicators both read"
              + " it.");
  static final Key<Duration> SIZE_INTERVAL =
      withDefault(
          "coordinator.size-interval",
          KeyType.DURATION_TYPE,
          "3s",
          "Between two writes of the shards' sizes to ZooKeeper.");
  static final Key<Integer> CONNECTIONS_PER_NODE =
      withDefault(
          "coordinator.connections-per-node",
          KeyType.integer(1, 10_000),
          "64",
          "Connections to each node for calls that are short. Reads and uploads that stream have as"
              + " many each, at least 1024.");

  static final Key<Integer> QUEUE_TASKS =
      withDefault(
          "coordinator.queue-tasks",
          KeyType.integer(1, 100_000_000),
          "100000",
          "Missing copies of one node that wait on one queue server. For more of them the node is"
              + " marked as behind, and compares itself with its peers when it is back.");
  static final Key<Long> QUEUE_BYTES =
      withDefault(
          "coordinator.queue-bytes",
          KeyType.size("1mb", "1tb"),
          "64mb",
          "What they take in the memory of the queue server, in the same way.");
  static final Key<Duration> RECONCILE_INTERVAL =
      withDefault(
          "coordinator.reconcile-interval",
          KeyType.DURATION_TYPE,
          "10m",
          "How often the nodes of a shard are asked how much they hold, to correct its size in the"
              + " map. Of several coordinators one does it at a time.");
  static final Key<Double> SHARD_FULL_WARNING =
      withDefault(
          "coordinator.shard-full-warning",
          KeyType.SHARE,
          "0.9",
          "Used share of a shard from which on it is warned that it gets full.");
  static final Key<Duration> SHARD_FULL_TIME =
      withDefault(
          "coordinator.shard-full-time",
          KeyType.DURATION_TYPE,
          "7d",
          "It is warned as well when at the pace of the last day a shard is full within this.");

  /** In the order of the documentation. */
  static final List<Key<?>> ALL =
      List.of(
          PORT,
          ADMIN_PORT,
          ID,
          COPIES,
          COPIES_STRICT,
          RETAIN,
          UPLOAD_MEMORY,
          MAX_SHARE,
          CONNECT_TIMEOUT,
          REQUEST_TIMEOUT,
          SIZE_INTERVAL,
          CONNECTIONS_PER_NODE,
          QUEUE_TASKS,
          QUEUE_BYTES,
          RECONCILE_INTERVAL,
          SHARD_FULL_WARNING,
          SHARD_FULL_TIME);

  private CoordinatorKeys() {}
}
