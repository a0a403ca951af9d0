package io.backpack.coordinator;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import io.backpack.queue.CopyQueue;
import io.backpack.queue.CopyTask;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Leaves copies that are still to be made in the queue. Safe for use by any thread. */
final class CopyTasks {
  private static final Logger LOG = LoggerFactory.getLogger(CopyTasks.class);

  /** Offered tasks on their way to the queue; more are left to anti-entropy. */
  private static final int MAX_OFFERED = 10_000;

  private final Vertx vertx;
  private final CopyQueue queue;
  private final Duration timeout;
  private final CoordinatorStats stats;
  private final AtomicInteger offered = new AtomicInteger();

  CopyTasks(Vertx vertx, CopyQueue queue, Duration timeout, CoordinatorStats stats) {
    this.vertx = vertx;
    this.queue = queue;
    this.timeout = timeout;
    this.stats = stats;
  }

  static List<CopyTask> copies(
      PhotoName name, Version version, List<String> from, List<String> to) {
    return to.stream().map(node -> new CopyTask(name, version, false, from, node)).toList();
  }

  static List<CopyTask> tombstones(PhotoName name, Version version, List<String> to) {
    return to.stream().map(node -> new CopyTask(name, version, true, List.of(), node)).toList();
  }

  /** Succeeds when all of them are queued; what is promised rests on it. */
  Future<Void> require(List<CopyTask> tasks) {
    return tasks.isEmpty()
        ? Future.succeededFuture()
        : Future.join(tasks.stream().map(this::push).toList()).mapEmpty();
  }

  /** Queues them if it can: without them the copies come later, from anti-entropy. */
  void offer(List<CopyTask> tasks) {
    for (CopyTask task : tasks) {
      if (offered.incrementAndGet() > MAX_OFFERED) {
        offered.decrementAndGet();
        stats.taskLost();
      } else {
        push(task)
            .onComplete(
                result -> {
                  offered.decrementAndGet();
                  if (result.failed()) {
                    stats.taskLost();
                    LOG.debug("not queued for {}: {}", task.to(), result.cause().getMessage());
                  }
                });
      }
    }
  }

  private Future<Void> push(CopyTask task) {
    return Lane.of(vertx).within(timeout, () -> queue.push(task));
  }
}
