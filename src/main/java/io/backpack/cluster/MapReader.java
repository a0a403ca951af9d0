package io.backpack.cluster;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.zookeeper.Watcher;

/** Reads the map part by part and puts a snapshot together. Belongs to one thread; blocks. */
final class MapReader {
  private static final int MAX_READS = 5;

  private final Znodes znodes;
  private final MapPart<Map<String, Server>> servers;
  private final MapPart<Map<String, Shard>> shards;
  private final MapPart<QueueSettings> queue;
  private final Map<String, MapPart<ShardSize>> sizes = new TreeMap<>();
  private boolean initialised;

  /**
   * @param saved stands in for what cannot be read
   */
  MapReader(Znodes znodes, Optional<ClusterMap> saved) {
    this.znodes = znodes;
    servers = new MapPart<>(MapCodec.SERVERS, MapCodec::servers, saved.map(ClusterMap::servers));
    shards = new MapPart<>(MapCodec.SHARDS, MapCodec::shards, saved.map(ClusterMap::shards));
    queue = new MapPart<>(MapCodec.QUEUE, MapCodec::queue, saved.map(ClusterMap::queue));
    saved.ifPresent(
        map -> map.sizes().forEach((id, size) -> sizes.put(id, sizePart(id, Optional.of(size)))));
  }

  /**
   * Reads servers, shards and queue, and the sizes of shards that are new. The parts belong
   * together: the shards did not change while the servers were read.
   *
   * @param watcher told of the next change of any of the three
   */
  void readMaps(Watcher watcher) {
    for (int i = 0; i < MAX_READS; i++) {
      Optional<Znode> shardsRead = znodes.read(MapCodec.SHARDS, watcher);
      Optional<Znode> serversRead = znodes.read(MapCodec.SERVERS, watcher);
      Optional<Znode> queueRead = znodes.read(MapCodec.QUEUE, watcher);
      Optional<Znode> again = znodes.read(MapCodec.SHARDS, watcher);
      if (again.map(Znode::version).equals(shardsRead.map(Znode::version))) {
        initialised = serversRead.isPresent() && again.isPresent();
        if (!initialised && snapshot().isEmpty()) {
          return;
        }
        servers.take(serversRead);
        shards.take(again);
        if (queueRead.isPresent() || queue.value().isPresent()) {
          queue.take(queueRead);
        }
        break;
      }
      // Else a watch has fired too, so giving up after some times only delays it.
    }
    Map<String, Shard> known = shards.value().orElse(Map.of());
    sizes.keySet().retainAll(known.keySet());
    known.keySet().stream().filter(id -> !sizes.containsKey(id)).forEach(this::readSize);
  }

  /** Reads the sizes of all shards. */
  void readSizes() {
    shards.value().orElse(Map.of()).keySet().forEach(this::readSize);
  }

  private void readSize(String shardId) {
    sizes
        .computeIfAbsent(shardId, id -> sizePart(id, Optional.empty()))
        .take(znodes.read(MapCodec.sizeZnode(shardId)));
  }

  private static MapPart<ShardSize> sizePart(String shardId, Optional<ShardSize> initial) {
    return new MapPart<>(
        MapCodec.sizeZnode(shardId), json -> MapCodec.size(shardId, json), initial);
  }

  /** Whether the two znodes without which there is no cluster were there. */
  boolean initialised() {
    return initialised;
  }

  /** What keeps the servers and shards of the snapshot from being all there are. */
  Optional<String> trouble() {
    return servers.trouble().or(shards::trouble);
  }

  /** The parts together; empty as long as servers or shards could never be read. */
  Optional<ClusterMap> snapshot() {
    if (servers.value().isEmpty() || shards.value().isEmpty()) {
      return Optional.empty();
    }
    Map<String, ShardSize> known = new TreeMap<>();
    sizes.forEach((id, part) -> part.value().ifPresent(size -> known.put(id, size)));
    return Optional.of(
        new ClusterMap(
            servers.value().get(),
            shards.value().get(),
            known,
            queue.value().orElse(QueueSettings.NONE)));
  }
}
