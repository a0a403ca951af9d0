package io.backpack.cluster;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.apache.curator.framework.CuratorFramework;

/**
 * The cluster map of ZooKeeper, followed live. It outlives breaks of the connection, expired
 * sessions and outages of any length: meanwhile {@link #current} stays as it was and {@link #live}
 * is false until everything was read again.
 *
 * <p>{@link #live} is as quick as ZooKeeper's client is to notice a server that vanished without a
 * word: up to two thirds of the session timeout. A znode of the map that is damaged or gone keeps
 * its last good value; while that is so of servers or shards, the view is not live either.
 */
public final class ZooKeeperClusterView implements ClusterView {
  private final Vertx vertx;
  private final MapFollower follower;
  private final BlockingCalls calls;
  private final SizeAdder sizes;
  private final SizeMarks marks;
  private final Znodes znodes;
  private final NodeRegistry registry;

  private ZooKeeperClusterView(Vertx vertx, ClusterSettings settings) {
    this.vertx = vertx;
    CuratorFramework curator =
        Curators.create(settings.zookeeper(), settings.sessionTimeout(), settings.connectTimeout());
    znodes = new Znodes(curator, settings.zookeeper(), settings.root());
    follower = new MapFollower(curator, znodes, settings);
    calls = new BlockingCalls(settings.sessionTimeout().plus(settings.connectTimeout()));
    sizes = new SizeAdder(znodes);
    marks = new SizeMarks(znodes, InstantSource.system());
    registry = new NodeRegistry(znodes, calls, follower, settings);
  }

  /**
   * Starts following a cluster map.
   *
   * @return a view with a snapshot: that of ZooKeeper, or, when it does not answer within the
   *     connect timeout, the saved one, and then not live. Failed with {@link
   *     io.backpack.api.ErrorCode#UNAVAILABLE} when there is neither, and with {@link
   *     io.backpack.api.ErrorCode#NOT_READY} when ZooKeeper answers and has no map at that root
   */
  public static Future<ZooKeeperClusterView> connect(Vertx vertx, ClusterSettings settings) {
    ZooKeeperClusterView view = new ZooKeeperClusterView(vertx, settings);
    return Future.fromCompletionStage(
            view.follower.start(settings.connectTimeout()), vertx.getOrCreateContext())
        .map(view)
        .recover(failure -> view.close().transform(closed -> Future.failedFuture(failure)));
  }

  @Override
  public ClusterMap current() {
    return follower.current();
  }

  @Override
  public boolean live() {
    return follower.live();
  }

  @Override
  public void onChange(Consumer<ClusterMap> listener) {
    follower.onChange(listener);
  }

  /**
   * {@inheritDoc}
   *
   * <p>All of it is added, or nothing; no size falls below 0; shards that are no longer in the map
   * are left out. Of a call that failed nothing was added, except where ZooKeeper vanished in the
   * middle of it.
   */
  @Override
  public Future<Void> addToSizes(Map<String, Long> bytes) {
    Map<String, Long> added = Map.copyOf(bytes);
    return connected(
        () -> {
          sizes.add(added);
          follower.requestSizes();
          return null;
        });
  }

  @Override
  public Future<Void> correctSize(String shardId, long reported) {
    return connected(
        () -> {
          marks.correct(shardId, reported);
          follower.requestSizes();
          return null;
        });
  }

  @Override
  public Future<Boolean> takeTurn(String shardId, Turn what, Duration interval) {
    return connected(() -> marks.takeTurn(shardId, what, interval));
  }

  private <T> Future<T> connected(Callable<T> work) {
    return calls.run(
        () -> {
          if (!follower.connected()) {
            throw znodes.unavailable("no connection");
          }
          return work.call();
        });
  }

  /** Identities of nodes and of who stamps versions. */
  public NodeRegistry registry() {
    return registry;
  }

  /** The session with ZooKeeper; blocks. */
  long sessionId() {
    return znodes.sessionId();
  }

  /** Ends the connection; {@link #current} stays, nothing else works any more. */
  public Future<Void> close() {
    return vertx.executeBlocking(
        () -> {
          calls.close();
          follower.close();
          return null;
        },
        false);
  }
}
