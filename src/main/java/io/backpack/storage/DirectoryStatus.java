package io.backpack.storage;

import io.backpack.metrics.Metrics;
import io.backpack.volume.DirectoryInfo;
import io.backpack.volume.VolumeSet;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What a node tells about its directories. */
final class DirectoryStatus {
  private DirectoryStatus() {}

  static void register(Metrics metrics, VolumeSet volumes) {
    for (DirectoryInfo each : volumes.directories()) {
      if (each.state() != DirectoryInfo.State.REFUSED) {
        register(metrics, volumes, each.ordinal());
      }
    }
    metrics.gauge(
        "storage_refused_directories",
        "Directories that could not be opened at the start",
        () -> volumes.refused().size());
  }

  /** The label is the ordinal: a path has no bound. */
  private static void register(Metrics metrics, VolumeSet volumes, int ordinal) {
    String[] label = {"directory", Integer.toString(ordinal)};
    metrics.gauge(
        "storage_directory_free_bytes",
        "Room for photos in the directory; directories on one disk show the same",
        () -> of(volumes, ordinal, DirectoryInfo::freeBytes),
        label);
    metrics.gauge(
        "storage_directory_writable",
        "1 while photos are written to the directory",
        () -> of(volumes, ordinal, each -> each.writable() ? 1 : 0),
        label);
    metrics.gauge(
        "storage_directory_queued_bytes",
        "Bytes that wait to be written to the directory",
        () -> of(volumes, ordinal, DirectoryInfo::queuedBytes),
        label);
    metrics.counter(
        "storage_directory_read_errors",
        "Reads that the disk of the directory refused",
        () -> (long) of(volumes, ordinal, DirectoryInfo::readErrors),
        label);
  }

  private static double of(VolumeSet volumes, int ordinal, ToDoubleFunction<DirectoryInfo> value) {
    return volumes.directories().stream()
        .filter(each -> each.ordinal() == ordinal)
        .filter(each -> each.state() != DirectoryInfo.State.REFUSED)
        .mapToDouble(value)
        .findFirst()
        .orElse(Double.NaN);
  }

  /** Whether each of them is written, and nothing is to be said of any. */
  static boolean sound(List<DirectoryInfo> directories) {
    return directories.stream().allMatch(each -> each.writable() && each.reason().isEmpty());
  }

  static JsonArray describe(List<DirectoryInfo> directories) {
    JsonArray listed = new JsonArray();
    directories.forEach(each -> listed.add(describe(each)));
    return listed;
  }

  private static JsonObject describe(DirectoryInfo directory) {
    JsonObject json =
        new JsonObject()
            .put("dir", directory.dir().toString())
            .put("state", directory.state().label())
            .put("since", directory.since().toString());
    if (!directory.reason().isEmpty()) {
      json.put("reason", directory.reason());
    }
    if (directory.ordinal() > 0) {
      json.put("directory", directory.ordinal());
    }
    return json.put("free_bytes", directory.freeBytes())
        .put("queued_bytes", directory.queuedBytes())
        .put("read_errors", directory.readErrors());
  }
}
