package io.backpack.coordinator;

import io.backpack.cluster.ClusterMap;
import io.backpack.testing.FixedView;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** A cluster map that a test sets, which notes what is done to its sizes. */
final class FakeCluster extends FixedView {
  final Map<String, Long> sizes = new ConcurrentHashMap<>();
  final List<Map<String, Long>> batches = new CopyOnWriteArrayList<>();
  volatile Supplier<Future<Void>> onBatch = Future::succeededFuture;
  final Map<String, Long> corrections = new ConcurrentHashMap<>();
  final List<String> turns = new CopyOnWriteArrayList<>();
  volatile Supplier<Future<Boolean>> onTurn = () -> Future.succeededFuture(true);

  FakeCluster() {
    super(ClusterMap.EMPTY);
  }

  @Override
  public Future<Void> addToSizes(Map<String, Long> bytes) {
    batches.add(bytes);
    return onBatch
        .get()
        .onSuccess(done -> bytes.forEach((shard, added) -> sizes.merge(shard, added, Long::sum)));
  }

  @Override
  public Future<Void> correctSize(String shardId, long reported) {
    corrections.put(shardId, reported);
    return Future.succeededFuture();
  }

  @Override
  public Future<Boolean> takeTurn(String shardId, Turn what, Duration interval) {
    turns.add(what + " " + shardId);
    return onTurn.get();
  }
}
