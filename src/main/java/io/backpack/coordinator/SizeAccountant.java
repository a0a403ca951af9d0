package io.backpack.coordinator;

import io.backpack.cluster.ClusterView;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers what this coordinator adds to the shards and writes it to the cluster map in batches, one
 * at a time. The interval grows with the number of shards, and varies a little, so that many
 * coordinators do not meet at the same counters.
 *
 * <p>Counted are the bytes of photos, once per shard, not per copy: added by an upload that changed
 * something, taken off by a delete whose photo was known. The figure steers placement; it is not
 * exact: what was gathered is lost when the process is killed, and a batch that failed half-way is
 * written again as a whole. Safe for use by any thread.
 */
final class SizeAccountant {
  private static final Logger LOG = LoggerFactory.getLogger(SizeAccountant.class);
  private static final int SHARDS_PER_INTERVAL = 50;

  private final Vertx vertx;
  private final ClusterView view;
  private final Duration interval;
  private final Duration timeout;
  private final Map<String, Long> gathered = new HashMap<>();
  private Future<Void> writing = Future.succeededFuture();
  private long timer = -1;
  private boolean running;

  /**
   * @param interval between two batches while there are few shards
   * @param timeout of one batch
   */
  SizeAccountant(Vertx vertx, ClusterView view, Duration interval, Duration timeout) {
    this.vertx = vertx;
    this.view = view;
    this.interval = interval;
    this.timeout = timeout;
  }

  synchronized void add(String shardId, long bytes) {
    gathered.merge(shardId, bytes, Long::sum);
  }

  synchronized void start() {
    running = true;
    schedule();
  }

  /** Writes what is left; fails when that is not possible. */
  Future<Void> close() {
    Future<Void> last;
    synchronized (this) {
      running = false;
      vertx.cancelTimer(timer);
      last = writing;
    }
    return last.transform(ignored -> flush());
  }

  private synchronized void schedule() {
    if (running) {
      long base = interval.toMillis() * (1 + view.current().shards().size() / SHARDS_PER_INTERVAL);
      long jitter = ThreadLocalRandom.current().nextLong(base / 5 + 1);
      timer = vertx.setTimer(Math.max(1, base - base / 10 + jitter), id -> beat());
    }
  }

  private void beat() {
    flush()
        .onComplete(
            result -> {
              if (result.failed()) {
                LOG.warn("the sizes of the shards were not written: {}", result.cause().toString());
              }
              schedule();
            });
  }

  private Future<Void> flush() {
    Map<String, Long> batch;
    synchronized (this) {
      batch = new HashMap<>(gathered);
      gathered.clear();
    }
    batch.values().removeIf(bytes -> bytes == 0);
    if (batch.isEmpty()) {
      return Future.succeededFuture();
    }
    Future<Void> written =
        Lane.of(vertx)
            .within(timeout, () -> view.addToSizes(Map.copyOf(batch)))
            .onFailure(cause -> keep(batch));
    synchronized (this) {
      writing = written;
    }
    return written;
  }

  /** Merges a failed batch with what came since, without shards that are gone. */
  private synchronized void keep(Map<String, Long> batch) {
    if (view.live()) {
      batch.keySet().retainAll(view.current().shards().keySet());
    }
    batch.forEach(this::add);
  }
}
