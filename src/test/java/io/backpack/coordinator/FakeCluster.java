package io.backpack.coordinator;

import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.ClusterView;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A cluster map that a test sets. */
final class FakeCluster implements ClusterView {
  private final List<Consumer<ClusterMap>> listeners = new CopyOnWriteArrayList<>();
  final Map<String, Long> sizes = new ConcurrentHashMap<>();
  final List<Map<String, Long>> batches = new CopyOnWriteArrayList<>();
  volatile Supplier<Future<Void>> onBatch = Future::succeededFuture;
  final Map<String, Long> corrections = new ConcurrentHashMap<>();
  final List<String> turns = new CopyOnWriteArrayList<>();
  volatile Supplier<Future<Boolean>> onTurn = () -> Future.succeededFuture(true);
  volatile boolean live = true;
  private volatile ClusterMap map = ClusterMap.EMPTY;

  void set(ClusterMap newer) {
    map = newer;
    listeners.forEach(listener -> listener.accept(newer));
  }

  @Override
  public ClusterMap current() {
    return map;
  }

  @Override
  public boolean live() {
    return live;
  }

  @Override
  public void onChange(Consumer<ClusterMap> listener) {
    listeners.add(listener);
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
