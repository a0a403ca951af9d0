package io.backpack.bus;

import static io.backpack.testing.Futures.await;

import io.backpack.testing.TestRedis;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingServer;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;

/** A real ZooKeeper and members of the bus in one JVM. */
final class BusCluster {
  static final Duration SESSION_TIMEOUT = Duration.ofSeconds(2);

  private final TestingServer zookeeper;
  private final List<Vertx> members = new ArrayList<>();

  BusCluster() throws Exception {
    // A short tick, since ZooKeeper grants no session timeout below two ticks.
    zookeeper =
        new TestingServer(
            new InstanceSpec(null, TestRedis.freePort(), -1, -1, true, -1, 200, -1), true);
  }

  Vertx join() {
    Vertx member =
        await(
            ClusteredVertx.start(
                new BusSettings(
                    zookeeper.getConnectString(),
                    "/backpack",
                    "127.0.0.1",
                    0,
                    "",
                    0,
                    SESSION_TIMEOUT,
                    BusSettings.DEFAULT_MAX_PHOTO_SIZE)));
    members.add(member);
    return member;
  }

  TestingServer zookeeper() {
    return zookeeper;
  }

  static CuratorFramework curator(Vertx member) {
    return ((BackpackClusterManager) ((VertxInternal) member).clusterManager())
        .getCuratorFramework();
  }

  static long session(Vertx member) throws Exception {
    return curator(member).getZookeeperClient().getZooKeeper().getSessionId();
  }

  /** Ends a member's session on the server, as if the member had been silent for too long. */
  void expire(Vertx member) throws Exception {
    ZooKeeper original = curator(member).getZookeeperClient().getZooKeeper();
    CountDownLatch connected = new CountDownLatch(1);
    ZooKeeper twin =
        new ZooKeeper(
            zookeeper.getConnectString(),
            5000,
            event -> {
              if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
                connected.countDown();
              }
            },
            original.getSessionId(),
            original.getSessionPasswd());
    if (!connected.await(10, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the second client of the session did not connect");
    }
    twin.close();
  }

  void close() throws Exception {
    for (Vertx member : members) {
      await(member.close());
    }
    zookeeper.close();
  }
}
