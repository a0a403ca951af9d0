package io.backpack.storage;

import com.sun.management.OperatingSystemMXBean;
import io.backpack.api.PhotoAddress;
import io.backpack.http.HttpSettings;
import io.backpack.index.RedisIndexSettings;
import io.backpack.volume.VolumeSettings;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What one storage node is set to.
 *
 * @param nodeId its id in the cluster map
 * @param http where it listens and what it demands
 * @param dirs directories of its volumes, best one per disk
 * @param redis URI of its Redis, as {@code redis://127.0.0.1:6379/0} or {@code unix:///path}
 * @param redisTimeout after which a command to Redis counts as lost
 * @param volumeSize bytes after which a volume is sealed and the next one begun
 * @param reserve bytes of each disk that are left free
 * @param sync whether an upload is synced to disk before it is answered
 * @param overwrite lets other bytes replace a stored photo of the same name
 * @param uploadMemory bytes that uploads may hold at a time
 * @param readThreads reads that may be at the disk at a time
 * @param locationCache entries of the location cache; 0 for none
 * @param nameFilter bytes that a filter of the stored names may take; 0 for none
 * @param photoCache bytes that the photo cache may take outside the heap; 0 for none
 * @param maxVersionAhead how far in the future the version of a write may lie
 * @param maintenance how it looks after its volumes
 */
public record StorageSettings(
    String nodeId,
    HttpSettings http,
    List<Path> dirs,
    String redis,
    Duration redisTimeout,
    long volumeSize,
    long reserve,
    boolean sync,
    boolean overwrite,
    long uploadMemory,
    int readThreads,
    int locationCache,
    long nameFilter,
    long photoCache,
    Duration maxVersionAhead,
    MaintenanceSettings maintenance) {
  public static final Duration DEFAULT_REDIS_TIMEOUT = Duration.ofSeconds(5);
  public static final long DEFAULT_VOLUME_SIZE = 3500L << 20;
  public static final long DEFAULT_RESERVE = 1L << 30;
  public static final int DEFAULT_READ_THREADS = 32;
  public static final int DEFAULT_LOCATION_CACHE = 1_000_000;

  private static final long LARGEST_AUTO_CACHE = 2L << 30;
  private static final int AUTO_CACHE_SHARE = 32;
  private static final int AUTO_FILTER_SHARE = 32;

  public StorageSettings {
    PhotoAddress.checkId("node", nodeId);
    dirs = List.copyOf(dirs);
    if (dirs.isEmpty()) {
      throw new IllegalArgumentException("a node needs at least one directory");
    }
  }

  /**
   * The photo cache of a node that nobody has set: a 32nd of what the machine or the container has,
   * at most 2 GiB, and at most an 8th of what the process may take outside the heap.
   */
  public static long autoPhotoCache() {
    long machine =
        ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
            ? system.getTotalMemorySize()
            : 0;
    long direct = PlatformDependent.maxDirectMemory();
    return Math.min(LARGEST_AUTO_CACHE, Math.min(machine / AUTO_CACHE_SHARE, direct / 8));
  }

  /** The filter of names of a node that nobody has set: at most a 32nd of the heap it lies in. */
  public static long autoNameFilter() {
    return Runtime.getRuntime().maxMemory() / AUTO_FILTER_SHARE;
  }

  /** For the engine. */
  VolumeSettings volumes() {
    return new VolumeSettings(
        nodeId,
        dirs,
        volumeSize,
        reserve,
        sync,
        VolumeSettings.DEFAULT_MAX_BATCH_BYTES,
        Math.max(VolumeSettings.DEFAULT_MAX_QUEUED_BYTES, uploadMemory));
  }

  /**
   * For the index of a store.
   *
   * @param cookie the store's
   */
  RedisIndexSettings index(String cookie) {
    return new RedisIndexSettings(
        nodeId,
        cookie,
        redis,
        redisTimeout,
        RedisIndexSettings.DEFAULT_MAX_IN_FLIGHT,
        locationCache,
        nameFilter);
  }
}
