package io.backpack.cluster;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a snapshot of the map up to date, on one thread of its own: servers, shards and queue by
 * watches, sizes by polling. After every break of the connection, and once a minute in case a watch
 * was lost, everything is read again.
 */
final class MapFollower implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MapFollower.class);

  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration FULL_READ_INTERVAL = Duration.ofMinutes(1);
  private static final Duration SAVE_INTERVAL = Duration.ofMinutes(5);

  /** Reading a size takes about half a millisecond, so polling takes a twentieth of the time. */
  private static final Duration SIZE_INTERVAL_PER_SHARD = Duration.ofMillis(10);

  private static final Duration MIN_SIZE_INTERVAL = Duration.ofSeconds(3);

  private final CuratorFramework curator;
  private final Znodes znodes;
  private final SavedMap saved;
  private final long syncTimeoutMillis;
  private final ScheduledThreadPoolExecutor thread;
  private final List<Consumer<ClusterMap>> listeners = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Void> started = new CompletableFuture<>();
  private final AtomicBoolean mapsRequested = new AtomicBoolean();
  private final AtomicBoolean sizesRequested = new AtomicBoolean();
  // ZooKeeper keeps one watch per instance and path, so it must always be the same one.
  private final Watcher watcher = this::onEvent;

  private volatile ClusterMap current = ClusterMap.EMPTY;
  private volatile boolean connected;
  private volatile boolean live;
  // Counts the connections, so that what was read over an earlier one cannot count as current.
  private long connection;
  private boolean published;
  private volatile Optional<ClusterMap> fallback = Optional.empty();

  // These belong to the thread.
  private MapReader reader;
  private long syncedConnection;
  private long nextFullRead;
  private long nextSizes;
  private long nextSave = System.nanoTime();

  MapFollower(CuratorFramework curator, Znodes znodes, ClusterSettings settings) {
    this.curator = curator;
    this.znodes = znodes;
    this.saved = new SavedMap(settings);
    this.syncTimeoutMillis = settings.sessionTimeout().toMillis();
    this.reader = new MapReader(znodes, Optional.empty());
    this.thread =
        new ScheduledThreadPoolExecutor(
            1, work -> DaemonThreads.create("backpack-cluster-map", work));
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /**
   * Starts following.
   *
   * @return done when there is a snapshot: that of ZooKeeper, or after {@code patience} the saved
   *     one; failed when there is neither
   */
  CompletableFuture<Void> start(Duration patience) {
    thread.execute(
        () -> {
          try {
            fallback = saved.load();
            reader = new MapReader(znodes, fallback);
            curator.getConnectionStateListenable().addListener((c, state) -> onState(state));
            curator.start();
          } catch (RuntimeException e) {
            started.completeExceptionally(znodes.unavailable(e.getMessage()));
          }
        });
    long millis = TICK.toMillis();
    thread.scheduleWithFixedDelay(this::tick, millis, millis, TimeUnit.MILLISECONDS);
    // Not by the thread, which may be waiting for ZooKeeper just then.
    CompletableFuture.delayedExecutor(patience.toMillis(), TimeUnit.MILLISECONDS)
        .execute(this::startWithoutZooKeeper);
    return started;
  }

  private synchronized void startWithoutZooKeeper() {
    if (started.isDone() || published) {
      return;
    }
    if (fallback.isEmpty()) {
      started.completeExceptionally(
          new BackpackException(
              ErrorCode.UNAVAILABLE,
              znodes.where() + " does not answer, and there is no saved cluster map to start on"));
      return;
    }
    log.warn("{} does not answer: starting on the saved cluster map", znodes.where());
    current = fallback.get();
    started.complete(null);
  }

  ClusterMap current() {
    return current;
  }

  boolean live() {
    return live;
  }

  boolean connected() {
    return connected;
  }

  void onChange(Consumer<ClusterMap> listener) {
    listeners.add(listener);
  }

  /** Has the sizes read again soon. */
  void requestSizes() {
    if (sizesRequested.compareAndSet(false, true)) {
      execute(this::pollSizes);
    }
  }

  private void onEvent(WatchedEvent event) {
    if (event.getType() != Watcher.Event.EventType.None) {
      requestMaps();
    }
  }

  private void onState(ConnectionState state) {
    synchronized (this) {
      boolean before = connected;
      connected = state == ConnectionState.CONNECTED || state == ConnectionState.RECONNECTED;
      live = false;
      if (connected) {
        connection++;
      } else if (before) {
        log.warn("lost {}: going on with the last known cluster map", znodes.where());
      }
    }
    if (connected) {
      requestMaps();
    }
  }

  private void requestMaps() {
    if (mapsRequested.compareAndSet(false, true)) {
      execute(this::readMaps);
    }
  }

  private void execute(Runnable work) {
    try {
      thread.execute(() -> guarded(work));
    } catch (RejectedExecutionException e) {
      log.debug("closed, nothing more is read");
    }
  }

  private void tick() {
    guarded(
        () -> {
          long now = System.nanoTime();
          if (!live || now - nextFullRead >= 0) {
            readMaps();
          } else if (now - nextSizes >= 0) {
            pollSizes();
          }
        });
  }

  private void guarded(Runnable work) {
    try {
      work.run();
    } catch (BackpackException e) {
      // The tick comes back to it; the loss of the connection itself was logged.
      log.debug("reading the cluster map failed: {}", e.getMessage());
    } catch (RuntimeException e) {
      log.error("following the cluster map failed", e);
    }
  }

  private void readMaps() {
    mapsRequested.set(false);
    long connectionRead;
    synchronized (this) {
      connectionRead = connection;
      if (!connected) {
        return;
      }
    }
    boolean reconnected = syncedConnection != connectionRead;
    if (reconnected) {
      // The server may be one that lags behind what we, or others, have seen already.
      znodes.sync(syncTimeoutMillis);
    }
    reader.readMaps(watcher);
    if (reconnected) {
      readSizes();
    }
    syncedConnection = connectionRead;
    nextFullRead = System.nanoTime() + FULL_READ_INTERVAL.toNanos();
    if (!started.isDone() && !failStart()) {
      return;
    }
    publish();
    settle(connectionRead);
  }

  /** Whether there is something to start on. */
  private boolean failStart() {
    if (!reader.initialised()) {
      started.completeExceptionally(znodes.notInitialised());
      return false;
    }
    if (reader.snapshot().isEmpty()) {
      started.completeExceptionally(
          new BackpackException(
              ErrorCode.UNAVAILABLE,
              "the cluster map at "
                  + znodes.where()
                  + " cannot be read: "
                  + reader.trouble().orElse("")));
      return false;
    }
    return true;
  }

  private synchronized void settle(long connectionRead) {
    boolean before = live;
    live = connected && connection == connectionRead && reader.trouble().isEmpty();
    if (live && !before) {
      log.info("following the cluster map at {}", znodes.where());
    }
    started.complete(null);
  }

  private void pollSizes() {
    sizesRequested.set(false);
    if (connected) {
      readSizes();
      publish();
    }
  }

  private void readSizes() {
    reader.readSizes();
    Duration interval = SIZE_INTERVAL_PER_SHARD.multipliedBy(current.shards().size());
    nextSizes = System.nanoTime() + Math.max(MIN_SIZE_INTERVAL.toNanos(), interval.toNanos());
  }

  private void publish() {
    Optional<ClusterMap> snapshot = reader.snapshot();
    if (snapshot.isEmpty()) {
      return;
    }
    ClusterMap before = current;
    ClusterMap now = snapshot.get();
    if (!now.equals(before)) {
      synchronized (this) {
        current = now;
        published = true;
      }
      for (Consumer<ClusterMap> listener : listeners) {
        try {
          listener.accept(now);
        } catch (RuntimeException e) {
          log.error("a listener of the cluster map failed", e);
        }
      }
    }
    boolean mapsChanged =
        !now.servers().equals(before.servers())
            || !now.shards().equals(before.shards())
            || !now.queue().equals(before.queue());
    if (mapsChanged || System.nanoTime() - nextSave >= 0) {
      saved.save(now);
      nextSave = System.nanoTime() + SAVE_INTERVAL.toNanos();
    }
  }

  /** Blocks until the connection is closed. */
  @Override
  public void close() {
    started.completeExceptionally(znodes.unavailable("closed"));
    thread.shutdownNow();
    live = false;
    connected = false;
    curator.close();
  }
}
