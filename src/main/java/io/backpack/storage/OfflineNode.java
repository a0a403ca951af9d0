package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoStore;
import io.backpack.api.VersionClock;
import io.backpack.index.IndexEraser;
import io.backpack.index.RedisIndex;
import io.backpack.index.RedisIndexSettings;
import io.backpack.volume.NeedleIndex;
import io.backpack.volume.VolumeSet;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;

/**
 * A storage node without its HTTP server, for tools that work on the volumes of a node that does
 * not run: it holds the directories and the keyspace in Redis exactly as the node would.
 */
public final class OfflineNode {
  private static final long POLL_MILLIS = 50;

  private final Vertx vertx;
  private final StorageSettings settings;
  private final WorkerExecutor background;
  private VolumeSet volumes;
  private RedisIndex index;
  private DiskReads reads;
  private LocalPhotoStore store;

  private OfflineNode(Vertx vertx, StorageSettings settings) {
    this.vertx = vertx;
    this.settings = settings;
    this.background =
        vertx.createSharedWorkerExecutor(
            "backpack-offline-" + settings.nodeId(), 2, Long.MAX_VALUE);
  }

  /**
   * Takes the directories and connects the index, which may still have to catch up: see {@link
   * #ready}.
   *
   * @param freshIndex deletes what Redis has of the node first, so that all is made anew from the
   *     volumes
   * @return fails with {@link ErrorCode#STORAGE_FAILED} and a line for people when a node runs on
   *     the directories, or as the node itself would fail to start
   */
  public static Future<OfflineNode> open(
      Vertx vertx, StorageSettings settings, Membership membership, boolean freshIndex) {
    OfflineNode node = new OfflineNode(vertx, settings);
    return node.open(membership, freshIndex)
        .map(node)
        .recover(failure -> node.close().transform(closed -> Future.failedFuture(failure)));
  }

  private Future<Void> open(Membership membership, boolean freshIndex) {
    LateIndex late = new LateIndex();
    return vertx
        .executeBlocking(() -> VolumeSet.open(settings.volumes(), late), false)
        .compose(
            opened -> {
              volumes = opened;
              if (freshIndex && !volumes.complete()) {
                return Future.failedFuture(
                    new BackpackException(
                        ErrorCode.STORAGE_FAILED,
                        "an index made without all directories would forget photos and deletes: "
                            + String.join("; ", volumes.refused())));
              }
              return freshIndex
                  ? IndexEraser.erase(vertx, indexSettings())
                  : Future.succeededFuture();
            })
        .compose(prepared -> membership.join(settings.nodeId(), volumes.identity().cookie()))
        .compose(
            stamper -> {
              index = RedisIndex.create(vertx, indexSettings());
              late.is(index);
              VersionClock clock =
                  new VersionClock(stamper, InstantSource.system(), settings.maxVersionAhead());
              reads = new DiskReads(vertx, settings.nodeId(), settings.readThreads());
              CurrentNeedles needles = new CurrentNeedles(index, volumes, reads);
              store =
                  new LocalPhotoStore(
                      vertx,
                      settings,
                      volumes,
                      index,
                      needles,
                      new PhotoMemory(volumes, index, new PhotoCache(0), reads),
                      reads,
                      clock);
              return index.start(volumes, this::inBackground);
            });
  }

  private RedisIndexSettings indexSettings() {
    return settings.index(volumes.identity().cookie());
  }

  private void inBackground(Runnable task) {
    background.executeBlocking(
        () -> {
          task.run();
          return null;
        },
        false);
  }

  /**
   * Succeeds once the index has caught up with the volumes; fails with {@link
   * ErrorCode#INDEX_UNAVAILABLE} when Redis is away or refused.
   */
  public Future<Void> ready() {
    Promise<Void> ready = Promise.promise();
    look(ready);
    return ready.future();
  }

  private void look(Promise<Void> ready) {
    switch (index.state()) {
      case READY -> ready.complete();
      case RECOVERING -> vertx.setTimer(POLL_MILLIS, id -> look(ready));
      case DISCONNECTED, REFUSED ->
          ready.fail(new BackpackException(ErrorCode.INDEX_UNAVAILABLE, index.detail()));
    }
  }

  /** The photos, under the rules of the node; once it is {@link #ready}. */
  public PhotoStore store() {
    return store;
  }

  public VolumeSet volumes() {
    return volumes;
  }

  public NeedleIndex index() {
    return index;
  }

  /** How far the index is, as {@code /_/stats} of a node shows it. */
  public JsonObject indexStats() {
    return index.stats();
  }

  /** Leaves the directories in order and releases them. */
  public Future<Void> close() {
    return vertx
        .<Void>executeBlocking(
            () -> {
              if (volumes != null) {
                volumes.close();
              }
              return null;
            },
            false)
        .eventually(() -> index == null ? Future.succeededFuture() : index.close())
        .eventually(
            () -> {
              if (reads != null) {
                reads.close();
              }
              return background.close();
            });
  }
}
