package io.backpack.repair;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.copy.Contexts;
import io.backpack.repair.RoundEnd.Kind;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Questions of a comparison, each with a limit of time. What fails, fails with {@link
 * RoundEnd.Stop}. Answers come on one context.
 */
final class Calls {
  /** What says that a node is there, and will answer soon. */
  private static final Set<ErrorCode> SOON =
      EnumSet.of(ErrorCode.NOT_READY, ErrorCode.INDEX_UNAVAILABLE, ErrorCode.OVERLOADED);

  private final Context context;
  private final Duration answer;

  /**
   * @param answer how long a node may take to begin an answer
   */
  Calls(Context context, Duration answer) {
    this.context = context;
    this.answer = answer;
  }

  /** Asks the peer. */
  <T> Future<T> peer(Supplier<Future<T>> call) {
    return limited(call)
        .recover(
            failure -> {
              BackpackException why = BackpackException.of(failure);
              Kind kind = SOON.contains(why.code()) ? Kind.PEER_NOT_READY : Kind.PEER_AWAY;
              return stopped(kind, why.code() + ", " + why.getMessage());
            });
  }

  /**
   * Asks this node.
   *
   * @param kind of its failure
   */
  <T> Future<T> here(Kind kind, Supplier<Future<T>> call) {
    return limited(call)
        .recover(
            failure -> stopped(kind, "this node: " + BackpackException.of(failure).getMessage()));
  }

  private static <T> Future<T> stopped(Kind kind, String reason) {
    return Future.failedFuture(new RoundEnd.Stop(kind, reason));
  }

  private <T> Future<T> limited(Supplier<Future<T>> call) {
    Future<T> asked;
    try {
      asked = call.get();
    } catch (RuntimeException e) {
      asked = Future.failedFuture(e);
    }
    return Contexts.on(context, asked.timeout(answer.toMillis(), TimeUnit.MILLISECONDS))
        .recover(
            failure ->
                Future.failedFuture(
                    failure instanceof TimeoutException
                        ? new BackpackException(ErrorCode.UNAVAILABLE, "no answer in time")
                        : failure));
  }
}
