package io.backpack.replicator;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.cluster.Server;
import io.vertx.core.Future;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Repairs of nodes that end when a test says so. */
final class FakeRepairs implements NodeRepairs {
  final AtomicInteger asked = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private final Map<String, Boolean> away = new ConcurrentHashMap<>();

  void away(String node, boolean now) {
    away.put(node, now);
  }

  /** All that were asked for so far. */
  void end() {
    ended.set(asked.get());
  }

  /** As a node that was started anew. */
  void forget() {
    asked.set(0);
    ended.set(0);
  }

  @Override
  public Future<String> ask(Server node) {
    int number = asked.incrementAndGet();
    return ifThere(node, Integer.toString(number));
  }

  @Override
  public Future<Boolean> completed(Server node, String number) {
    if (Integer.parseInt(number) > asked.get()) {
      return Future.failedFuture(
          new BackpackException(ErrorCode.UNAVAILABLE, "it was started anew since"));
    }
    return ifThere(node, ended.get() >= Integer.parseInt(number));
  }

  private <T> Future<T> ifThere(Server node, T answer) {
    return away.getOrDefault(node.id(), false)
        ? Future.failedFuture(new BackpackException(ErrorCode.UNAVAILABLE, "connection refused"))
        : Future.succeededFuture(answer);
  }
}
