package io.backpack.coordinator;

import io.backpack.http.HttpSettings;
import java.time.Duration;

/**
 * What a coordinator is set to.
 *
 * @param http where it listens and what it demands; its write token is also what it shows to nodes
 * @param copies nodes that have an upload on disk before it is answered; a shard with fewer nodes
 *     takes as many as it has
 * @param copiesStrict answers 503 rather than degraded when fewer nodes have an upload or a delete
 * @param retain bytes of a body that are kept until it is answered, so that it can go elsewhere
 * @param uploadMemory bytes that retained bodies may hold at a time
 * @param maxShare the most a shard gets of the new photos while another can take them, 0 to 1
 * @param connectTimeout to a node
 * @param requestTimeout of one node's answer, without progress
 * @param sizeInterval between two writes of the shards' sizes
 * @param connectionsPerNode for short calls; transfers have as many, at least 1,024
 * @param shards how it watches over the sizes of the shards
 */
public record CoordinatorSettings(
    HttpSettings http,
    int copies,
    boolean copiesStrict,
    int retain,
    long uploadMemory,
    double maxShare,
    Duration connectTimeout,
    Duration requestTimeout,
    Duration sizeInterval,
    int connectionsPerNode,
    ShardSettings shards) {
  public static final int DEFAULT_COPIES = 2;
  public static final int DEFAULT_RETAIN = 1 << 20;
  public static final double DEFAULT_MAX_SHARE = 0.5;
  public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(2);
  public static final Duration DEFAULT_REQUEST_TIMEOUT = Duration.ofSeconds(10);
  public static final Duration DEFAULT_SIZE_INTERVAL = Duration.ofSeconds(3);
  public static final int DEFAULT_CONNECTIONS_PER_NODE = 64;

  public CoordinatorSettings {
    if (copies < 1 || retain < 1 || maxShare <= 0 || maxShare > 1) {
      throw new IllegalArgumentException("copies, retain or maxShare out of range");
    }
  }
}
