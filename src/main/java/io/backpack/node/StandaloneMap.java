package io.backpack.node;

import io.backpack.api.BackpackException;
import io.backpack.api.DataSize;
import io.backpack.api.ErrorCode;
import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.QueueSettings;
import io.backpack.cluster.Server;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Makes the cluster map of a standalone process, and brings it up to date at every later start. */
final class StandaloneMap {
  static final String SHARD = "1";

  private final ClusterAdmin admin;

  StandaloneMap(ClusterAdmin admin) {
    this.admin = admin;
  }

  /**
   * Makes the map say what this process is. Each step may have been done by a start that was cut
   * off, so each looks first.
   *
   * @param servers the nodes; of the number they had at the first start
   * @param capacity of the shard; counts at the first start only, an operator may have changed it
   * @param redisSocket path of the queue's Redis
   */
  void settle(List<Server> servers, DataSize capacity, String redisSocket) {
    initialise();
    ClusterMap map = admin.map();
    for (Server server : servers) {
      if (map.server(server.id()).isEmpty()) {
        admin.addServer(server.id(), server.host(), server.port());
      }
    }
    move(servers);
    if (map.shard(SHARD).isEmpty()) {
      // All of it is on this machine.
      admin.addShard(SHARD, servers.stream().map(Server::id).toList(), capacity, true);
    }
    if (map.size(SHARD).current() == 0) {
      // Not later: an operator may have disabled it.
      admin.enableShard(SHARD);
    }
    QueueSettings queue =
        new QueueSettings(
            List.of(new QueueSettings.Endpoint(redisSocket, 1)), ClusterAdmin.DEFAULT_QUEUE_KEY);
    if (!admin.map().queue().equals(queue)) {
      admin.setQueue(queue);
    }
  }

  private void initialise() {
    try {
      admin.init();
    } catch (BackpackException e) {
      if (e.code() != ErrorCode.EXISTS) {
        throw e;
      }
    }
  }

  /** Moving all of them up by one port, the last goes first: no two may have one address. */
  private void move(List<Server> servers) {
    ClusterMap map = admin.map();
    List<Server> moved = new ArrayList<>();
    boolean up = false;
    for (Server server : servers) {
      Server before = map.server(server.id()).orElse(server);
      if (!before.url().equals(server.url())) {
        moved.add(server);
        up |= server.port() > before.port();
      }
    }
    if (up) {
      Collections.reverse(moved);
    }
    moved.forEach(server -> admin.setServer(server.id(), server.host(), server.port()));
  }
}
