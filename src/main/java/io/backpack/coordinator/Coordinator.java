package io.backpack.coordinator;

import io.backpack.api.MemoryBudget;
import io.backpack.api.PhotoStore;
import io.backpack.api.VersionClock;
import io.backpack.bus.NodeSightings;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.ClusterView;
import io.backpack.cluster.Server;
import io.backpack.http.ServiceStatus;
import io.backpack.queue.CopyQueue;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A coordinator without its network side: the store that it is, and what it tells about itself. The
 * process serves both over HTTP and the event bus. Any number of coordinators may run for a
 * cluster; they share nothing but the map.
 *
 * <p>Takes over nothing: the view, the queue and the clients of the nodes are closed by who made
 * them, after this.
 */
public final class Coordinator {
  /** Uploads that may wait for memory; one more is refused at once. */
  private static final int MAX_WAITING_UPLOADS = 20_000;

  private final ClusterView view;
  private final CoordinatorParts parts;
  private final CoordinatorPhotoStore store;
  private final CoordinatorStatus status;

  /**
   * @param nodes makes the client of a node; called once per server and address. Its calls should
   *     have time limits of their own, and are given up after {@code requestTimeout} in any case
   * @param clock stamps the writes; its stamper id belongs to this coordinator alone
   * @param queueLength tasks that wait in the queue; fails when no server of it answers
   */
  public Coordinator(
      Vertx vertx,
      CoordinatorSettings settings,
      ClusterView view,
      Function<Server, PhotoStore> nodes,
      CopyQueue queue,
      NodeSightings sightings,
      VersionClock clock,
      CoordinatorEvents events,
      Supplier<Future<Long>> queueLength) {
    CoordinatorStats stats = new CoordinatorStats();
    this.view = view;
    this.parts =
        new CoordinatorParts(
            settings,
            view,
            new NodeDirectory(nodes),
            new NodeOrder(sightings, System::nanoTime, settings.requestTimeout()),
            new ShardChooser(settings.maxShare(), System::nanoTime, events::shardFull),
            new CopyTasks(vertx, queue, settings.requestTimeout(), stats),
            new PendingDeletes(),
            clock,
            new MemoryBudget(settings.uploadMemory(), MAX_WAITING_UPLOADS),
            new SizeAccountant(vertx, view, settings.sizeInterval(), settings.requestTimeout()),
            stats,
            events,
            System::nanoTime);
    this.store = new CoordinatorPhotoStore(vertx, parts);
    this.status = new CoordinatorStatus(vertx, view, stats, queueLength, System::nanoTime);
  }

  /** Begins to follow the map and to write sizes. Call once. */
  public Future<Void> start() {
    view.onChange(this::follow);
    follow(view.current());
    parts.sizes().start();
    return Future.succeededFuture();
  }

  private void follow(ClusterMap map) {
    parts.nodes().follow(map);
    parts.order().retainOnly(map.servers().keySet());
    parts.stats().retainOnly(map.shards().keySet(), map.servers().keySet());
  }

  /**
   * Writes the sizes that were gathered; to be called when no more requests come in. Fails when
   * they could not be written.
   */
  public Future<Void> close() {
    return parts.sizes().close();
  }

  /** The store; works from the start, on the map the view has. */
  public PhotoStore store() {
    return store;
  }

  public ServiceStatus status() {
    return status;
  }

  public CoordinatorStats stats() {
    return parts.stats();
  }

  /** Bytes of uploads in memory now. */
  public long uploadMemoryUsed() {
    return parts.memory().used();
  }

  /** Uploads that wait for memory now. */
  public int uploadsWaiting() {
    return parts.memory().waiting();
  }
}
