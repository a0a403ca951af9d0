package io.backpack.storage;

import io.backpack.volume.IndexBatch;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleIndex;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Stands for the index while the directories are opened: the engine needs the index to open, the
 * index needs the identity that the engine finds. Nothing is asked of it before {@link #is}.
 */
final class LateIndex implements NeedleIndex {
  private volatile NeedleIndex index;

  void is(NeedleIndex opened) {
    index = opened;
  }

  @Override
  public CompletableFuture<List<Outcome>> apply(IndexBatch batch) {
    return index.apply(batch);
  }

  @Override
  public CompletableFuture<List<Standing>> standing(List<NeedleEntry> entries) {
    return index.standing(entries);
  }

  @Override
  public CompletableFuture<Map<Integer, Long>> deadBytes() {
    return index.deadBytes();
  }

  @Override
  public CompletableFuture<Void> forget(Collection<Integer> volumes) {
    return index.forget(volumes);
  }
}
