package io.backpack.volume;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;

/** A store of one directory with volumes that are worth compacting, and what it must still hold. */
abstract class CompactionFixture {
  static final Duration PATIENCE = Duration.ofMillis(300);

  @TempDir Path temp;
  final PhotoLedger ledger = new PhotoLedger();
  final MemoryIndex index = new MemoryIndex();
  final StepDisk disk = new StepDisk();

  VolumeSet open() throws Exception {
    return open(8 << 20);
  }

  VolumeSet open(long volumeSize) throws Exception {
    VolumeSet set = VolumeSet.open(Engine.settings(volumeSize, temp), index, disk);
    index.catchUp(set);
    return set;
  }

  static void roll(VolumeSet set) {
    Engine.await(set.roll(PhotoLedger.ids(set).get(0)));
  }

  static CompactionResult compact(VolumeSet set) {
    return set.compact(PhotoLedger.sealed(set), Pace.UNLIMITED, PATIENCE);
  }

  /** A sealed volume: p0 to p9, of which the even ones were overwritten and p1 was deleted. */
  int half(VolumeSet set) {
    for (int i = 0; i < 10; i++) {
      ledger.put(set, "p" + i, 1000);
    }
    int volume = index.get(Engine.name("p9")).location().volume();
    Engine.await(set.roll(volume));
    for (int i = 0; i < 10; i += 2) {
      ledger.put(set, "p" + i, 500);
    }
    ledger.delete(set, "p1");
    return volume;
  }
}
