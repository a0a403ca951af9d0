package io.backpack.node.config;

import static io.backpack.node.config.Key.optional;
import static io.backpack.node.config.Key.required;
import static io.backpack.node.config.Key.withDefault;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What storage nodes are told; one process may run several, which differ in the keys of an
 * instance.
 */
final class StorageKeys {
  private static final String MAX_VOLUME = "3500mb";

  static final Key<String> ID =
      required("storage.id", KeyType.ID_TYPE, "1", "Id of this node in the cluster map.");
  static final Key<Integer> PORT =
      withDefault("storage.port", KeyType.PORT, "8081", "Port of this node.");
  static final Key<List<Path>> DIRS =
      required(
          "storage.dirs",
          KeyType.PATHS,
          "[/var/lib/backpack/1]",
          "Directories of its volumes, best one per disk.");
  static final Key<String> REDIS =
      required(
          "storage.redis",
          KeyType.REDIS_TYPE,
          "redis://127.0.0.1:6379/0",
          "The Redis of its index: redis://[:password@]host:port[/db] or unix:///path; it must have"
              + " maxmemory-policy noeviction. Nodes may share one.");
  static final Key<Integer> ADMIN_PORT =
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
  static final Key<Long> MAX_PHOTO_SIZE =
      withDefault(
          "storage.max-photo-size",
          KeyType.size("1", "1gb"),
          "32mb",
          "Larger uploads are refused before their body. Nodes and coordinators both read it.");
  static final Key<Boolean> NAMES_INCLUDE_QUERY =
      withDefault(
          "storage.names-include-query",
          KeyType.FLAG,
          "false",
          "Makes the query string a part of a photo's name, as in the original. Nodes and"
              + " coordinators both read it.");
  static final Key<Long> VOLUME_SIZE =
      withDefault(
          "storage.volume-size",
          KeyType.size("1mb", MAX_VOLUME),
          MAX_VOLUME,
          "Size at which a volume is sealed and the next one begun.");
  static final Key<Long> RESERVE =
      withDefault(
          "storage.reserve",
          KeyType.size("0", "1eb"),
          "1gb",
          "Room that is left free on each disk; uploads that would take it are 507.");
  static final Key<String> SYNC =
      withDefault(
          "storage.sync",
          KeyType.oneOf("group", "never"),
          "group",
          "group: an upload is on the disk before it is answered, many by one sync. never: a power"
              + " cut may lose the last uploads of a node.");
  static final Key<Boolean> OVERWRITE =
      withDefault(
          "storage.overwrite",
          KeyType.FLAG,
          "false",
          "Lets other bytes replace a stored photo of the same name; else that is 409.");
  static final Key<Optional<Long>> UPLOAD_MEMORY =
      withDefault(
          "storage.upload-memory",
          KeyType.sizeOrAuto("1mb", "1tb"),
          "auto",
          "What the uploads under way may hold in each node; more of them wait. auto: an 8th of"
              + " Java's heap, at most 256mb, at least one photo of storage.max-photo-size.");
  static final Key<Integer> READ_THREADS =
      withDefault(
          "storage.read-threads",
          KeyType.integer(1, 1024),
          "32",
          "Reads that may be at the disk at a time, in each node.");
  static final Key<Integer> LOCATION_CACHE =
      withDefault(
          "storage.location-cache",
          KeyType.integer(0, 1 << 28),
          "1000000",
          "Entries of each node's location cache, 29 bytes each; 0 for none.");
  static final Key<Optional<Long>> NAME_FILTER =
      withDefault(
          "storage.name-filter",
          KeyType.sizeOrAuto("0", "8gb"),
          "auto",
          "The most heap, in each node, for a filter of the names that are stored: a new name is"
              + " written without asking Redis for it first. It takes 1.5 to 3 bytes a name, at"
              + " least 1.5mb; 0 for none. auto: a 32nd of Java's heap.");
  static final Key<Optional<Long>> PHOTO_CACHE =
      withDefault(
          "storage.photo-cache",
          KeyType.sizeOrAuto("0", "1tb"),
          "auto",
          "Memory outside the heap, in each node, for photos that were read and verified; 0 for"
              + " none. auto: a 32nd of the machine's memory, or of the container's, at most 2gb"
              + " and at most an 8th of Java's direct memory. All caches and uploads of a process"
              + " must fit into its direct memory (-XX:MaxDirectMemorySize, by default the size of"
              + " the heap).");
  static final Key<Duration> REDIS_TIMEOUT =
      withDefault(
          "storage.redis-timeout",
          KeyType.DURATION_TYPE,
          "5s",
          "After which a command to Redis counts as lost.");
  static final Key<Duration> MAX_VERSION_AHEAD =
      withDefault(
          "storage.max-version-ahead",
          KeyType.DURATION_TYPE,
          "10m",
          "How far in the future the version of a write may lie; the clocks of all machines must"
              + " agree better than this.");
  static final Key<Integer> SCRUB_DAYS =
      withDefault(
          "storage.scrub-days",
          KeyType.integer(0, 3650),
          "30",
          "Days within which every node reads and verifies all it has once, in the background; 0"
              + " for never.");
  static final Key<Double> COMPACT_DEAD_RATIO =
      withDefault(
          "storage.compact-dead-ratio",
          KeyType.RATIO,
          "0.4",
          "Share of deleted and replaced bytes from which on a full volume is compacted by itself;"
              + " 0 for only on command.");
  static final Key<Long> COMPACT_RATE =
      withDefault(
          "storage.compact-rate",
          KeyType.size("64kb", "1tb"),
          "32mb",
          "Bytes a second, read and written, of compaction and of what is verified on command, in"
              + " each node.");

  static final Key<Long> REPAIR_RATE =
      withDefault(
          "storage.repair-rate",
          KeyType.size("64kb", "1tb"),
          "50mb",
          "Bytes of photos a second that each node copies from its peers when it lacks something.");
  static final Key<Duration> REPAIR_INTERVAL =
      withDefault(
          "storage.repair-interval",
          KeyType.DURATION_OR_ZERO,
          "10m",
          "How often each node compares what it has with its peers; 0 for only at its start, when"
              + " the cluster map gives it other peers, and on command.");

  /** In the order of the documentation. */
  static final List<Key<?>> ALL =
      List.of(
          ID,
          PORT,
          DIRS,
          REDIS,
          ADMIN_PORT,
          INSTANCE_ID,
          INSTANCE_PORT,
          INSTANCE_DIRS,
          INSTANCE_REDIS,
          INSTANCE_ADMIN_PORT,
          MAX_PHOTO_SIZE,
          NAMES_INCLUDE_QUERY,
          VOLUME_SIZE,
          RESERVE,
          SYNC,
          OVERWRITE,
          UPLOAD_MEMORY,
          READ_THREADS,
          LOCATION_CACHE,
          NAME_FILTER,
          PHOTO_CACHE,
          REDIS_TIMEOUT,
          MAX_VERSION_AHEAD,
          SCRUB_DAYS,
          COMPACT_DEAD_RATIO,
          COMPACT_RATE,
          REPAIR_RATE,
          REPAIR_INTERVAL);

  /** Keys of one of several instances. */
  static final List<Key<?>> OF_INSTANCE =
      List.of(INSTANCE_ID, INSTANCE_PORT, INSTANCE_DIRS, INSTANCE_REDIS, INSTANCE_ADMIN_PORT);

  /** Keys that say the same for the only instance. */
  static final List<Key<?>> OF_ONLY_INSTANCE = List.of(ID, PORT, DIRS, REDIS, ADMIN_PORT);

  private StorageKeys() {}
}
