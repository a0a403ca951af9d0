package io.backpack.coordinator;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The one context on which an operation runs, whatever threads its nodes answer on: the caller's
 * own, when it has one. State that only a lane touches needs no lock.
 */
final class Lane {
  private final Vertx vertx;
  private final Context context;

  private Lane(Vertx vertx, Context context) {
    this.vertx = vertx;
    this.context = context;
  }

  static Lane of(Vertx vertx) {
    return new Lane(vertx, vertx.getOrCreateContext());
  }

  /** Runs now when this is the lane, else later on it. */
  void run(Runnable action) {
    if (Vertx.currentContext() == context) {
      action.run();
    } else {
      context.runOnContext(ignored -> action.run());
    }
  }

  /** Starts a call on the lane; its future completes on the lane. */
  <T> Future<T> call(Supplier<Future<T>> call) {
    Promise<T> promise = Promise.promise();
    run(() -> start(call).onComplete(promise));
    return promise.future();
  }

  /** Starts a call; its future, or what it throws, arrives on the lane. */
  <T> Future<T> bringStarted(Supplier<Future<T>> call) {
    return bring(start(call));
  }

  /** The same future, completed on the lane. */
  <T> Future<T> bring(Future<T> future) {
    Promise<T> promise = Promise.promise();
    future.onComplete(
        result ->
            run(
                () -> {
                  if (result.succeeded()) {
                    promise.complete(result.result());
                  } else {
                    promise.fail(result.cause());
                  }
                }));
    return promise.future();
  }

  /**
   * A call that fails with {@link ErrorCode#UNAVAILABLE} when nothing came in time.
   *
   * @param late gets a result that came after that, to free what it holds
   */
  <T> Future<T> within(Duration timeout, Supplier<Future<T>> call, Consumer<? super T> late) {
    Promise<T> promise = Promise.promise();
    long timer = after(timeout, () -> promise.tryFail(noAnswer(timeout)));
    bring(start(call))
        .onComplete(
            result -> {
              cancel(timer);
              if (result.failed()) {
                promise.tryFail(result.cause());
              } else if (!promise.tryComplete(result.result())) {
                late.accept(result.result());
              }
            });
    return promise.future();
  }

  /** The same for results that hold nothing. */
  <T> Future<T> within(Duration timeout, Supplier<Future<T>> call) {
    return within(timeout, call, late -> {});
  }

  static BackpackException noAnswer(Duration timeout) {
    return new BackpackException(
        ErrorCode.UNAVAILABLE, "no answer after " + timeout.toMillis() + " ms");
  }

  long after(Duration delay, Runnable action) {
    return vertx.setTimer(Math.max(1, delay.toMillis()), id -> run(action));
  }

  long every(Duration period, Runnable action) {
    return vertx.setPeriodic(Math.max(1, period.toMillis()), id -> run(action));
  }

  void cancel(long timer) {
    vertx.cancelTimer(timer);
  }

  private static <T> Future<T> start(Supplier<Future<T>> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }
}
