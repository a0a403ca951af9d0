package io.backpack.queue;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/**
 * Takes tasks out of the queue for one replicator. What it took is leased to it: when it is not
 * finished, renewed or set aside within the lease, another consumer gets it, and both may then do
 * the same work. Idle time is measured by the Redis server, so clocks do not matter.
 *
 * <p>All methods may be called on any thread; a failure leaves the task to its lease.
 */
public final class CopyQueueConsumer {
  private final RedisCopyQueue queue;
  private final String name;
  private final long leaseMillis;

  CopyQueueConsumer(RedisCopyQueue queue, String name, Duration lease) {
    this.queue = queue;
    this.name = name;
    this.leaseMillis = lease.toMillis();
  }

  /** Addresses of the servers of this moment, for {@link #take}. */
  public List<String> servers() {
    return queue.serverNames();
  }

  /**
   * Takes tasks for a target from one server: first those whose lease ran out, then new ones.
   *
   * @param server one of {@link #servers()}; nothing comes from one that is no longer configured
   * @param most at least 1
   */
  public Future<List<LeasedTask>> take(String server, String target, int most) {
    return queue
        .server(server)
        .map(found -> found.take(target, name, leaseMillis, most))
        .orElseGet(() -> Future.succeededFuture(List.of()));
  }

  /** The work is done: the task is gone. */
  public Future<Void> done(LeasedTask task) {
    return task.origin().server.done(task);
  }

  /** Begins the lease anew; false when it was lost to another. */
  public Future<Boolean> renew(LeasedTask task) {
    return task.origin().server.renew(task, name);
  }

  /** Sets a task aside after a failure of its own; the attempt counts. */
  public Future<Void> retry(LeasedTask task, Duration delay) {
    return task.origin()
        .server
        .later(task, name, task.attempts() + 1, task.tries() + 1, delay.toMillis());
  }

  /** Sets a task aside after a failure that was not its own; the attempt does not count. */
  public Future<Void> postpone(LeasedTask task, Duration delay) {
    return task.origin()
        .server
        .later(task, name, task.attempts(), task.tries() + 1, delay.toMillis());
  }

  /** Gives a task back that was not begun; another consumer may have it at once. */
  public Future<Void> giveBack(LeasedTask task) {
    return task.origin().server.later(task, name, task.attempts(), task.tries(), 0);
  }

  /** Gives a task up: it becomes a dead letter with the reason. */
  public Future<Void> bury(LeasedTask task, String reason) {
    return task.origin()
        .server
        .bury(
            task.task().to(),
            name,
            task.origin().id,
            TaskCodec.encode(task.task()),
            task.attempts(),
            reason);
  }
}
