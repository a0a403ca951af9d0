package io.backpack.node;

import io.backpack.api.PhotoStore;
import io.backpack.cluster.Server;
import io.backpack.cluster.ZooKeeperClusterView;
import io.backpack.http.HttpPhotoStore;
import io.backpack.http.HttpStoreFactory;
import io.backpack.node.config.NodeConfiguration;
import io.backpack.queue.RedisCopyQueue;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * What the roles of one process share.
 *
 * @param view the cluster map
 * @param queue is told of its servers by the process
 * @param bus may be joined late, or never
 */
record Surroundings(
    Vertx vertx,
    NodeConfiguration configuration,
    ZooKeeperClusterView view,
    HttpStoreFactory stores,
    RedisCopyQueue queue,
    BusMembership bus) {
  /** {@code http://host:port/}, under the name by which others reach this process. */
  String url(int port) {
    return new Server("any", configuration.publicHost(), port).url() + "/";
  }

  /** Makes a source of the clients of nodes, one for each address and kind. */
  Function<Server, PhotoStore> clients() {
    Map<String, HttpPhotoStore> ours = new ConcurrentHashMap<>();
    Map<String, PhotoStore> originals = new ConcurrentHashMap<>();
    return server ->
        server.original()
            ? originals.computeIfAbsent(server.url(), stores::original)
            : ours.computeIfAbsent(server.url(), stores::store);
  }
}
