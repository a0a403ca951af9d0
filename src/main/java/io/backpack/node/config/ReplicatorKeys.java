package io.backpack.node.config;

import static io.backpack.node.config.Key.optional;
import static io.backpack.node.config.Key.withDefault;

import java.time.Duration;
import java.util.List;

/** What a replicator is told. */
final class ReplicatorKeys {
  static final Key<String> NAME =
      optional(
          "replicator.name",
          KeyType.ID_TYPE,
          "the host's full name",
          "replicator-1",
          "Its name among the consumers of a queue; unique in the cluster.");
  static final Key<Integer> PORT =
      optional(
          "replicator.port",
          KeyType.PORT,
          "no server",
          "8090",
          "Port of its /_/ pages: health, stats and metrics.");
  static final Key<Integer> CONCURRENCY =
      withDefault(
          "replicator.concurrency", KeyType.integer(1, 1024), "8", "Copies to one node at a time.");
  static final Key<Duration> LEASE =
      withDefault(
          "replicator.lease",
          KeyType.DURATION_TYPE,
          "60s",
          "After which a task that was taken and not finished may be taken by another.");
  static final Key<Integer> MAX_ATTEMPTS =
      withDefault(
          "replicator.max-attempts",
          KeyType.integer(1, Integer.MAX_VALUE),
          "100",
          "After which a task becomes a dead letter.");
  static final Key<Duration> BACKOFF =
      withDefault(
          "replicator.backoff",
          KeyType.DURATION_TYPE,
          "200ms",
          "Wait before the second attempt; doubles with each.");
  static final Key<Duration> MAX_BACKOFF =
      withDefault(
          "replicator.max-backoff",
          KeyType.DURATION_TYPE,
          "30s",
          "The longest wait between two attempts.");

  /** In the order of the documentation. */
  static final List<Key<?>> ALL =
      List.of(NAME, PORT, CONCURRENCY, LEASE, MAX_ATTEMPTS, BACKOFF, MAX_BACKOFF);

  private ReplicatorKeys() {}
}
