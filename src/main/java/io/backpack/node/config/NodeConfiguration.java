package io.backpack.node.config;

import io.backpack.bus.BusSettings;
import io.backpack.cluster.ClusterSettings;
import io.backpack.coordinator.CoordinatorSettings;
import io.backpack.http.HttpSettings;
import io.backpack.queue.QueueLimits;
import io.backpack.repair.RepairSettings;
import io.backpack.replicator.ReplicatorSettings;
import io.backpack.storage.StorageSettings;
import java.util.List;
import java.util.Optional;

/**
 * What a process is to run: one cluster, and any of the three roles.
 *
 * @param publicHost name under which others reach the HTTP servers of this process
 * @param bus empty: no event bus between processes
 * @param storage one per storage instance
 * @param repair how each of them repairs itself
 */
public record NodeConfiguration(
    ClusterSettings cluster,
    String publicHost,
    Optional<BusSettings> bus,
    List<StorageSettings> storage,
    RepairSettings repair,
    Optional<Coordinator> coordinator,
    Optional<Replicator> replicator) {
  /**
   * The coordinator of a process.
   *
   * @param id its name in logs, metrics and events
   * @param queue what bounds the queue it leaves missing copies in
   */
  public record Coordinator(String id, CoordinatorSettings settings, QueueLimits queue) {}

  /**
   * The replicator of a process.
   *
   * @param http where its {@code /_/} pages are served; empty: nowhere
   */
  public record Replicator(ReplicatorSettings settings, Optional<HttpSettings> http) {}

  public NodeConfiguration {
    storage = List.copyOf(storage);
  }
}
