package io.backpack.copy;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/** Brings answers back to the context that asked. */
public final class Contexts {
  private Contexts() {}

  /** The same result, on the context. */
  public static <T> Future<T> on(Context context, Future<T> answer) {
    Promise<T> promise = Promise.promise();
    answer.onComplete(
        (result, failure) -> context.runOnContext(v -> promise.complete(result, failure)));
    return promise.future();
  }
}
