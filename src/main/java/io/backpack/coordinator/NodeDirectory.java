package io.backpack.coordinator;

import io.backpack.api.PhotoStore;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** One client per server for as long as the map has it with the same address. */
final class NodeDirectory {
  private final Function<Server, PhotoStore> connect;
  private final Map<Server, PhotoStore> stores = new ConcurrentHashMap<>();

  NodeDirectory(Function<Server, PhotoStore> connect) {
    this.connect = connect;
  }

  /** The nodes of a shard that have an address, in the order of the shard. */
  List<Node> of(ClusterMap map, Shard shard) {
    List<Node> nodes = new ArrayList<>();
    for (Server server : map.serversOf(shard)) {
      PhotoStore store = stores.computeIfAbsent(server, connect);
      nodes.add(new Node(server.id(), store, server.original()));
    }
    return nodes;
  }

  /** Forgets the clients of servers that are gone. */
  void follow(ClusterMap map) {
    stores.keySet().retainAll(new HashSet<>(map.servers().values()));
  }
}
