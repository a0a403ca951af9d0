package io.backpack.node.config;

import io.backpack.api.BackpackException;
import io.backpack.bus.BusSettings;
import io.backpack.cluster.ClusterSettings;
import io.backpack.coordinator.CoordinatorSettings;
import io.backpack.coordinator.ShardSettings;
import io.backpack.http.HttpSettings;
import io.backpack.queue.QueueLimits;
import io.backpack.repair.RepairSettings;
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
  private static final long LARGEST_UPLOAD_MEMORY = 256L << 20;
  private static final int UPLOAD_SHARE = 8;

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
        from.get(BusKeys.ENABLED) ? Optional.of(bus()) : Optional.empty(),
        from.has("storage") ? storage() : List.of(),
        repair(),
        from.has("coordinator") ? Optional.of(coordinator()) : Optional.empty(),
        from.has("replicator") ? Optional.of(replicator()) : Optional.empty());
  }

  private ClusterSettings cluster() {
    return new ClusterSettings(
        from.get(ClusterKeys.ZOOKEEPER),
        from.get(ClusterKeys.ROOT),
        from.get(ClusterKeys.SESSION_TIMEOUT),
        from.get(ClusterKeys.CONNECT_TIMEOUT),
        from.find(ClusterKeys.STATE_DIR));
  }

  private String publicHost() {
    String host = from.get(HttpKeys.HOST);
    return from.find(HttpKeys.PUBLIC_HOST)
        .orElseGet(() -> ConfigurationCheck.isEveryAddress(host) ? hostName() : host);
  }

  private BusSettings bus() {
    return new BusSettings(
        from.get(ClusterKeys.ZOOKEEPER),
        from.get(ClusterKeys.ROOT),
        from.get(BusKeys.HOST),
        from.get(BusKeys.PORT),
        from.find(BusKeys.PUBLIC_HOST).orElse(""),
        from.find(BusKeys.PUBLIC_PORT).orElse(0),
        from.get(ClusterKeys.SESSION_TIMEOUT),
        Math.toIntExact(from.get(BusKeys.MAX_PHOTO_SIZE)));
  }

  private List<StorageSettings> storage() {
    if (from.instances() == 0) {
      return List.of(
          storage(
              from.get(StorageKeys.ID),
              http(from.get(StorageKeys.PORT), from.find(StorageKeys.ADMIN_PORT)),
              from.get(StorageKeys.DIRS),
              from.get(StorageKeys.REDIS)));
    }
    List<StorageSettings> all = new ArrayList<>();
    for (int i = 0; i < from.instances(); i++) {
      all.add(
          storage(
              from.get(StorageKeys.INSTANCE_ID.at(i)),
              http(
                  from.get(StorageKeys.INSTANCE_PORT.at(i)),
                  from.find(StorageKeys.INSTANCE_ADMIN_PORT.at(i))),
              from.get(StorageKeys.INSTANCE_DIRS.at(i)),
              from.get(StorageKeys.INSTANCE_REDIS.at(i))));
    }
    return all;
  }

  private RepairSettings repair() {
    return new RepairSettings(
        from.get(StorageKeys.REPAIR_RATE),
        from.get(StorageKeys.REPAIR_INTERVAL),
        from.get(CoordinatorKeys.CONNECT_TIMEOUT).plus(from.get(CoordinatorKeys.REQUEST_TIMEOUT)));
  }

  private StorageSettings storage(String id, HttpSettings http, List<Path> dirs, String redis) {
    return new StorageSettings(
        id,
        http,
        dirs,
        redis,
        from.get(StorageKeys.REDIS_TIMEOUT),
        from.get(StorageKeys.VOLUME_SIZE),
        from.get(StorageKeys.RESERVE),
        from.get(StorageKeys.SYNC).equals("group"),
        from.get(StorageKeys.OVERWRITE),
        from.get(StorageKeys.UPLOAD_MEMORY)
            .orElseGet(() -> autoUploadMemory(from.get(StorageKeys.MAX_PHOTO_SIZE))),
        from.get(StorageKeys.READ_THREADS),
        from.get(StorageKeys.LOCATION_CACHE),
        from.get(StorageKeys.NAME_FILTER).orElseGet(StorageSettings::autoNameFilter),
        from.get(StorageKeys.PHOTO_CACHE).orElseGet(StorageSettings::autoPhotoCache),
        from.get(StorageKeys.MAX_VERSION_AHEAD),
        new MaintenanceSettings(
            from.get(StorageKeys.SCRUB_DAYS),
            from.get(StorageKeys.COMPACT_DEAD_RATIO),
            from.get(StorageKeys.COMPACT_RATE)));
  }

  /**
   * What uploads may hold where nobody says: they must not end a process with a small heap.
   *
   * @param least what the largest of them needs
   */
  static long autoUploadMemory(long least) {
    long share = Runtime.getRuntime().maxMemory() / UPLOAD_SHARE;
    return Math.max(least, Math.min(LARGEST_UPLOAD_MEMORY, share));
  }

  private NodeConfiguration.Coordinator coordinator() {
    int port = from.get(CoordinatorKeys.PORT);
    CoordinatorSettings settings =
        new CoordinatorSettings(
            http(port, from.find(CoordinatorKeys.ADMIN_PORT)),
            from.get(CoordinatorKeys.COPIES),
            from.get(CoordinatorKeys.COPIES_STRICT),
            Math.toIntExact(from.get(CoordinatorKeys.RETAIN)),
            from.get(CoordinatorKeys.UPLOAD_MEMORY)
                .orElseGet(() -> autoUploadMemory(from.get(CoordinatorKeys.RETAIN))),
            from.get(CoordinatorKeys.MAX_SHARE),
            from.get(CoordinatorKeys.CONNECT_TIMEOUT),
            from.get(CoordinatorKeys.REQUEST_TIMEOUT),
            from.get(CoordinatorKeys.SIZE_INTERVAL),
            from.get(CoordinatorKeys.CONNECTIONS_PER_NODE),
            new ShardSettings(
                from.get(CoordinatorKeys.RECONCILE_INTERVAL),
                from.get(CoordinatorKeys.SHARD_FULL_WARNING),
                from.get(CoordinatorKeys.SHARD_FULL_TIME)));
    String id = from.find(CoordinatorKeys.ID).orElseGet(() -> idOfHost(hostName()) + "-" + port);
    QueueLimits queue =
        QueueLimits.DEFAULT.withTarget(
            from.get(CoordinatorKeys.QUEUE_TASKS), from.get(CoordinatorKeys.QUEUE_BYTES));
    return new NodeConfiguration.Coordinator(id, settings, queue);
  }

  private NodeConfiguration.Replicator replicator() {
    ReplicatorSettings settings =
        new ReplicatorSettings(
            from.find(ReplicatorKeys.NAME).orElseGet(() -> idOfHost(hostName())),
            from.get(ReplicatorKeys.CONCURRENCY),
            from.get(ReplicatorKeys.LEASE),
            from.get(ReplicatorKeys.MAX_ATTEMPTS),
            from.get(ReplicatorKeys.BACKOFF),
            from.get(ReplicatorKeys.MAX_BACKOFF),
            from.get(CoordinatorKeys.CONNECT_TIMEOUT),
            from.get(CoordinatorKeys.REQUEST_TIMEOUT),
            from.get(HttpKeys.WRITE_TOKEN));
    return new NodeConfiguration.Replicator(
        settings, from.find(ReplicatorKeys.PORT).map(port -> http(port, Optional.empty())));
  }

  private HttpSettings http(int port, Optional<Integer> adminPort) {
    return new HttpSettings(
        from.get(HttpKeys.HOST),
        port,
        adminPort.or(() -> from.find(HttpKeys.ADMIN_PORT)),
        from.get(HttpKeys.WRITE_TOKEN),
        from.get(HttpKeys.ADMIN_TOKEN),
        from.get(HttpKeys.INSECURE),
        from.get(HttpKeys.CORS_ORIGINS),
        from.get(HttpKeys.CACHE_CONTROL),
        from.get(StorageKeys.MAX_PHOTO_SIZE),
        from.get(HttpKeys.IDLE_TIMEOUT),
        from.get(HttpKeys.MIN_UPLOAD_RATE),
        from.get(HttpKeys.UPLOAD_GRACE),
        from.get(StorageKeys.NAMES_INCLUDE_QUERY));
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
