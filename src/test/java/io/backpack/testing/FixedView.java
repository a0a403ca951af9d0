package io.backpack.testing;

import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.ClusterView;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** A cluster map that a test sets; sizes are taken and forgotten. */
public class FixedView implements ClusterView {
  private final List<Consumer<ClusterMap>> listeners = new CopyOnWriteArrayList<>();
  private volatile ClusterMap map;
  private volatile boolean live = true;

  public FixedView(ClusterMap map) {
    this.map = map;
  }

  public final void set(ClusterMap next) {
    map = next;
    listeners.forEach(listener -> listener.accept(next));
  }

  public final void live(boolean now) {
    live = now;
  }

  @Override
  public final ClusterMap current() {
    return map;
  }

  @Override
  public final boolean live() {
    return live;
  }

  @Override
  public final void onChange(Consumer<ClusterMap> listener) {
    listeners.add(listener);
  }

  @Override
  public Future<Void> addToSizes(Map<String, Long> bytes) {
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> correctSize(String shardId, long reported) {
    return Future.succeededFuture();
  }

  @Override
  public Future<Boolean> takeTurn(String shardId, Turn what, Duration interval) {
    return Future.succeededFuture(false);
  }
}
