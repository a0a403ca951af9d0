package io.backpack.node;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.bus.BusEvent;
import io.backpack.bus.NodeDirectory;
import io.backpack.bus.NodeSighting;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.ZooKeeperClusterView;
import io.backpack.coordinator.CoordinatorSettings;
import io.backpack.http.HttpStoreFactory;
import io.backpack.http.HttpStoreSettings;
import io.backpack.node.config.NodeConfiguration;
import io.backpack.queue.QueueLimits;
import io.backpack.queue.RedisCopyQueue;
import io.backpack.replicator.ReplicatorVerticle;
import io.backpack.storage.ReplacedNode;
import io.backpack.storage.StorageSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The roles of one process, and what they share: this is where everything is put together. Safe for
 * use by any thread.
 */
public final class NodeProcess {
  /**
   * Where a role listens.
   *
   * @param name for people
   * @param url with a slash at the end
   */
  public record Address(String name, String url) {}

  private record Closer(String what, Supplier<Future<?>> close) {}

  private static final long CLOSE_SECONDS = 30;
  private static final long POLL_MILLIS = 50;
  private static final long FIRST_PAUSE_SECONDS = 5;
  private static final long LONGEST_PAUSE_SECONDS = 60;

  /** Of a node that could not be started: ZooKeeper or Redis is away, or has others' keys. */
  private static final Set<ErrorCode> MAY_PASS =
      EnumSet.of(ErrorCode.UNAVAILABLE, ErrorCode.OVERLOADED, ErrorCode.INDEX_UNAVAILABLE);

  private static final int WAITING_REQUESTS = 4096;

  /** So many servers that hang at a time leave memory for the uploads to others. */
  private static final int HUNG_SERVERS = 4;

  private static final Logger LOG = LoggerFactory.getLogger(NodeProcess.class);

  private final NodeConfiguration configuration;
  private final Set<String> replaced;
  private final Deque<Closer> open = new ArrayDeque<>();
  private final List<Part> parts = new CopyOnWriteArrayList<>();
  private volatile Vertx vertx;
  private volatile boolean closing;

  private NodeProcess(NodeConfiguration configuration, Set<String> replaced) {
    this.configuration = configuration;
    this.replaced = Set.copyOf(replaced);
  }

  /**
   * Starts the roles.
   *
   * @return succeeds when all of them listen, which may be before they take requests, see {@link
   *     #ready()}; when it fails, all is closed again
   */
  public static Future<NodeProcess> start(NodeConfiguration configuration) {
    return start(configuration, Set.of());
  }

  /**
   * The same with storage nodes whose empty directories are meant: their disks were lost, and their
   * peers are to bring the photos.
   *
   * @param replaced ids of these nodes
   */
  public static Future<NodeProcess> start(NodeConfiguration configuration, Set<String> replaced) {
    NodeProcess process = new NodeProcess(configuration, replaced);
    process.vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    // Without a context: a failed start closes the event loops, and could tell nobody.
    return Future.<Void>succeededFuture()
        .compose(begun -> process.surround())
        .compose(process::startRoles)
        .map(process)
        .recover(failure -> process.close().transform(closed -> Future.failedFuture(failure)));
  }

  private Future<Surroundings> surround() {
    HttpStoreFactory stores = HttpStoreFactory.of(vertx, clientSettings());
    opened("the connections to nodes", stores::close);
    QueueLimits limits =
        configuration
            .coordinator()
            .map(NodeConfiguration.Coordinator::queue)
            .orElse(QueueLimits.DEFAULT);
    RedisCopyQueue queue = RedisCopyQueue.create(vertx, limits);
    opened("the queue", queue::close);
    return ZooKeeperClusterView.connect(vertx, configuration.cluster())
        .map(
            view -> {
              opened("the cluster map", view::close);
              view.onChange(map -> configure(queue, map));
              configure(queue, view.current());
              BusMembership bus =
                  BusMembership.join(vertx, configuration.bus(), this::comesAndGoes);
              opened("the event bus", bus::close);
              return new Surroundings(vertx, configuration, view, stores, queue, bus);
            });
  }

  private HttpStoreSettings clientSettings() {
    String token =
        configuration
            .coordinator()
            .map(coordinator -> coordinator.settings().http().writeToken())
            .or(() -> configuration.replicator().map(role -> role.settings().writeToken()))
            .or(
                () ->
                    configuration.storage().stream()
                        .findFirst()
                        .map(node -> node.http().writeToken()))
            .orElse("");
    return configuration
        .coordinator()
        .map(NodeConfiguration.Coordinator::settings)
        .map(
            settings ->
                new HttpStoreSettings(
                        settings.connectTimeout(),
                        settings.requestTimeout(),
                        settings.connectionsPerNode(),
                        WAITING_REQUESTS,
                        token)
                    .withBatches()
                    .withUploadMemory(settings.uploadMemory() / HUNG_SERVERS))
        .or(
            () ->
                configuration
                    .replicator()
                    .map(NodeConfiguration.Replicator::settings)
                    .map(
                        settings ->
                            new HttpStoreSettings(
                                    settings.connectTimeout(),
                                    settings.requestTimeout(),
                                    CoordinatorSettings.DEFAULT_CONNECTIONS_PER_NODE,
                                    WAITING_REQUESTS,
                                    token)
                                .withBatches()))
        .orElse(HttpStoreSettings.DEFAULT.withWriteToken(token));
  }

  /** A wrong entry in the map must not end the process: it keeps the last right one. */
  private static void configure(RedisCopyQueue queue, ClusterMap map) {
    try {
      queue.configure(ReplicatorVerticle.queueServers(map.queue()));
    } catch (IllegalArgumentException e) {
      LOG.error("the queue in the cluster map is wrong, keeping the last: {}", e.getMessage());
    }
  }

  /** Coordinators tell of nodes that come and go, since they hear all of them. */
  private NodeDirectory.Listener comesAndGoes(BusMembership bus) {
    if (configuration.coordinator().isEmpty()) {
      return NodeDirectory.Listener.NONE;
    }
    return new NodeDirectory.Listener() {
      @Override
      public void nodeUp(NodeSighting sighting) {
        bus.publish(BusEvent.nodeUp(sighting.nodeId()));
      }

      @Override
      public void nodeDown(NodeSighting last) {
        bus.publish(BusEvent.nodeDown(last.nodeId()));
      }
    };
  }

  private Future<Void> startRoles(Surroundings around) {
    List<Future<Part>> nodes = new ArrayList<>();
    configuration.storage().forEach(each -> nodes.add(opened(startNode(around, each))));
    return Future.join(nodes)
        .recover(failure -> soundNodesServe(around, nodes, failure))
        .compose(
            started ->
                configuration
                    .coordinator()
                    .map(wanted -> opened(CoordinatorRole.start(around, wanted)))
                    .orElse(Future.succeededFuture()))
        .compose(
            started ->
                configuration
                    .replicator()
                    .map(wanted -> opened(ReplicatorRole.start(around, wanted)))
                    .orElse(Future.succeededFuture()))
        // Left first when the process ends, so that no request comes from there any more.
        .onSuccess(started -> opened("the event bus", around.bus()::close))
        .mapEmpty();
  }

  private Future<Part> startNode(Surroundings around, StorageSettings settings) {
    if (!replaced.contains(settings.nodeId())) {
      return StorageRole.start(around, settings);
    }
    return ReplacedNode.prepare(
            vertx, settings, () -> around.view().registry().removeNodeClaim(settings.nodeId()))
        .compose(prepared -> StorageRole.start(around, settings));
  }

  /** A node whose disk is lost must not take the other nodes of the server with it. */
  private <T> Future<T> soundNodesServe(
      Surroundings around, List<Future<Part>> nodes, Throwable failure) {
    if (nodes.stream().noneMatch(Future::succeeded)) {
      return Future.failedFuture(failure);
    }
    for (int i = 0; i < nodes.size(); i++) {
      if (nodes.get(i).failed()) {
        StorageSettings settings = configuration.storage().get(i);
        notStarted(around, settings, nodes.get(i).cause(), FIRST_PAUSE_SECONDS);
      }
    }
    return Future.succeededFuture();
  }

  /** What is wrong around the node may pass by itself; nothing that is wrong with it does. */
  private void notStarted(
      Surroundings around, StorageSettings settings, Throwable failure, long pause) {
    BackpackException why = BackpackException.of(failure);
    if (!MAY_PASS.contains(why.code())) {
      LOG.error(
          "node {} does not serve until the process is started again: {}",
          settings.nodeId(),
          why.getMessage());
      return;
    }
    LOG.warn(
        "node {} does not serve yet and is tried again in {} s: {}",
        settings.nodeId(),
        pause,
        why.getMessage());
    vertx.setTimer(
        TimeUnit.SECONDS.toMillis(pause),
        id -> {
          if (!closing) {
            long next = Math.min(LONGEST_PAUSE_SECONDS, 2 * pause);
            opened(startNode(around, settings))
                .onSuccess(part -> LOG.info("{} serves now", part.name()))
                .onFailure(again -> notStarted(around, settings, again, next));
          }
        });
  }

  private Future<Part> opened(Future<Part> starting) {
    return starting.onSuccess(
        part -> {
          parts.add(part);
          opened(part.name(), part::close);
        });
  }

  private synchronized void opened(String what, Supplier<Future<?>> close) {
    open.push(new Closer(what, close));
  }

  /** Where the roles listen, in the order of their start. */
  public List<Address> addresses() {
    return parts.stream()
        .filter(part -> !part.url().isEmpty())
        .map(part -> new Address(part.name(), part.url()))
        .toList();
  }

  /** Succeeds once every role takes requests. Nodes may have to catch up with their index first. */
  public Future<Void> ready() {
    return until(Part::ready, Long.MAX_VALUE);
  }

  /**
   * Succeeds once every node knows all names that the others of its shard know, and at the latest
   * after so long: the others may be away.
   */
  public Future<Void> settled(Duration most) {
    return until(Part::settled, most.toMillis());
  }

  private Future<Void> until(Predicate<Part> state, long mostMillis) {
    Promise<Void> done = Promise.promise();
    look(state, mostMillis, done);
    return done.future();
  }

  private void look(Predicate<Part> state, long mostMillis, Promise<Void> done) {
    if (mostMillis <= 0 || parts.stream().allMatch(state)) {
      done.complete();
    } else {
      vertx.setTimer(POLL_MILLIS, id -> look(state, mostMillis - POLL_MILLIS, done));
    }
  }

  /**
   * Stops the roles and what they share, the last started first, each with a time limit. Never
   * fails: what does not end in time is logged.
   */
  public Future<Void> close() {
    closing = true;
    // Without a context: the event loops are closed on the way, and could tell nobody.
    Promise<Void> done = Promise.promise();
    closeNext(done);
    return done.future();
  }

  private void closeNext(Promise<Void> done) {
    Closer next;
    synchronized (this) {
      next = open.poll();
    }
    if (next != null) {
      next.close()
          .get()
          .timeout(CLOSE_SECONDS, TimeUnit.SECONDS)
          .onComplete(
              closed -> {
                if (closed.failed()) {
                  String why = closed.cause().getMessage();
                  LOG.warn("{} did not stop cleanly: {}", next.what(), why);
                }
                closeNext(done);
              });
    } else if (vertx != null) {
      vertx.close().onComplete(closed -> done.tryComplete());
    } else {
      done.tryComplete();
    }
  }
}
