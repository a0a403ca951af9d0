package io.backpack.node;

import io.backpack.api.BackpackException;
import io.backpack.bus.BusEvent;
import io.backpack.bus.BusSettings;
import io.backpack.bus.ClusteredVertx;
import io.backpack.bus.EventPublisher;
import io.backpack.bus.NodeDirectory;
import io.backpack.bus.NodeSighting;
import io.backpack.bus.NodeSightings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process's place on the event bus. It is joined in the background, again and again until it
 * works: the bus carries hints and news, and no photo waits for it. So a process starts, and
 * serves, while ZooKeeper is away.
 *
 * <p>The bus has a Vert.x of its own, because one that is not clustered cannot join later. Without
 * a bus in the configuration, that of the roles serves, and what is said is heard in this process
 * only. Safe for use by any thread.
 */
final class BusMembership implements NodeSightings {
  /** Something that lives on the bus. */
  @FunctionalInterface
  interface Member {
    /**
     * Starts it.
     *
     * @return how to end it
     */
    Future<Supplier<Future<Void>>> start(Vertx bus);
  }

  private static final Logger LOG = LoggerFactory.getLogger(BusMembership.class);
  private static final Duration JOIN_TIMEOUT = Duration.ofSeconds(15);
  private static final long RETRY_MILLIS = 5000;

  private final Vertx timers;
  private final Optional<BusSettings> settings;
  private final NodeDirectory.Listener listener;
  private final List<Member> members = new ArrayList<>();
  private final Deque<Supplier<Future<Void>>> open = new ArrayDeque<>();
  private boolean closed;
  private boolean refusedBefore;
  private volatile Vertx bus;
  private volatile EventPublisher events;
  private volatile NodeDirectory directory;

  private BusMembership(
      Vertx timers,
      Optional<BusSettings> settings,
      Function<BusMembership, NodeDirectory.Listener> listener) {
    this.timers = timers;
    this.settings = settings;
    this.listener = listener.apply(this);
  }

  /**
   * Begins to join.
   *
   * @param timers the Vert.x of the roles
   * @param settings empty for no bus
   * @param listener hears of nodes that come and go
   */
  static BusMembership join(
      Vertx timers,
      Optional<BusSettings> settings,
      Function<BusMembership, NodeDirectory.Listener> listener) {
    BusMembership membership = new BusMembership(timers, settings, listener);
    membership.join();
    return membership;
  }

  private void join() {
    settings
        .map(wanted -> ClusteredVertx.start(wanted, options(), JOIN_TIMEOUT))
        .orElseGet(() -> Future.succeededFuture(timers))
        .onSuccess(this::joined)
        .onFailure(this::retry);
  }

  private static VertxOptions options() {
    return new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(4);
  }

  private void retry(Throwable failure) {
    synchronized (this) {
      if (closed) {
        return;
      }
      if (!refusedBefore) {
        refusedBefore = true;
        LOG.warn("{}; trying again", BackpackException.of(failure).getMessage());
      }
    }
    timers.setTimer(RETRY_MILLIS, id -> join());
  }

  private void joined(Vertx joined) {
    List<Member> waiting;
    synchronized (this) {
      if (closed) {
        leave(joined);
        return;
      }
      bus = joined;
      events = new EventPublisher(joined);
      open.push(() -> leave(joined));
      waiting = List.copyOf(members);
      members.clear();
    }
    if (settings.isPresent()) {
      LOG.info("joined the event bus");
    }
    start(this::listen);
    waiting.forEach(this::start);
  }

  private Future<Void> leave(Vertx joined) {
    return settings.isPresent() ? joined.close() : Future.succeededFuture();
  }

  private Future<Supplier<Future<Void>>> listen(Vertx joined) {
    return NodeDirectory.start(joined, listener)
        .map(
            started -> {
              directory = started;
              return started::close;
            });
  }

  private void start(Member member) {
    member
        .start(bus)
        .onSuccess(
            end -> {
              synchronized (this) {
                if (!closed) {
                  open.push(end);
                  return;
                }
              }
              end.get().onFailure(late -> LOG.debug("left the bus late", late));
            })
        .onFailure(
            failure -> {
              LOG.warn(
                  "not heard on the event bus yet: {}", BackpackException.of(failure).getMessage());
              timers.setTimer(RETRY_MILLIS, id -> attach(member));
            });
  }

  /** Starts a member as soon as the bus is joined, and ends it when the bus is left. */
  void attach(Member member) {
    synchronized (this) {
      if (closed) {
        return;
      }
      if (bus == null) {
        members.add(member);
        return;
      }
    }
    start(member);
  }

  /** Whether anybody may hear an event: without a bus nobody can, so none need be made. */
  boolean heard() {
    return settings.isPresent() && events != null;
  }

  /** Publishes an event, or drops it where the bus is not joined. */
  void publish(BusEvent event) {
    EventPublisher joined = events;
    if (joined != null) {
      joined.publish(event);
    }
  }

  @Override
  public Optional<NodeSighting> recent(String nodeId) {
    NodeDirectory joined = directory;
    return joined == null ? Optional.empty() : joined.recent(nodeId);
  }

  /** Ends the members, the last first, and leaves the bus. */
  Future<Void> close() {
    // Without a context: those of the bus end with it, and could tell nobody.
    Promise<Void> left = Promise.promise();
    closeNext(left);
    return left.future();
  }

  private void closeNext(Promise<Void> left) {
    Supplier<Future<Void>> next;
    synchronized (this) {
      closed = true;
      members.clear();
      next = open.poll();
    }
    if (next == null) {
      left.tryComplete();
      return;
    }
    next.get()
        .onComplete(
            ended -> {
              if (ended.failed()) {
                LOG.warn("did not leave the bus cleanly: {}", ended.cause().getMessage());
              }
              closeNext(left);
            });
  }
}
