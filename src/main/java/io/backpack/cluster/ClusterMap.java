package io.backpack.cluster;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The cluster at one moment: immutable, consistent in itself, replaced as a whole when anything
 * changes.
 */
public record ClusterMap(
    Map<String, Server> servers,
    Map<String, Shard> shards,
    Map<String, ShardSize> sizes,
    QueueSettings queue) {
  public static final ClusterMap EMPTY =
      new ClusterMap(Map.of(), Map.of(), Map.of(), QueueSettings.NONE);

  public ClusterMap {
    servers = Collections.unmodifiableMap(new TreeMap<>(servers));
    shards = Collections.unmodifiableMap(new TreeMap<>(shards));
    sizes = Collections.unmodifiableMap(new TreeMap<>(sizes));
  }

  public Optional<Shard> shard(String id) {
    return Optional.ofNullable(shards.get(id));
  }

  public Optional<Server> server(String id) {
    return Optional.ofNullable(servers.get(id));
  }

  /** The size of a shard; {@link ShardSize#UNKNOWN} before the first one was read. */
  public ShardSize size(String shardId) {
    return sizes.getOrDefault(shardId, ShardSize.UNKNOWN);
  }

  /** The servers of a shard that the map knows, in the order of the shard. */
  public List<Server> serversOf(Shard shard) {
    List<Server> found = new ArrayList<>();
    for (String node : shard.nodes()) {
      server(node).ifPresent(found::add);
    }
    return found;
  }
}
