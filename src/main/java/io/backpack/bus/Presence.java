package io.backpack.bus;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.framework.state.ConnectionStateListener;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ephemeral nodes that this process wants to have in ZooKeeper, and the thread that keeps them
 * there.
 *
 * <p>An ephemeral node dies with its session. After every reconnect, and every {@link
 * #CHECK_SECONDS}, each wanted node is looked at: one of an older session is deleted (it would
 * vanish when that session ends) and made again, a missing one is made, one with other data is
 * written. All calls to ZooKeeper are made by the one thread, so they cannot overtake each other.
 */
final class Presence implements ConnectionStateListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Presence.class);

  /** Seconds between two checks while nothing is known to be wrong. */
  static final int CHECK_SECONDS = 5;

  private record Wanted(Buffer data, Promise<Void> created) {}

  private final CuratorFramework curator;
  private final long timeoutMillis;
  private final Map<String, Wanted> wanted = new ConcurrentHashMap<>();
  private final Set<String> unwanted = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread daemon = new Thread(task, "backpack-bus-presence");
            daemon.setDaemon(true);
            return daemon;
          });
  private volatile boolean connected;

  /**
   * @param timeoutMillis after which a node that could not be made fails its {@link #want}
   */
  Presence(CuratorFramework curator, long timeoutMillis) {
    this.curator = curator;
    this.timeoutMillis = timeoutMillis;
  }

  /** Begins to watch; the client is connected. */
  void start() {
    curator.getConnectionStateListenable().addListener(this);
    connected = curator.getZookeeperClient().isConnected();
    thread.scheduleWithFixedDelay(this::restore, CHECK_SECONDS, CHECK_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void stateChanged(CuratorFramework client, ConnectionState state) {
    connected = state.isConnected();
    if (state == ConnectionState.RECONNECTED) {
      submit(this::restore);
    }
  }

  /**
   * Makes an ephemeral node, and makes it again whenever it is lost, until {@link #drop}.
   *
   * @return succeeds when it is there for the first time; a failure means that it was given up
   */
  Future<Void> want(String path, Buffer data) {
    Wanted entry = new Wanted(data, Promise.promise());
    unwanted.remove(path);
    wanted.put(path, entry);
    submit(() -> ensure(path));
    try {
      thread.schedule(() -> giveUp(path, entry), timeoutMillis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closed) {
      giveUp(path, entry);
    }
    return entry.created.future();
  }

  private void giveUp(String path, Wanted entry) {
    if (entry.created.tryFail(
        new IllegalStateException("ZooKeeper did not take " + path + " in time"))) {
      if (wanted.remove(path, entry)) {
        unwanted.add(path);
      }
    }
  }

  /** Removes a node, now or when ZooKeeper is back; never fails. */
  void drop(String path) {
    wanted.remove(path);
    unwanted.add(path);
    submit(() -> remove(path));
  }

  private void submit(Runnable task) {
    try {
      thread.execute(task);
    } catch (RejectedExecutionException closed) {
      LOG.debug("the bus is closed");
    }
  }

  private void restore() {
    wanted.keySet().forEach(this::ensure);
    unwanted.forEach(this::remove);
  }

  private void ensure(String path) {
    Wanted entry = wanted.get(path);
    if (entry == null || !connected) {
      return;
    }
    try {
      make(path, entry.data.getBytes());
      entry.created.tryComplete();
    } catch (KeeperException e) {
      LOG.debug("{} comes with the next check: {}", path, e.getMessage());
    } catch (Exception e) {
      LOG.warn("{} is tried again with the next check: {}", path, e.toString());
    }
  }

  private void make(String path, byte[] data) throws Exception {
    long session = curator.getZookeeperClient().getZooKeeper().getSessionId();
    Stat stat = new Stat();
    try {
      byte[] there = curator.getData().storingStatIn(stat).forPath(path);
      if (stat.getEphemeralOwner() == session) {
        if (!Arrays.equals(there, data)) {
          curator.setData().forPath(path, data);
        }
        return;
      }
      LOG.info("{} belongs to an older session, making it anew", path);
      delete(path);
    } catch (KeeperException.NoNodeException missing) {
      LOG.debug("{} is missing, making it", path);
    }
    curator
        .create()
        .creatingParentContainersIfNeeded()
        .withMode(CreateMode.EPHEMERAL)
        .forPath(path, data);
  }

  private void remove(String path) {
    if (!connected) {
      return;
    }
    try {
      delete(path);
      unwanted.remove(path);
    } catch (Exception e) {
      LOG.debug("{} is removed with the next check: {}", path, e.getMessage());
    }
  }

  private void delete(String path) throws Exception {
    try {
      curator.delete().forPath(path);
    } catch (KeeperException.NoNodeException gone) {
      LOG.debug("{} is gone already", path);
    }
  }

  @Override
  public void close() {
    curator.getConnectionStateListenable().removeListener(this);
    thread.shutdownNow();
    wanted.forEach((path, entry) -> entry.created.tryFail("the bus was closed"));
  }
}
