package io.backpack.node;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.SelfRepair;
import io.backpack.cluster.Server;
import io.backpack.replicator.NodeRepairs;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Asks nodes to compare themselves with their peers.
 *
 * @param reach a node
 * @param timeout of one call
 */
record RepairCalls(Function<Server, SelfRepair> reach, Duration timeout) implements NodeRepairs {
  /** Rounds that may be under way or wanted already when another one is asked for. */
  private static final int ROUNDS_AHEAD = 2;

  @Override
  public Future<String> ask(Server node) {
    return call(reach.apply(node).begin()).map(json -> Long.toString(number(json, "round")));
  }

  /**
   * {@inheritDoc}
   *
   * <p>A node calls itself complete when it was compared with each peer once since its start. Here
   * each peer must have answered the last time it was asked, which was after the round began.
   */
  @Override
  public Future<Boolean> completed(Server node, String asked) {
    return call(reach.apply(node).status())
        .map(
            json -> {
              long wanted = Long.parseLong(asked);
              long rounds = number(json, "rounds");
              if (rounds < wanted - ROUNDS_AHEAD) {
                throw unusable("it was started anew since it was asked");
              }
              return rounds >= wanted
                  && Boolean.TRUE.equals(json.getValue("complete"))
                  && json.getValue("peers") instanceof JsonArray peers
                  && peers.stream().allMatch(RepairCalls::compared);
            });
  }

  private static boolean compared(Object peer) {
    return peer instanceof JsonObject json && "compared".equals(json.getValue("state"));
  }

  private static long number(JsonObject json, String field) {
    if (json.getValue(field) instanceof Number number) {
      return number.longValue();
    }
    throw unusable("it does not say its " + field);
  }

  private Future<JsonObject> call(Future<JsonObject> answer) {
    return answer
        .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .recover(
            failure ->
                Future.failedFuture(
                    failure instanceof BackpackException ? failure : unusable(failure.toString())));
  }

  private static BackpackException unusable(String why) {
    return new BackpackException(ErrorCode.UNAVAILABLE, why);
  }
}
