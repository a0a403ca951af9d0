package io.backpack.storage;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Runs asynchronous work of the same key one after the other, and of different keys side by side.
 * Writers of a name look at what is stored and then decide; without this, two of them would decide
 * on the same sight. Holds one small entry per key that is at work.
 */
final class KeyedSerializer {
  private final Executor after;
  private final ConcurrentHashMap<Long, Future<?>> tails = new ConcurrentHashMap<>();

  KeyedSerializer(Executor after) {
    this.after = after;
  }

  /**
   * Starts the work when all earlier work of the key has ended, however it ended.
   *
   * @param work must return a future that ends in bounded time
   */
  <T> Future<T> run(long key, Supplier<Future<T>> work) {
    Promise<Void> ended = Promise.promise();
    Future<?> before = tails.put(key, ended.future());
    Future<T> result = before == null ? start(work) : before.transform(any -> start(work));
    return result.onComplete(
        any -> {
          if (!tails.remove(key, ended.future())) {
            // Not from here: a row of failures would be a recursion as deep as the row is long.
            after.execute(ended::complete);
          }
        });
  }

  private static <T> Future<T> start(Supplier<Future<T>> work) {
    try {
      return work.get();
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }
}
