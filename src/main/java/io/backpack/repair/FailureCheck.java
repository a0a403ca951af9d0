package io.backpack.repair;

import io.backpack.api.HeldName;
import io.backpack.api.Holdings;
import io.backpack.copy.Contexts;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Looks whether what could not be copied once has come to this node in another way since. */
final class FailureCheck {
  private FailureCheck() {}

  /** Forgets those that this node knows by now. Never fails. */
  static Future<Void> run(Context context, OwnNode own, Failures failures, long answerMillis) {
    Future<Void> done = Future.succeededFuture();
    List<Long> hashes = failures.hashes();
    for (int from = 0; from < hashes.size(); from += Holdings.MAX_NAMES) {
      List<Long> batch = hashes.subList(from, Math.min(hashes.size(), from + Holdings.MAX_NAMES));
      done = done.compose(before -> check(context, own, failures, batch, answerMillis));
    }
    return done.otherwiseEmpty();
  }

  private static Future<Void> check(
      Context context, OwnNode own, Failures failures, List<Long> batch, long answerMillis) {
    return Contexts.on(
            context, own.holdings().names(batch).timeout(answerMillis, TimeUnit.MILLISECONDS))
        .map(
            names -> {
              for (HeldName name : names) {
                failures.stands(own.hash().applyAsLong(name.name()), name);
              }
              return null;
            });
  }
}
