package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that wait for the disk, so that no event loop does. As many reads as there are
 * threads are under way at once; a bounded number wait, further ones are refused.
 */
final class DiskReads implements AutoCloseable {
  private static final int WAITING_PER_THREAD = 256;

  private final Vertx vertx;
  private final ThreadPoolExecutor threads;

  DiskReads(Vertx vertx, String nodeId, int count) {
    this.vertx = vertx;
    AtomicInteger number = new AtomicInteger();
    this.threads =
        new ThreadPoolExecutor(
            count,
            count,
            1,
            TimeUnit.MINUTES,
            new LinkedBlockingQueue<>(count * WAITING_PER_THREAD),
            task -> {
              Thread thread =
                  new Thread(task, "backpack-read-" + nodeId + "-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Runs a blocking read. The future completes on the caller's context.
   *
   * @return fails with {@link ErrorCode#OVERLOADED} when too many wait already
   */
  <T> Future<T> run(Callable<T> read) {
    Promise<T> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
    try {
      threads.execute(() -> complete(promise, read));
    } catch (RejectedExecutionException e) {
      return Future.failedFuture(
          threads.isShutdown()
              ? new BackpackException(ErrorCode.NOT_READY, "the node is stopping")
              : new BackpackException(
                  ErrorCode.OVERLOADED, "too many reads wait for the disk, try again later"));
    }
    return promise.future();
  }

  /**
   * Runs a blocking read that says itself what became of it, and does not throw.
   *
   * @return false when too many wait already, or the node is stopping
   */
  boolean tryRun(Runnable read) {
    try {
      threads.execute(read);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  private static <T> void complete(Promise<T> promise, Callable<T> read) {
    T result;
    try {
      result = read.call();
    } catch (Throwable e) {
      // Errors too, as the lack of direct memory: somebody waits, and holds memory while he does.
      promise.fail(e);
      return;
    }
    promise.complete(result);
  }

  int waiting() {
    return threads.getQueue().size();
  }

  /** Lets what is under way finish; an interrupt would close the volume's files under it. */
  @Override
  public void close() {
    threads.shutdown();
  }
}
