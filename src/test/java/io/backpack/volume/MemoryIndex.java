package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** An index in memory that is as strict about checkpoints as the real one. */
final class MemoryIndex implements NeedleIndex {
  private final Map<PhotoName, NeedleEntry> current = new HashMap<>();
  private final Map<Integer, Long> checkpoints = new HashMap<>();
  private final Map<Integer, Long> dead = new HashMap<>();
  private final Set<Integer> holes = new HashSet<>();
  private final List<IndexBatch> batches = new ArrayList<>();
  private Runnable beforeApply = () -> {};
  private boolean failing;
  private CompletableFuture<?> last = CompletableFuture.completedFuture(null);
  private CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);

  @Override
  public synchronized CompletableFuture<List<Outcome>> apply(IndexBatch batch) {
    beforeApply.run();
    CompletableFuture<Void> opens = gate;
    CompletableFuture<List<Outcome>> applied =
        last.handle((before, failure) -> opens)
            .thenCompose(open -> open)
            .thenApply(open -> applyNow(batch));
    last = applied;
    return applied;
  }

  private synchronized List<Outcome> applyNow(IndexBatch batch) {
    if (failing) {
      throw new BackpackException(ErrorCode.INDEX_UNAVAILABLE, "told to fail");
    }
    long checkpoint = checkpoints.getOrDefault(batch.volume(), 0L);
    if (checkpoint != batch.from()) {
      throw new BackpackException(
          ErrorCode.INDEX_UNAVAILABLE, "checkpoint " + checkpoint + " is not " + batch.from());
    }
    checkpoints.put(batch.volume(), batch.to());
    batches.add(batch);
    return batch.entries().stream().map(this::applyOne).toList();
  }

  private Outcome applyOne(NeedleEntry entry) {
    NeedleEntry known = current.get(entry.name());
    boolean won = known == null || entry.winsOver(known);
    if (won) {
      current.put(entry.name(), entry);
    }
    if (known != null && !known.location().equals(entry.location())) {
      Location buried = won ? known.location() : entry.location();
      dead.merge(buried.volume(), buried.length(), Long::sum);
    }
    won |= entry.equals(known);
    Version stands = current.get(entry.name()).version();
    return new Outcome(won, stands);
  }

  @Override
  public synchronized CompletableFuture<List<Standing>> standing(List<NeedleEntry> entries) {
    return failing
        ? CompletableFuture.failedFuture(
            new BackpackException(ErrorCode.INDEX_UNAVAILABLE, "told to fail"))
        : CompletableFuture.completedFuture(entries.stream().map(this::standing).toList());
  }

  private Standing standing(NeedleEntry entry) {
    NeedleEntry known = current.get(entry.name());
    if (known != null && known.location().equals(entry.location())) {
      return Standing.CURRENT;
    }
    return known == null || entry.winsOver(known) ? Standing.UNINDEXED : Standing.SUPERSEDED;
  }

  @Override
  public synchronized CompletableFuture<Map<Integer, Long>> deadBytes() {
    return CompletableFuture.completedFuture(Map.copyOf(dead));
  }

  @Override
  public synchronized CompletableFuture<Void> forget(Collection<Integer> volumes) {
    volumes.forEach(checkpoints::remove);
    volumes.forEach(dead::remove);
    volumes.forEach(holes::remove);
    return CompletableFuture.completedFuture(null);
  }

  /** Replays every volume from where this index stands. */
  void catchUp(NeedleLog log) throws Exception {
    forget(Set.copyOf(holes)); // What could not be read before may be readable now.
    for (NeedleLog.Extent extent : log.extents()) {
      catchUpOnly(log, extent.volume());
    }
  }

  /** Replays one volume from where this index stands. */
  void catchUpOnly(NeedleLog log, int volume) throws Exception {
    log.replay(
        volume,
        checkpoint(volume),
        new NeedleLog.Visitor() {
          @Override
          public boolean visit(IndexBatch batch) {
            List<Outcome> outcomes = applyNow(batch);
            return outcomes.size() == batch.entries().size();
          }

          @Override
          public void unknown(int hole, long from, long to) {
            holes.add(hole);
          }
        });
  }

  /** As a Redis that was emptied. */
  synchronized void forget() {
    current.clear();
    checkpoints.clear();
    dead.clear();
    holes.clear();
  }

  /** A backup of what it knows. */
  synchronized MemoryIndex copy() {
    MemoryIndex copy = new MemoryIndex();
    copy.restore(this);
    return copy;
  }

  /** Goes back to a backup. */
  synchronized void restore(MemoryIndex backup) {
    forget();
    current.putAll(backup.current);
    checkpoints.putAll(backup.checkpoints);
    dead.putAll(backup.dead);
    holes.addAll(backup.holes);
  }

  /** As a field that was deleted in Redis. */
  synchronized void drop(PhotoName name) {
    current.remove(name);
  }

  synchronized long checkpoint(int volume) {
    return checkpoints.getOrDefault(volume, 0L);
  }

  synchronized NeedleEntry get(PhotoName name) {
    return current.get(name);
  }

  synchronized Map<PhotoName, NeedleEntry> entries() {
    return Map.copyOf(current);
  }

  synchronized List<IndexBatch> batches() {
    return List.copyOf(batches);
  }

  synchronized void fail(boolean fails) {
    failing = fails;
  }

  /** Done at the start of each call of {@link #apply}; may throw. */
  synchronized void beforeApply(Runnable action) {
    beforeApply = action;
  }

  /** Answers nothing until the future completes. */
  synchronized void holdUntil(CompletableFuture<Void> opens) {
    gate = opens;
  }
}
