package io.backpack.coordinator;

import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.ClusterView;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.backpack.cluster.ShardSize;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what the coordinators counted together with what the nodes hold: counters drift, since a
 * coordinator that is killed forgets what it gathered, and a delete does not always know the size.
 *
 * <p>Each shard in turn, of the coordinators the one whose turn it is asks all of its nodes, and
 * moves the size half of the way to the highest answer: who has less lacks copies. Nodes that do
 * not answer are left out; differences of less than a thousandth of the capacity are left alone.
 * Shards that share a node with another, as only the original made them, cannot be told apart and
 * are left as they are. Safe for use by any thread.
 */
final class SizeReconciler {
  private static final Logger LOG = LoggerFactory.getLogger(SizeReconciler.class);
  private static final long IGNORED_PART = 1000;

  private final Vertx vertx;
  private final ClusterView view;
  private final Function<Server, Future<Long>> heldBytes;
  private final Duration interval;
  private final Duration timeout;
  private long timer = -1;
  private boolean running;

  /**
   * @param heldBytes asks a node how many bytes its photos take on its disks
   */
  SizeReconciler(
      Vertx vertx,
      ClusterView view,
      Function<Server, Future<Long>> heldBytes,
      Duration interval,
      Duration timeout) {
    this.vertx = vertx;
    this.view = view;
    this.heldBytes = heldBytes;
    this.interval = interval;
    this.timeout = timeout;
  }

  synchronized void start() {
    running = true;
    schedule();
  }

  synchronized void close() {
    running = false;
    vertx.cancelTimer(timer);
  }

  private synchronized void schedule() {
    if (running) {
      // Coordinators that were started together come one after the other.
      long millis = interval.toMillis();
      long jitter = ThreadLocalRandom.current().nextLong(millis / 4 + 1);
      timer = vertx.setTimer(Math.max(1, millis - millis / 8 + jitter), id -> beat());
    }
  }

  private void beat() {
    Future<Void> done = Future.succeededFuture();
    ClusterMap map = view.current();
    for (Shard shard : map.shards().values()) {
      done = done.compose(before -> reconcile(map, shard));
    }
    done.onComplete(end -> schedule());
  }

  /** Never fails. */
  Future<Void> reconcile(ClusterMap map, Shard shard) {
    ShardSize size = map.size(shard.id());
    if (size.capacity() <= 0 || sharesNodes(map, shard)) {
      return Future.succeededFuture();
    }
    // A little less than the interval, so that one's own beat does not come too early.
    Duration since = interval.dividedBy(2);
    Lane lane = Lane.of(vertx);
    return lane.within(timeout, () -> view.takeTurn(shard.id(), ClusterView.Turn.RECONCILED, since))
        .compose(mine -> mine ? ask(lane, map, shard) : Future.succeededFuture(Optional.empty()))
        .compose(
            held ->
                held.isPresent() && differs(held.get(), size)
                    ? correct(lane, shard, size, held.get())
                    : Future.succeededFuture())
        .recover(
            failure -> {
              LOG.debug("shard {} was not reconciled: {}", shard.id(), failure.getMessage());
              return Future.succeededFuture();
            })
        .mapEmpty();
  }

  private static boolean sharesNodes(ClusterMap map, Shard shard) {
    Set<String> nodes = new HashSet<>(shard.nodes());
    return map.shards().values().stream()
        .anyMatch(
            other ->
                !other.id().equals(shard.id()) && other.nodes().stream().anyMatch(nodes::contains));
  }

  private static boolean differs(long held, ShardSize size) {
    return Math.abs(held - size.current()) > size.capacity() / IGNORED_PART;
  }

  private Future<Optional<Long>> ask(Lane lane, ClusterMap map, Shard shard) {
    List<Future<Long>> asked = new ArrayList<>();
    for (Server server : map.serversOf(shard)) {
      if (!server.original()) {
        asked.add(lane.within(timeout, () -> heldBytes.apply(server)));
      }
    }
    return Future.join(asked)
        .transform(
            all ->
                Future.succeededFuture(
                    asked.stream()
                        .filter(Future::succeeded)
                        .map(Future::result)
                        .max(Long::compare)));
  }

  private Future<Void> correct(Lane lane, Shard shard, ShardSize size, long held) {
    LOG.info(
        "shard {}: {} bytes were counted, its nodes hold {}: going half of the way",
        shard.id(),
        size.current(),
        held);
    return lane.within(timeout, () -> view.correctSize(shard.id(), held));
  }
}
