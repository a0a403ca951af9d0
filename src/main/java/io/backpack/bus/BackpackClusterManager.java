package io.backpack.bus;

import io.vertx.core.Completable;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.core.spi.cluster.RegistrationListener;
import io.vertx.spi.cluster.zookeeper.ZookeeperClusterManager;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.cache.PathChildrenCacheEvent;
import org.apache.curator.retry.BoundedExponentialBackoffRetry;

/**
 * Vert.x clustering through ZooKeeper that survives the loss of the session: a pause longer than
 * the session timeout, a network cut, a ZooKeeper that was away.
 *
 * <p>The base class makes its ephemeral nodes once. When the session is gone, so are they, and the
 * member is invisible for good: nobody finds its consumers, it finds itself not to be a member. It
 * also ignores the result codes of ZooKeeper, so that some of its promises never complete. Here the
 * node and the subscriptions are kept by {@link Presence}, every step has a timeout, and {@link
 * RegistrationRefresh} keeps the bus from staying with an outdated list of consumers. The layout in
 * ZooKeeper is unchanged: members with the base class understand each other.
 *
 * <p>Bus addresses must not contain a slash.
 */
public final class BackpackClusterManager extends ZookeeperClusterManager {
  private static final String NODES = "/cluster/nodes/";
  private static final String SUBSCRIPTIONS = "/__vertx.subs/";
  private static final int CONNECT_TIMEOUT_MILLIS = 3000;
  private static final int RETRY_MILLIS = 250;
  private static final int MAX_RETRY_MILLIS = 2000;
  private static final int RETRIES = 5;

  private final Duration startTimeout;
  private final Presence presence;
  private volatile Vertx vertx;
  private NodeInfo nodeInfo;

  /**
   * @param zookeeper servers, as {@code host1:2181,host2:2181}
   * @param namespace path of the bus in ZooKeeper without a leading slash; the same for all members
   * @param sessionTimeout after which ZooKeeper declares a silent member gone
   * @param startTimeout the longest wait for ZooKeeper when joining, and for each registration
   */
  public BackpackClusterManager(
      String zookeeper, String namespace, Duration sessionTimeout, Duration startTimeout) {
    this(
        CuratorFrameworkFactory.builder()
            .connectString(zookeeper)
            .namespace(namespace)
            .sessionTimeoutMs(Math.toIntExact(sessionTimeout.toMillis()))
            .connectionTimeoutMs((int) Math.min(CONNECT_TIMEOUT_MILLIS, sessionTimeout.toMillis()))
            .retryPolicy(
                new BoundedExponentialBackoffRetry(RETRY_MILLIS, MAX_RETRY_MILLIS, RETRIES))
            .build(),
        startTimeout);
  }

  private BackpackClusterManager(CuratorFramework curator, Duration startTimeout) {
    super(curator, UUID.randomUUID().toString());
    this.startTimeout = startTimeout;
    this.presence = new Presence(curator, startTimeout.toMillis());
  }

  @Override
  public void init(Vertx newVertx) {
    vertx = newVertx;
    super.init(newVertx);
  }

  @Override
  public void join(Completable<Void> joined) {
    vertx
        .<Void>executeBlocking(
            () -> {
              CuratorFramework curator = getCuratorFramework();
              curator.start();
              int millis = Math.toIntExact(startTimeout.toMillis());
              if (!curator.blockUntilConnected(millis, TimeUnit.MILLISECONDS)) {
                throw new TimeoutException("ZooKeeper did not answer for " + millis + " ms");
              }
              presence.start();
              return null;
            })
        .onComplete(
            (nothing, failure) -> {
              if (failure == null) {
                super.join(joined);
              } else {
                abandon();
                joined.fail(failure);
              }
            });
  }

  /** Ends a start that failed: frees the threads that wait for ZooKeeper. */
  void abandon() {
    presence.close();
    getCuratorFramework().close();
  }

  @Override
  public void leave(Completable<Void> left) {
    presence.close();
    super.leave(left);
  }

  @Override
  public void setNodeInfo(NodeInfo info, Completable<Void> done) {
    synchronized (this) {
      nodeInfo = info;
    }
    Buffer data = Buffer.buffer();
    info.writeToBuffer(data);
    complete(NODES + getNodeId(), data, done);
  }

  @Override
  public synchronized NodeInfo getNodeInfo() {
    return nodeInfo;
  }

  @Override
  public void registrationListener(RegistrationListener listener) {
    super.registrationListener(new RegistrationRefresh(listener, this::getRegistrations));
  }

  @Override
  public void addRegistration(String address, RegistrationInfo info, Completable<Void> done) {
    if (info.localOnly()) {
      super.addRegistration(address, info, done);
    } else if (address.indexOf('/') >= 0) {
      done.fail(
          new IllegalArgumentException("a bus address must not have a slash, as this: " + address));
    } else {
      Buffer data = Buffer.buffer();
      info.writeToBuffer(data);
      complete(path(address, info), data, done);
    }
  }

  private void complete(String path, Buffer data, Completable<Void> done) {
    presence.want(path, data).onComplete(done);
  }

  @Override
  public void removeRegistration(String address, RegistrationInfo info, Completable<Void> done) {
    if (info.localOnly()) {
      super.removeRegistration(address, info, done);
    } else {
      presence.drop(path(address, info));
      done.succeed();
    }
  }

  private static String path(String address, RegistrationInfo info) {
    return SUBSCRIPTIONS + address + "/" + info.nodeId() + "-" + info.seq();
  }

  @Override
  public void childEvent(CuratorFramework client, PathChildrenCacheEvent event) throws Exception {
    // The base class would make the node with the data of a member that has just begun to join.
    if (event.getType() != PathChildrenCacheEvent.Type.CONNECTION_RECONNECTED) {
      super.childEvent(client, event);
    }
  }
}
