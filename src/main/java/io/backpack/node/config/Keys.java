package io.backpack.node.config;

import static io.backpack.node.config.Key.optional;
import static io.backpack.node.config.Key.required;
import static io.backpack.node.config.Key.withDefault;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Every key there is. */
final class Keys {
  private static final String MAX_VOLUME = "3500mb";

  // cluster

  static final Key<String> CLUSTER_ZOOKEEPER =
      required(
          "cluster.zookeeper",
          KeyType.HOSTS,
          "127.0.0.1:2181",
          "The ZooKeeper servers that hold the cluster map.");
  static final Key<String> CLUSTER_ROOT =
      withDefault(
          "cluster.root",
          KeyType.ROOT_TYPE,
          "/backpack",
          "Where the cluster map lies in ZooKeeper; one per cluster.");
  static final Key<Duration> CLUSTER_SESSION_TIMEOUT =
      withDefault(
          "cluster.session-timeout",
          KeyType.DURATION_TYPE,
          "20s",
          "How long ZooKeeper may not hear of this process before it gives it up.");
  static final Key<Duration> CLUSTER_CONNECT_TIMEOUT =
      withDefault(
          "cluster.connect-timeout",
          KeyType.DURATION_TYPE,
          "10s",
          "How long a start waits for ZooKeeper before it goes on with the last map it saved.");
  static final Key<Path> CLUSTER_STATE_DIR =
      optional(
          "cluster.state-dir",
          KeyType.PATH,
          "nothing is saved",
          "/var/lib/backpack/state",
          "Directory where the last known cluster map is saved. Without one this process cannot"
              + " start while ZooKeeper is away.");

  // http

  static final Key<String> HTTP_HOST =
      withDefault(
          "http.host",
          KeyType.HOST_TYPE,
          "127.0.0.1",
          "Address that all HTTP servers of this process listen on; 0.0.0.0 for every one. Beyond"
              + " loopback it needs http.write-token or http.insecure.");
  static final Key<String> HTTP_PUBLIC_HOST =
      optional(
          "http.public-host",
          KeyType.HOST_TYPE,
          "http.host, or the host's name where that is every address",
          "photos-1.example.net",
          "Name under which others reach the servers of this process, for its announcements.");
  static final Key<String> HTTP_WRITE_TOKEN =
      withDefault(
          "http.write-token",
          KeyType.TOKEN,
          "",
          "Bearer token that PUT and DELETE need; the same in the whole cluster, since coordinators"
              + " and replicators show it to nodes. Better given as"
              + " BACKPACK_HTTP_WRITE_TOKEN_FILE. Empty for none.");
  static final Key<String> HTTP_ADMIN_TOKEN =
      withDefault(
          "http.admin-token",
          KeyType.TOKEN,
          "",
          "Bearer token that /_/ needs, except health, stats and metrics. Empty: those pages are"
              + " open on loopback and closed beyond it.");
  static final Key<Integer> HTTP_ADMIN_PORT =
      optional(
          "http.admin-port",
          KeyType.PORT,
          "on the role's own port",
          "9080",
          "Port that all of /_/ moves to, for a process with one HTTP server; else see the role's"
              + " own admin-port.");
  static final Key<Boolean> HTTP_INSECURE =
      withDefault(
          "http.insecure",
          KeyType.FLAG,
          "false",
          "Lets this process listen beyond loopback without a write token: whoever reaches it may"
              + " then write and delete.");
  static final Key<List<String>> HTTP_CORS_ORIGINS =
      withDefault(
          "http.cors-origins",
          KeyType.LIST,
          "",
          "Origins of pages that may upload from a browser, such as https://www.example.net; * for"
              + " all, empty for none.");
  static final Key<String> HTTP_CACHE_CONTROL =
      withDefault(
          "http.cache-control",
          KeyType.TEXT,
          "public, max-age=31536000, immutable",
          "The Cache-Control header of a photo.");
  static final Key<Duration> HTTP_IDLE_TIMEOUT =
      withDefault(
          "http.idle-timeout",
          KeyType.DURATION_TYPE,
          "60s",
          "After which a silent connection is closed.");
  static final Key<Long> HTTP_MIN_UPLOAD_RATE =
      withDefault(
          "http.min-upload-rate",
          KeyType.size("1", "1gb"),
          "1kb",
          "Bytes a second that an upload must make over http.upload-grace; slower ones end with"
              + " 408.");
  static final Key<Duration> HTTP_UPLOAD_GRACE =
      withDefault(
          "http.upload-grace",
          KeyType.DURATION_TYPE,
          "30s",
          "How long an upload may be slower than http.min-upload-rate.");

  // bus

  static final Key<Boolean> BUS_ENABLED =
      withDefault(
          "bus.enabled",
          KeyType.FLAG,
          "false",
          "Joins the event bus: announcements of nodes, events, and uploads by applications on the"
              + " bus. Its members trust each other; keep it in a private network.");
  static final Key<String> BUS_HOST =
      withDefault(
          "bus.host",
          KeyType.HOST_TYPE,
          "127.0.0.1",
          "Address that the event bus listens on. Beyond loopback a coordinator needs"
              + " http.write-token or http.insecure.");
  static final Key<Integer> BUS_PORT =
      withDefault("bus.port", KeyType.PORT, "0", "Its port; 0 for any free one.");
  static final Key<String> BUS_PUBLIC_HOST =
      optional(
          "bus.public-host",
          KeyType.HOST_TYPE,
          "bus.host",
          "10.0.0.1",
          "Where other members reach it; needed where bus.host is every address.");
  static final Key<Integer> BUS_PUBLIC_PORT =
      optional(
          "bus.public-port",
          KeyType.PORT,
          "bus.port",
          "15701",
          "The port that other members reach it on.");
  static final Key<Long> BUS_MAX_PHOTO_SIZE =
      withDefault(
          "bus.max-photo-size",
          KeyType.size("1", "1gb"),
          "1mb",
          "The largest photo that travels over the bus; larger ones go over HTTP.");

  // storage

  static final Key<String> STORAGE_ID =
      required("storage.id", KeyType.ID_TYPE, "1", "Id of this node in the cluster map.");
  static final Key<Integer> STORAGE_PORT =
      withDefault("storage.port", KeyType.PORT, "8081", "Port of this node.");
  static final Key<List<Path>> STORAGE_DIRS =
      required(
          "storage.dirs",
          KeyType.PATHS,
          "[/var/lib/backpack/1]",
          "Directories of its volumes, best one per disk.");
  static final Key<String> STORAGE_REDIS =
      required(
          "storage.redis",
          KeyType.REDIS_TYPE,
          "redis://127.0.0.1:6379/0",
          "The Redis of its index: redis://[:password@]host:port[/db] or unix:///path; it must have"
              + " maxmemory-policy noeviction. Nodes may share one.");
  static final Key<Integer> STORAGE_ADMIN_PORT =
      optional(
          "storage.admin-port",
          KeyType.PORT,
          "http.admin-port",
          "9081",
          "Port of its own for this node's /_/ pages.");
  static final Key<String> INSTANCE_ID =
      required("storage.instances.*.id", KeyType.ID_TYPE, "1", "As storage.id.");
  static final Key<Integer> INSTANCE_PORT =
      required("storage.instances.*.port", KeyType.PORT, "8081", "As storage.port.");
  static final Key<List<Path>> INSTANCE_DIRS =
      required(
          "storage.instances.*.dirs", KeyType.PATHS, "[/var/lib/backpack/1]", "As storage.dirs.");
  static final Key<String> INSTANCE_REDIS =
      required(
          "storage.instances.*.redis",
          KeyType.REDIS_TYPE,
          "redis://127.0.0.1:6379/0",
          "As storage.redis.");
  static final Key<Integer> INSTANCE_ADMIN_PORT =
      optional(
          "storage.instances.*.admin-port",
          KeyType.PORT,
          "on the instance's own port",
          "9081",
          "As storage.admin-port.");
  static final Key<Long> STORAGE_MAX_PHOTO_SIZE =
      withDefault(
          "storage.max-photo-size",
          KeyType.size("1", "1gb"),
          "32mb",
          "Larger uploads are refused before their body. Nodes and coordinators both read it.");
  static final Key<Boolean> STORAGE_NAMES_INCLUDE_QUERY =
      withDefault(
          "storage.names-include-query",
          KeyType.FLAG,
          "false",
          "Makes the query string a part of a photo's name, as in the original. Nodes and"
              + " coordinators both read it.");
  static final Key<Long> STORAGE_VOLUME_SIZE =
      withDefault(
          "storage.volume-size",
          KeyType.size("1mb", MAX_VOLUME),
          MAX_VOLUME,
          "Size at which a volume is sealed and the next one begun.");
  static final Key<Long> STORAGE_RESERVE =
      withDefault(
          "storage.reserve",
          KeyType.size("0", "1eb"),
          "1gb",
          "Room that is left free on each disk; uploads that would take it are 507.");
  static final Key<String> STORAGE_SYNC =
      withDefault(
          "storage.sync",
          KeyType.oneOf("group", "never"),
          "group",
          "group: an upload is on the disk before it is answered, many by one sync. never: a power"
              + " cut may lose the last uploads of a node.");
  static final Key<Boolean> STORAGE_OVERWRITE =
      withDefault(
          "storage.overwrite",
          KeyType.FLAG,
          "false",
          "Lets other bytes replace a stored photo of the same name; else that is 409.");
  static final Key<Long> STORAGE_UPLOAD_MEMORY =
      withDefault(
          "storage.upload-memory",
          KeyType.size("1mb", "1tb"),
          "256mb",
          "What the uploads under way may hold in each node; more of them wait.");
  static final Key<Integer> STORAGE_READ_THREADS =
      withDefault(
          "storage.read-threads",
          KeyType.integer(1, 1024),
          "32",
          "Reads that may be at the disk at a time, in each node.");
  static final Key<Integer> STORAGE_LOCATION_CACHE =
      withDefault(
          "storage.location-cache",
          KeyType.integer(0, 1 << 28),
          "1000000",
          "Entries of each node's location cache, about 48 bytes each; 0 for none.");
  static final Key<Duration> STORAGE_REDIS_TIMEOUT =
      withDefault(
          "storage.redis-timeout",
          KeyType.DURATION_TYPE,
          "5s",
          "After which a command to Redis counts as lost.");
  static final Key<Duration> STORAGE_MAX_VERSION_AHEAD =
      withDefault(
          "storage.max-version-ahead",
          KeyType.DURATION_TYPE,
          "10m",
          "How far in the future the version of a write may lie; the clocks of all machines must"
              + " agree better than this.");

  static final Key<Integer> STORAGE_SCRUB_DAYS =
      withDefault(
          "storage.scrub-days",
          KeyType.integer(0, 3650),
          "30",
          "Days within which every node reads and verifies all it has once, in the background; 0 for"
              + " never.");
  static final Key<Double> STORAGE_COMPACT_DEAD_RATIO =
      withDefault(
          "storage.compact-dead-ratio",
          KeyType.RATIO,
          "0.4",
          "Share of deleted and replaced bytes from which on a full volume is compacted by itself;"
              + " 0 for only on command.");
  static final Key<Long> STORAGE_COMPACT_RATE =
      withDefault(
          "storage.compact-rate",
          KeyType.size("64kb", "1tb"),
          "32mb",
          "Bytes a second, read and written, of compaction and of what is verified on command, in"
              + " each node.");

  // coordinator

  static final Key<Integer> COORDINATOR_PORT =
      withDefault("coordinator.port", KeyType.PORT, "8080", "Port of the coordinator.");
  static final Key<Integer> COORDINATOR_ADMIN_PORT =
      optional(
          "coordinator.admin-port",
          KeyType.PORT,
          "http.admin-port",
          "9080",
          "Port of its own for the coordinator's /_/ pages.");
  static final Key<String> COORDINATOR_ID =
      optional(
          "coordinator.id",
          KeyType.ID_TYPE,
          "the host's full name and coordinator.port",
          "coordinator-1",
          "Its name in logs, metrics and events; unique in the cluster, as are the versions that it"
              + " gives.");
  static final Key<Integer> COORDINATOR_COPIES =
      withDefault(
          "coordinator.copies",
          KeyType.integer(1, 16),
          "2",
          "Nodes that have an upload on the disk before it is answered; a shard with fewer nodes"
              + " takes as many as it has.");
  static final Key<Boolean> COORDINATOR_COPIES_STRICT =
      withDefault(
          "coordinator.copies-strict",
          KeyType.FLAG,
          "false",
          "Answers 503 where fewer nodes have it, instead of queueing the missing copies.");
  static final Key<Long> COORDINATOR_RETAIN =
      withDefault(
          "coordinator.retain",
          KeyType.size("1kb", "1gb"),
          "1mb",
          "Bodies up to this size are kept until they are answered and can go to another shard;"
              + " larger ones stream.");
  static final Key<Long> COORDINATOR_UPLOAD_MEMORY =
      withDefault(
          "coordinator.upload-memory",
          KeyType.size("1mb", "1tb"),
          "256mb",
          "What the retained bodies may hold; more of them wait.");
  static final Key<Double> COORDINATOR_MAX_SHARE =
      withDefault(
          "coordinator.max-share",
          KeyType.SHARE,
          "0.5",
          "The most that one shard gets of the new photos while another can take them.");
  static final Key<Duration> COORDINATOR_CONNECT_TIMEOUT =
      withDefault(
          "coordinator.connect-timeout",
          KeyType.DURATION_TYPE,
          "2s",
          "To a node. Coordinators and replicators both read it.");
  static final Key<Duration> COORDINATOR_REQUEST_TIMEOUT =
      withDefault(
          "coordinator.request-timeout",
          KeyType.DURATION_TYPE,
          "10s",
          "How long a node's answer may make no progress. Coordinators and replicators both read"
              + " it.");
  static final Key<Duration> COORDINATOR_SIZE_INTERVAL =
      withDefault(
          "coordinator.size-interval",
          KeyType.DURATION_TYPE,
          "3s",
          "Between two writes of the shards' sizes to ZooKeeper.");
  static final Key<Integer> COORDINATOR_CONNECTIONS_PER_NODE =
      withDefault(
          "coordinator.connections-per-node",
          KeyType.integer(1, 10_000),
          "64",
          "Connections to each node for calls that are short. Reads and uploads that stream have as"
              + " many each, at least 1024.");

  // replicator

  static final Key<String> REPLICATOR_NAME =
      optional(
          "replicator.name",
          KeyType.ID_TYPE,
          "the host's full name",
          "replicator-1",
          "Its name among the consumers of a queue; unique in the cluster.");
  static final Key<Integer> REPLICATOR_PORT =
      optional(
          "replicator.port",
          KeyType.PORT,
          "no server",
          "8090",
          "Port of its /_/ pages: health, stats and metrics.");
  static final Key<Integer> REPLICATOR_CONCURRENCY =
      withDefault(
          "replicator.concurrency", KeyType.integer(1, 1024), "8", "Copies to one node at a time.");
  static final Key<Duration> REPLICATOR_LEASE =
      withDefault(
          "replicator.lease",
          KeyType.DURATION_TYPE,
          "60s",
          "After which a task that was taken and not finished may be taken by another.");
  static final Key<Integer> REPLICATOR_MAX_ATTEMPTS =
      withDefault(
          "replicator.max-attempts",
          KeyType.integer(1, Integer.MAX_VALUE),
          "1000",
          "After which a task becomes a dead letter.");
  static final Key<Duration> REPLICATOR_BACKOFF =
      withDefault(
          "replicator.backoff",
          KeyType.DURATION_TYPE,
          "200ms",
          "Wait before the second attempt; doubles with each.");
  static final Key<Duration> REPLICATOR_MAX_BACKOFF =
      withDefault(
          "replicator.max-backoff",
          KeyType.DURATION_TYPE,
          "30s",
          "The longest wait between two attempts.");

  /** In the order of the documentation. */
  static final List<Key<?>> ALL =
      List.of(
          CLUSTER_ZOOKEEPER,
          CLUSTER_ROOT,
          CLUSTER_SESSION_TIMEOUT,
          CLUSTER_CONNECT_TIMEOUT,
          CLUSTER_STATE_DIR,
          HTTP_HOST,
          HTTP_PUBLIC_HOST,
          HTTP_WRITE_TOKEN,
          HTTP_ADMIN_TOKEN,
          HTTP_ADMIN_PORT,
          HTTP_INSECURE,
          HTTP_CORS_ORIGINS,
          HTTP_CACHE_CONTROL,
          HTTP_IDLE_TIMEOUT,
          HTTP_MIN_UPLOAD_RATE,
          HTTP_UPLOAD_GRACE,
          BUS_ENABLED,
          BUS_HOST,
          BUS_PORT,
          BUS_PUBLIC_HOST,
          BUS_PUBLIC_PORT,
          BUS_MAX_PHOTO_SIZE,
          STORAGE_ID,
          STORAGE_PORT,
          STORAGE_DIRS,
          STORAGE_REDIS,
          STORAGE_ADMIN_PORT,
          INSTANCE_ID,
          INSTANCE_PORT,
          INSTANCE_DIRS,
          INSTANCE_REDIS,
          INSTANCE_ADMIN_PORT,
          STORAGE_MAX_PHOTO_SIZE,
          STORAGE_NAMES_INCLUDE_QUERY,
          STORAGE_VOLUME_SIZE,
          STORAGE_RESERVE,
          STORAGE_SYNC,
          STORAGE_OVERWRITE,
          STORAGE_UPLOAD_MEMORY,
          STORAGE_READ_THREADS,
          STORAGE_LOCATION_CACHE,
          STORAGE_REDIS_TIMEOUT,
          STORAGE_MAX_VERSION_AHEAD,
          STORAGE_SCRUB_DAYS,
          STORAGE_COMPACT_DEAD_RATIO,
          STORAGE_COMPACT_RATE,
          COORDINATOR_PORT,
          COORDINATOR_ADMIN_PORT,
          COORDINATOR_ID,
          COORDINATOR_COPIES,
          COORDINATOR_COPIES_STRICT,
          COORDINATOR_RETAIN,
          COORDINATOR_UPLOAD_MEMORY,
          COORDINATOR_MAX_SHARE,
          COORDINATOR_CONNECT_TIMEOUT,
          COORDINATOR_REQUEST_TIMEOUT,
          COORDINATOR_SIZE_INTERVAL,
          COORDINATOR_CONNECTIONS_PER_NODE,
          REPLICATOR_NAME,
          REPLICATOR_PORT,
          REPLICATOR_CONCURRENCY,
          REPLICATOR_LEASE,
          REPLICATOR_MAX_ATTEMPTS,
          REPLICATOR_BACKOFF,
          REPLICATOR_MAX_BACKOFF);

  /** What each section is for; in the order of the documentation. */
  static final Map<String, String> SECTIONS = new LinkedHashMap<>();

  static {
    SECTIONS.put("cluster", "Where the cluster map is.");
    SECTIONS.put("http", "What all HTTP servers of this process have in common.");
    SECTIONS.put("bus", "The event bus between processes.");
    SECTIONS.put("storage", "With this section the process is a storage node, or several.");
    SECTIONS.put("coordinator", "With this section the process is a coordinator.");
    SECTIONS.put("replicator", "With this section the process is a replicator.");
  }

  /** Sections that make the process take a role. */
  static final Set<String> ROLES = Set.of("storage", "coordinator", "replicator");

  /** Read by more roles than the one whose section they are in, so they do not choose it. */
  static final Set<Key<?>> SHARED =
      Set.of(
          STORAGE_MAX_PHOTO_SIZE,
          STORAGE_NAMES_INCLUDE_QUERY,
          COORDINATOR_CONNECT_TIMEOUT,
          COORDINATOR_REQUEST_TIMEOUT);

  static final String INSTANCES = "storage.instances";

  /** Keys of one of several instances. */
  static final List<Key<?>> OF_INSTANCE =
      List.of(INSTANCE_ID, INSTANCE_PORT, INSTANCE_DIRS, INSTANCE_REDIS, INSTANCE_ADMIN_PORT);

  /** Keys that say the same for the only instance. */
  static final List<Key<?>> OF_ONLY_INSTANCE =
      List.of(STORAGE_ID, STORAGE_PORT, STORAGE_DIRS, STORAGE_REDIS, STORAGE_ADMIN_PORT);

  private static final Pattern INDEX =
      Pattern.compile("(?<=^storage\\.instances\\.)\\d{1,4}(?=\\.)");
  private static final Map<String, Key<?>> BY_NAME = new LinkedHashMap<>();

  static {
    ALL.forEach(key -> BY_NAME.put(key.name(), key));
  }

  private Keys() {}

  /** Whether there is such a key; a number stands for {@code *}. */
  static boolean exists(String name) {
    return BY_NAME.containsKey(template(name));
  }

  /** The name with {@code *} for the number of an instance. */
  static String template(String name) {
    return INDEX.matcher(name).replaceFirst("*");
  }
}
