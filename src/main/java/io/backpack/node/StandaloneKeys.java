package io.backpack.node;

import java.util.LinkedHashMap;
import java.util.Map;

/** The configuration of a standalone process, as far as it follows from where its parts are. */
final class StandaloneKeys {
  /** What the process calls itself where the source of a value is shown. */
  static final String OWNER = "standalone";

  /** Of the cluster map in ZooKeeper. */
  static final String ROOT = "/backpack";

  private StandaloneKeys() {}

  /**
   * Values by key.
   *
   * @param port of the coordinator
   * @param zooKeeper where it listens
   * @param redis URI of the one with the indexes
   */
  static Map<String, String> of(
      DataDirectory data, String host, int port, int nodes, String zooKeeper, String redis) {
    Map<String, String> given = new LinkedHashMap<>();
    given.put("cluster.zookeeper", zooKeeper);
    given.put("cluster.root", ROOT);
    given.put("cluster.state-dir", data.state().toString());
    given.put("http.host", host);
    given.put("coordinator.port", Integer.toString(port));
    // The only ones in a cluster of their own, whatever the machine is called.
    given.put("coordinator.id", OWNER);
    given.put("replicator.name", OWNER);
    for (int i = 0; i < nodes; i++) {
      String instance = "storage.instances." + i + ".";
      given.put(instance + "id", Integer.toString(i + 1));
      given.put(instance + "port", Integer.toString(port + i + 1));
      given.put(instance + "dirs", data.node(i + 1).toString());
      given.put(instance + "redis", redis);
    }
    return given;
  }
}
