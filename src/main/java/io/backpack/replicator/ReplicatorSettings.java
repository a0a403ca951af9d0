package io.backpack.replicator;

import java.time.Duration;

/**
 * What a replicator is set to.
 *
 * @param name of this process among the consumers of a queue; unique in the cluster
 * @param concurrency copies to one target at a time
 * @param lease after which a task that was taken and not finished may be taken by another
 * @param maxAttempts after which a task becomes a dead letter
 * @param backoff before the second attempt; doubles, up to {@code maxBackoff}
 * @param maxBackoff the longest wait between two attempts
 * @param connectTimeout to a node
 * @param requestTimeout of one node's answer, without progress
 * @param writeToken shown to nodes
 */
public record ReplicatorSettings(
    String name,
    int concurrency,
    Duration lease,
    int maxAttempts,
    Duration backoff,
    Duration maxBackoff,
    Duration connectTimeout,
    Duration requestTimeout,
    String writeToken) {
  public static final int DEFAULT_CONCURRENCY = 8;
  public static final Duration DEFAULT_LEASE = Duration.ofSeconds(60);
  public static final int DEFAULT_MAX_ATTEMPTS = 100;
  public static final Duration DEFAULT_BACKOFF = Duration.ofMillis(200);
  public static final Duration DEFAULT_MAX_BACKOFF = Duration.ofSeconds(30);

  public ReplicatorSettings {
    if (name.isBlank() || concurrency < 1 || maxAttempts < 1) {
      throw new IllegalArgumentException("name, concurrency or maxAttempts out of range");
    }
    if (lease.toMillis() < 1 || backoff.toMillis() < 1 || maxBackoff.compareTo(backoff) < 0) {
      throw new IllegalArgumentException("lease, backoff or maxBackoff out of range");
    }
  }
}
