package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.Holdings;
import io.backpack.api.PhotoStore;
import io.backpack.api.VersionClock;
import io.backpack.http.PageRoutes;
import io.backpack.http.PhotoServer;
import io.backpack.http.PhotoServers;
import io.backpack.index.RedisIndex;
import io.backpack.metrics.Metrics;
import io.backpack.volume.Throttle;
import io.backpack.volume.VolumeSet;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One storage node: opens its directories, claims its id in the cluster, connects its index, and
 * serves over HTTP. It starts with its Redis or ZooKeeper away and becomes ready when the index has
 * caught up; it does not start over directories or a Redis keyspace of another node.
 */
public final class StorageVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(StorageVerticle.class);

  /** Nodes that are started together begin to scrub at different times within this. */
  private static final Duration MAX_SCRUB_DELAY = Duration.ofMinutes(10);

  private final StorageSettings settings;
  private final Membership membership;
  private final PeerRepair.Factory repairs;
  private final Maintenance.Timing timing;
  private final Metrics metrics;
  private volatile PeerRepair repair;
  private WorkerExecutor background;
  private VolumeSet volumes;
  private RedisIndex index;
  private DiskReads reads;
  private PhotoCache cache;
  private VolumeStream streams;
  private LocalPhotoStore store;
  private LocalHoldings holdings;
  private StorageStatus status;
  private Maintenance maintenance;
  private PhotoServers servers;

  /** A node that has no peers. */
  public StorageVerticle(StorageSettings settings, Membership membership) {
    this(settings, membership, PeerRepair.Factory.NONE);
  }

  /**
   * @param repairs makes it complete from its peers
   */
  public StorageVerticle(
      StorageSettings settings, Membership membership, PeerRepair.Factory repairs) {
    this(
        settings,
        membership,
        repairs,
        new Maintenance.Timing(
            InstantSource.system(),
            Throttle.Time.SYSTEM,
            Duration.ofMillis(ThreadLocalRandom.current().nextLong(MAX_SCRUB_DELAY.toMillis()))));
  }

  StorageVerticle(
      StorageSettings settings,
      Membership membership,
      PeerRepair.Factory repairs,
      Maintenance.Timing timing) {
    this.settings = settings;
    this.membership = membership;
    this.repairs = repairs;
    this.timing = timing;
    this.metrics = Metrics.create("storage", settings.nodeId());
  }

  @Override
  public Future<?> start() {
    return open().recover(failure -> stop().transform(any -> Future.failedFuture(failure)));
  }

  private Future<Void> open() {
    background =
        vertx.createSharedWorkerExecutor(
            "backpack-background-" + settings.nodeId(), 2, Long.MAX_VALUE);
    LateIndex opened = new LateIndex();
    return vertx
        .executeBlocking(() -> VolumeSet.open(settings.volumes(), opened), false)
        .compose(
            set -> {
              volumes = set;
              return membership.join(settings.nodeId(), set.identity().cookie());
            })
        .compose(
            stamper -> {
              index = RedisIndex.create(vertx, settings.index(volumes.identity().cookie()));
              opened.is(index);
              return index
                  .start(volumes, this::inBackground)
                  .compose(
                      started ->
                          serve(
                              new VersionClock(
                                  stamper, timing.clock(), settings.maxVersionAhead())));
            });
  }

  /** A replay may take minutes; it has threads of its own. */
  private void inBackground(Runnable task) {
    background
        .executeBlocking(
            () -> {
              task.run();
              return null;
            },
            false)
        .onFailure(failure -> LOG.error("a background task failed", failure));
  }

  private Future<Void> serve(VersionClock clock) {
    reads = new DiskReads(vertx, settings.nodeId(), settings.readThreads());
    CurrentNeedles needles = new CurrentNeedles(index, volumes, reads, this::doubt);
    cache = new PhotoCache(settings.photoCache());
    PhotoMemory memory = new PhotoMemory(volumes, index, cache, reads);
    store = new LocalPhotoStore(vertx, settings, volumes, index, needles, memory, reads, clock);
    holdings = new LocalHoldings(index.held(), volumes, reads);
    maintenance =
        new Maintenance(
            settings.nodeId(),
            settings.maintenance(),
            volumes,
            index,
            () -> index.state() == RedisIndex.State.READY,
            new EngineCompactor(
                volumes, settings.maintenance().compactDeadRatio(), settings.volumeSize()),
            timing,
            metrics);
    maintenance.start();
    repair =
        repairs.start(
            new PeerRepair.Subject(
                holdings,
                store,
                index::fieldHash,
                volumes::damageCount,
                index.held()::sums,
                metrics));
    ServedPhotos served = new ServedPhotos(store, memory, repair, index::fieldHash);
    status =
        new StorageStatus(
            settings, volumes, index, store, cache, reads, maintenance, metrics, repair);
    streams = new VolumeStream(vertx, volumes, settings.nodeId());
    PageRoutes pages =
        new VolumePages(
                volumes,
                index,
                maintenance,
                streams,
                new WherePage(needles, index),
                new DamagePage(volumes, reads))
            .routes();
    return PhotoServers.listen(
            vertx,
            Runtime.getRuntime().availableProcessors(),
            settings.http(),
            http -> {
              PhotoServer server =
                  PhotoServer.create(vertx, PhotoServer.Kind.NODE, http, served, status, metrics)
                      .ready(served)
                      .holdings(holdings)
                      .repair(repair);
              VolumePages.paths().forEach(path -> server.page(path, pages::handle));
              server.page("/_/repair", repair::page);
              return server;
            })
        .map(
            listening -> {
              servers = listening;
              LOG.info(
                  "node {} listens on {}:{}",
                  settings.nodeId(),
                  settings.http().host(),
                  listening.port());
              return null;
            });
  }

  private Optional<String> doubt(long hash) {
    PeerRepair known = repair;
    return known == null ? Optional.of("this node has just started") : known.doubt(hash);
  }

  @Override
  public Future<?> stop() {
    Future<Void> stopped =
        servers == null ? Future.succeededFuture() : servers.close().otherwiseEmpty();
    return stopped
        .compose(v -> repair == null ? Future.succeededFuture() : repair.close().otherwiseEmpty())
        .compose(
            v ->
                volumes == null
                    ? Future.succeededFuture()
                    : vertx.executeBlocking(
                        () -> {
                          if (maintenance != null) {
                            maintenance.stop();
                          }
                          volumes.close();
                          return null;
                        },
                        false))
        .eventually(() -> index == null ? Future.succeededFuture() : index.close())
        .onComplete(
            v -> {
              if (reads != null) {
                reads.close();
              }
              if (cache != null) {
                cache.close();
              }
              if (streams != null) {
                streams.close();
              }
              background.close();
            })
        .onFailure(
            failure ->
                LOG.warn(
                    "node {} did not stop cleanly: {}",
                    settings.nodeId(),
                    BackpackException.of(failure).getMessage()));
  }

  /** Whether it knows all names that its peers know; only after the start. Must not block. */
  public boolean sure() {
    return repair.sure();
  }

  /** All photos of the node, also those that it does not give out yet; only after the start. */
  public PhotoStore store() {
    return store;
  }

  /** What it tells other nodes that it has; only after the start. */
  public Holdings holdings() {
    return holdings;
  }

  /** Where it listens; only after the start. */
  public int port() {
    return servers.port();
  }

  /** Room for photos on its disks, in bytes. */
  public long freeBytes() {
    return volumes.freeBytes();
  }

  /** {@code ready}, {@code recovering} or {@code full}. */
  public String state() {
    return status.state();
  }
}
