package io.backpack.node.config;

import io.backpack.api.BackpackException;
import io.backpack.bus.BusSettings;
import io.backpack.cluster.ClusterSettings;
import io.backpack.coordinator.CoordinatorSettings;
import io.backpack.http.HttpSettings;
import io.backpack.replicator.ReplicatorSettings;
import io.backpack.storage.MaintenanceSettings;
import io.backpack.storage.StorageSettings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes the settings of the roles out of a configuration that was found right. */
final class NodeConfigurationBuilder {
  /** Of what the registry takes, 200 characters, with the role before it and a port behind. */
  private static final int LONGEST_HOST = 160;

  private final Configuration from;

  private NodeConfigurationBuilder(Configuration from) {
    this.from = from;
  }

  /**
   * Makes the settings.
   *
   * @throws ConfigurationException when a settings record is stricter than the keys
   */
  static NodeConfiguration build(Configuration from) {
    try {
      return new NodeConfigurationBuilder(from).build();
    } catch (BackpackException | IllegalArgumentException e) {
      throw new ConfigurationException(List.of(e.getMessage()));
    }
  }

  private NodeConfiguration build() {
    return new NodeConfiguration(
        cluster(),
        publicHost(),
        from.get(Keys.BUS_ENABLED) ? Optional.of(bus()) : Optional.empty(),
        from.has("storage") ? storage() : List.of(),
        from.has("coordinator") ? Optional.of(coordinator()) : Optional.empty(),
        from.has("replicator") ? Optional.of(replicator()) : Optional.empty());
  }

  private ClusterSettings cluster() {
    return new ClusterSettings(
        from.get(Keys.CLUSTER_ZOOKEEPER),
        from.get(Keys.CLUSTER_ROOT),
        from.get(Keys.CLUSTER_SESSION_TIMEOUT),
        from.get(Keys.CLUSTER_CONNECT_TIMEOUT),
        from.find(Keys.CLUSTER_STATE_DIR));
  }

  private String publicHost() {
    String host = from.get(Keys.HTTP_HOST);
    return from.find(Keys.HTTP_PUBLIC_HOST)
        .orElseGet(() -> ConfigurationCheck.isEveryAddress(host) ? hostName() : host);
  }

  private BusSettings bus() {
    return new BusSettings(
        from.get(Keys.CLUSTER_ZOOKEEPER),
        from.get(Keys.CLUSTER_ROOT),
        from.get(Keys.BUS_HOST),
        from.get(Keys.BUS_PORT),
        from.find(Keys.BUS_PUBLIC_HOST).orElse(""),
        from.find(Keys.BUS_PUBLIC_PORT).orElse(0),
        from.get(Keys.CLUSTER_SESSION_TIMEOUT),
        Math.toIntExact(from.get(Keys.BUS_MAX_PHOTO_SIZE)));
  }

  private List<StorageSettings> storage() {
    if (from.instances() == 0) {
      return List.of(
          storage(
              from.get(Keys.STORAGE_ID),
              http(from.get(Keys.STORAGE_PORT), from.find(Keys.STORAGE_ADMIN_PORT)),
              from.get(Keys.STORAGE_DIRS),
              from.get(Keys.STORAGE_REDIS)));
    }
    List<StorageSettings> all = new ArrayList<>();
    for (int i = 0; i < from.instances(); i++) {
      all.add(
          storage(
              from.get(Keys.INSTANCE_ID.at(i)),
              http(from.get(Keys.INSTANCE_PORT.at(i)), from.find(Keys.INSTANCE_ADMIN_PORT.at(i))),
              from.get(Keys.INSTANCE_DIRS.at(i)),
              from.get(Keys.INSTANCE_REDIS.at(i))));
    }
    return all;
  }

  private StorageSettings storage(String id, HttpSettings http, List<Path> dirs, String redis) {
    return new StorageSettings(
        id,
        http,
        dirs,
        redis,
        from.get(Keys.STORAGE_REDIS_TIMEOUT),
        from.get(Keys.STORAGE_VOLUME_SIZE),
        from.get(Keys.STORAGE_RESERVE),
        from.get(Keys.STORAGE_SYNC).equals("group"),
        from.get(Keys.STORAGE_OVERWRITE),
        from.get(Keys.STORAGE_UPLOAD_MEMORY),
        from.get(Keys.STORAGE_READ_THREADS),
        from.get(Keys.STORAGE_LOCATION_CACHE),
        from.get(Keys.STORAGE_MAX_VERSION_AHEAD),
        new MaintenanceSettings(
            from.get(Keys.STORAGE_SCRUB_DAYS),
            from.get(Keys.STORAGE_COMPACT_DEAD_RATIO),
            from.get(Keys.STORAGE_COMPACT_RATE)));
  }

  private NodeConfiguration.Coordinator coordinator() {
    int port = from.get(Keys.COORDINATOR_PORT);
    CoordinatorSettings settings =
        new CoordinatorSettings(
            http(port, from.find(Keys.COORDINATOR_ADMIN_PORT)),
            from.get(Keys.COORDINATOR_COPIES),
            from.get(Keys.COORDINATOR_COPIES_STRICT),
            Math.toIntExact(from.get(Keys.COORDINATOR_RETAIN)),
            from.get(Keys.COORDINATOR_UPLOAD_MEMORY),
            from.get(Keys.COORDINATOR_MAX_SHARE),
            from.get(Keys.COORDINATOR_CONNECT_TIMEOUT),
            from.get(Keys.COORDINATOR_REQUEST_TIMEOUT),
            from.get(Keys.COORDINATOR_SIZE_INTERVAL),
            from.get(Keys.COORDINATOR_CONNECTIONS_PER_NODE));
    String id = from.find(Keys.COORDINATOR_ID).orElseGet(() -> idOfHost(hostName()) + "-" + port);
    return new NodeConfiguration.Coordinator(id, settings);
  }

  private NodeConfiguration.Replicator replicator() {
    ReplicatorSettings settings =
        new ReplicatorSettings(
            from.find(Keys.REPLICATOR_NAME).orElseGet(() -> idOfHost(hostName())),
            from.get(Keys.REPLICATOR_CONCURRENCY),
            from.get(Keys.REPLICATOR_LEASE),
            from.get(Keys.REPLICATOR_MAX_ATTEMPTS),
            from.get(Keys.REPLICATOR_BACKOFF),
            from.get(Keys.REPLICATOR_MAX_BACKOFF),
            from.get(Keys.COORDINATOR_CONNECT_TIMEOUT),
            from.get(Keys.COORDINATOR_REQUEST_TIMEOUT),
            from.get(Keys.HTTP_WRITE_TOKEN));
    return new NodeConfiguration.Replicator(
        settings, from.find(Keys.REPLICATOR_PORT).map(port -> http(port, Optional.empty())));
  }

  private HttpSettings http(int port, Optional<Integer> adminPort) {
    return new HttpSettings(
        from.get(Keys.HTTP_HOST),
        port,
        adminPort.or(() -> from.find(Keys.HTTP_ADMIN_PORT)),
        from.get(Keys.HTTP_WRITE_TOKEN),
        from.get(Keys.HTTP_ADMIN_TOKEN),
        from.get(Keys.HTTP_INSECURE),
        from.get(Keys.HTTP_CORS_ORIGINS),
        from.get(Keys.HTTP_CACHE_CONTROL),
        from.get(Keys.STORAGE_MAX_PHOTO_SIZE),
        from.get(Keys.HTTP_IDLE_TIMEOUT),
        from.get(Keys.HTTP_MIN_UPLOAD_RATE),
        from.get(Keys.HTTP_UPLOAD_GRACE),
        from.get(Keys.STORAGE_NAMES_INCLUDE_QUERY));
  }

  /** The machine's name, or an address where it does not know its own. */
  static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "127.0.0.1";
    }
  }

  /**
   * The machine's name as an id. All of it: two machines may differ in their domains only, and
   * share a stamper if their ids were the same.
   */
  static String idOfHost(String hostName) {
    String name = hostName.replaceAll("[^A-Za-z0-9._-]", "-").replaceFirst("^[.-]", "_");
    return name.substring(0, Math.min(name.length(), LONGEST_HOST));
  }
}
