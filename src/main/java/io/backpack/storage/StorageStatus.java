package io.backpack.storage;

import io.backpack.http.ServiceStatus;
import io.backpack.index.RedisIndex;
import io.backpack.metrics.Metrics;
import io.backpack.volume.DirectoryInfo;
import io.backpack.volume.VolumeInfo;
import io.backpack.volume.VolumeSet;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a node tells about itself. */
final class StorageStatus implements ServiceStatus {
  private final StorageSettings settings;
  private final VolumeSet volumes;
  private final RedisIndex index;
  private final LocalPhotoStore store;
  private final PhotoCache cache;
  private final DiskReads reads;
  private final Maintenance maintenance;
  private final Metrics metrics;
  private final PeerRepair repair;

  StorageStatus(
      StorageSettings settings,
      VolumeSet volumes,
      RedisIndex index,
      LocalPhotoStore store,
      PhotoCache cache,
      DiskReads reads,
      Maintenance maintenance,
      Metrics metrics,
      PeerRepair repair) {
    this.settings = settings;
    this.volumes = volumes;
    this.index = index;
    this.store = store;
    this.cache = cache;
    this.reads = reads;
    this.maintenance = maintenance;
    this.metrics = metrics;
    this.repair = repair;
    DirectoryStatus.register(metrics, volumes);
    metrics.gauge("storage_free_bytes", "Room for photos on the disks", volumes::freeBytes);
    metrics.gauge(
        "storage_upload_memory_bytes", "Memory that uploads hold now", store::uploadMemoryUsed);
    metrics.gauge("storage_uploads_waiting", "Uploads that wait for memory", store::uploadsWaiting);
    metrics.gauge(
        "storage_photo_cache_bytes",
        "Memory that the photo cache has taken of the system, at most its bound",
        cache::reserved);
    metrics.gauge("storage_photo_cache_photos", "Photos in the photo cache", cache::count);
    metrics.counter(
        "storage_photo_cache_hits", "Photos that were found in the photo cache", cache::hits);
    metrics.counter(
        "storage_photo_cache_misses", "Photos that were not in the photo cache", cache::misses);
    metrics.gauge("storage_reads_waiting", "Reads that wait for a thread", reads::waiting);
    metrics.gauge(
        "storage_damaged_needles",
        "Damaged needles that were not repaired yet",
        volumes::damageCount);
    metrics.gauge(
        "index_ready",
        "1 when the index knows every photo of the node",
        () -> indexReady() ? 1 : 0);
  }

  @Override
  public Future<JsonObject> stats() {
    return VolumePages.deadBytes(index).map(this::stats);
  }

  private JsonObject stats(Optional<Map<Integer, Long>> dead) {
    List<VolumeInfo> all = volumes.volumes();
    long bytes = 0;
    long needles = 0;
    long deadBytes = 0;
    JsonArray listed = new JsonArray();
    for (VolumeInfo volume : all) {
      bytes += volume.length();
      needles += volume.needles();
      JsonObject described = describe(volume);
      if (dead.isPresent()) {
        long ofVolume = dead.get().getOrDefault(volume.id(), 0L);
        deadBytes += ofVolume;
        described.put("dead_bytes", ofVolume);
      }
      listed.add(described);
    }
    // What lives is what coordinators want to know, and only an index that answers tells it.
    Long live = dead.isPresent() && indexReady() ? Math.max(0, bytes - deadBytes) : null;
    return new JsonObject()
        .put("gets", metrics.gets().toJson())
        .put("puts", metrics.puts().toJson())
        .put("node", settings.nodeId())
        .put("uptime", ManagementFactory.getRuntimeMXBean().getUptime() / 1000)
        .put("state", state())
        .put("free_bytes", volumes.freeBytes())
        .put("volume_bytes", bytes)
        .put("live_bytes", live)
        .put("needles", needles)
        .put("upload_memory_used", store.uploadMemoryUsed())
        .put("uploads_waiting", store.uploadsWaiting())
        .put("reads_waiting", reads.waiting())
        .put(
            "photo_cache",
            new JsonObject()
                .put("photos", cache.count())
                .put("bytes", cache.bytes())
                .put("reserved", cache.reserved())
                .put("bound", cache.bound())
                .put("hits", cache.hits())
                .put("misses", cache.misses()))
        .put("index", index.stats())
        .put("directories", DirectoryStatus.describe(volumes.directories()))
        .put("maintenance", maintenance.stats())
        .put("volumes", listed);
  }

  static JsonObject describe(VolumeInfo volume) {
    return new JsonObject()
        .put("id", Integer.toUnsignedLong(volume.id()))
        .put("dir", volume.dir().toString())
        .put("size", volume.length())
        .put("needles", volume.needles())
        .put("read_only", volume.sealed());
  }

  @Override
  public Future<JsonObject> health() {
    long damage = volumes.damageCount();
    List<DirectoryInfo> directories = volumes.directories();
    boolean sound =
        damage == 0
            && volumes.absent().isEmpty()
            && DirectoryStatus.sound(directories)
            && volumes.freeBytes() > 0;
    String status = !ready() ? "down" : sound ? "up" : "degraded";
    return repair.status().map(told -> health(status, damage, directories, told));
  }

  private JsonObject health(
      String status, long damage, List<DirectoryInfo> directories, JsonObject told) {
    JsonObject refilling = new JsonObject();
    for (String field : List.of("state", "since", "serves", "percent", "left_seconds")) {
      if (told.containsKey(field)) {
        refilling.put(field, told.getValue(field));
      }
    }
    return new JsonObject()
        .put("status", status)
        .put("node", settings.nodeId())
        .put("state", state())
        .put("index", index.detail())
        .put("free_bytes", volumes.freeBytes())
        .put("directories", DirectoryStatus.describe(directories))
        .put("refused_dirs", new JsonArray(volumes.refused()))
        .put("missing_dirs", new JsonArray(volumes.absent()))
        .put("damaged_needles", damage)
        .put("complete", repair.complete())
        .put("repair", refilling);
  }

  /** It knows what it has, and may give it out. */
  @Override
  public boolean ready() {
    return indexReady() && repair.serves();
  }

  private boolean indexReady() {
    return index.state() == RedisIndex.State.READY;
  }

  /** As announced to the cluster. */
  String state() {
    if (!ready()) {
      return "recovering";
    }
    return volumes.freeBytes() > 0 ? "ready" : "full";
  }
}
