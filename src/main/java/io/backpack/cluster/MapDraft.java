package io.backpack.cluster;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.zookeeper.Op;

/**
 * The map as it was read, to be changed in place and committed as a whole: either nothing of the
 * map has changed since it was read, or nothing is written. What the changes do not touch, fields
 * of others included, stays as it is.
 */
final class MapDraft {
  private final Znodes znodes;
  private final Znode serversRead;
  private final Znode shardsRead;
  private final Optional<Znode> queueRead;
  private final JsonObject servers;
  private final JsonObject shards;
  private final JsonObject queue;
  private final List<Op> more = new ArrayList<>();

  MapDraft(Znodes znodes) {
    this.znodes = znodes;
    serversRead = znodes.read(MapCodec.SERVERS).orElseThrow(znodes::notInitialised);
    shardsRead = znodes.read(MapCodec.SHARDS).orElseThrow(znodes::notInitialised);
    queueRead = znodes.read(MapCodec.QUEUE);
    servers = serversRead.json();
    shards = shardsRead.json();
    queue = queueRead.map(Znode::json).orElseGet(JsonObject::new);
  }

  JsonObject servers() {
    return servers;
  }

  JsonObject shards() {
    return shards;
  }

  JsonObject queue() {
    return queue;
  }

  Map<String, Server> decodedServers() {
    return MapCodec.servers(servers);
  }

  Map<String, Shard> decodedShards() {
    return MapCodec.shards(shards);
  }

  Optional<Znode> size(String shardId) {
    return znodes.read(MapCodec.sizeZnode(shardId));
  }

  void createSize(String shardId, ShardSize size) {
    more.add(znodes.create(MapCodec.sizeZnode(shardId), MapCodec.encode(size)));
  }

  String pathOfSize(String shardId) {
    return znodes.path(MapCodec.sizeZnode(shardId));
  }

  void setSize(Znode size, JsonObject json) {
    more.add(znodes.set(size, json));
  }

  void deleteSize(Znode size) {
    more.add(znodes.delete(size));
  }

  /** False when others changed something in between. */
  boolean commit() {
    List<Op> operations = new ArrayList<>();
    operations.add(setOrCheck(serversRead, servers));
    operations.add(setOrCheck(shardsRead, shards));
    if (queueRead.isPresent()) {
      operations.add(setOrCheck(queueRead.get(), queue));
    } else if (!queue.isEmpty()) {
      operations.add(znodes.create(MapCodec.QUEUE, queue));
    }
    operations.addAll(more);
    return znodes.commit(operations);
  }

  private Op setOrCheck(Znode read, JsonObject json) {
    return json.equals(read.json()) ? znodes.check(read) : znodes.set(read, json);
  }
}
