package io.backpack.volume;

import java.util.List;
import java.util.Map;

/** The index of the engine's tests keeps the contract too. */
class MemoryIndexContractTest extends NeedleIndexContract {
  private final MemoryIndex index = new MemoryIndex();

  @Override
  protected NeedleIndex index() {
    return index;
  }

  @Override
  protected void appended(IndexBatch batch) {}

  @Override
  protected void replayed(Map<Integer, List<NeedleEntry>> volumes) {
    volumes.forEach(
        (volume, entries) -> {
          long end = entries.get(entries.size() - 1).location().end();
          Engine.await(index.apply(new IndexBatch(volume, 0, end, entries)));
        });
  }
}
