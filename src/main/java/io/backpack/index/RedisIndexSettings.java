package io.backpack.index;

import java.time.Duration;
import java.util.Objects;

/**
 * What the index of one node is set to.
 *
 * @param nodeId the node's id in the cluster map; a part of its keys' names
 * @param cookie of the store; a keyspace with another one belongs to another store and is refused
 * @param uri {@code redis://[:password@]host:port[/db]} or {@code unix:///path}
 * @param timeout after which a call to Redis counts as lost
 * @param maxInFlight look-ups under way; one more fails with {@link
 *     io.backpack.api.ErrorCode#OVERLOADED}
 * @param locationCacheEntries names whose place is kept in this process, at about 30 bytes each; 0
 *     for none
 * @param nameFilterBytes that a filter of all names may take, see {@link NameFilter}; 0 for none
 */
public record RedisIndexSettings(
    String nodeId,
    String cookie,
    String uri,
    Duration timeout,
    int maxInFlight,
    int locationCacheEntries,
    long nameFilterBytes) {
  public static final int DEFAULT_MAX_IN_FLIGHT = 8192;

  public RedisIndexSettings {
    Objects.requireNonNull(nodeId);
    Objects.requireNonNull(cookie);
    Objects.requireNonNull(uri);
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("a timeout is positive");
    }
    if (maxInFlight < 1 || locationCacheEntries < 0 || nameFilterBytes < 0) {
      throw new IllegalArgumentException("a number is out of range");
    }
  }
}
