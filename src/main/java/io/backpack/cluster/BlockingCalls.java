package io.backpack.cluster;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs blocking calls of ZooKeeper for callers that must not block. */
final class BlockingCalls implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BlockingCalls.class);

  private static final int THREADS = 2;
  private static final int MAX_WAITING = 256;
  private static final long IDLE_SECONDS = 30;

  private final ThreadPoolExecutor threads;
  private final Duration timeout;

  /**
   * @param timeout after which a caller is told that the outcome is unknown
   */
  BlockingCalls(Duration timeout) {
    this.timeout = timeout;
    this.threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MAX_WAITING),
            work -> DaemonThreads.create("backpack-cluster-call", work));
    threads.allowCoreThreadTimeOut(true);
  }

  /** The result on the caller's context, if it has one; always a {@link BackpackException}. */
  <T> Future<T> run(Callable<T> work) {
    CompletableFuture<T> done = new CompletableFuture<>();
    try {
      threads.execute(() -> complete(done, work));
    } catch (RejectedExecutionException e) {
      return Future.failedFuture(
          threads.isShutdown()
              ? new BackpackException(ErrorCode.NOT_READY, "the cluster map is closed")
              : new BackpackException(ErrorCode.OVERLOADED, "too many calls wait for ZooKeeper"));
    }
    done.orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
    Context context = Vertx.currentContext();
    Future<T> result =
        context == null
            ? Future.fromCompletionStage(done)
            : Future.fromCompletionStage(done, context);
    return result.recover(
        failure ->
            Future.failedFuture(
                failure instanceof TimeoutException
                    ? new BackpackException(
                        ErrorCode.UNAVAILABLE,
                        "no answer from ZooKeeper within " + timeout.toSeconds() + " s")
                    : failure));
  }

  private static <T> void complete(CompletableFuture<T> done, Callable<T> work) {
    if (done.isDone()) {
      return;
    }
    try {
      done.complete(work.call());
    } catch (BackpackException e) {
      done.completeExceptionally(e);
    } catch (Exception e) {
      log.error("a call of ZooKeeper failed", e);
      done.completeExceptionally(BackpackException.of(e));
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
