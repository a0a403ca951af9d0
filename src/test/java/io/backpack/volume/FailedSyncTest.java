package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.backpack.volume.Fates.Fate;
import io.backpack.volume.Fates.Operation;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Linux shows what a failed sync did not write, and forgets to write it. */
@ExtendWith(QuietEngine.class)
class FailedSyncTest {
  /**
   * Nothing of the failure gets into the manifest, so the next process finds the needles in memory.
   * If it believed them, an upload that is repeated would be "unchanged", and then be lost.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whatAFailedSyncForgotIsNotBelievedAfterARestart(long seed) throws Exception {
    Path root = Scratch.directory();
    StoreOnTrial store = new StoreOnTrial(root, new Random(seed), Workload.VOLUME_SIZE, true);
    try {
      store.open();
      store.checkWritable(1);
      store.disk.fates(new FaultPlan(EnumSet.of(Operation.FORCE), 1, Fate.EIO, true));
      assertFalse(store.write(Truth.photo(Engine.name("writable"), 2, 0)));
      store.kill();
      store.disk.heal();
      store.open();
      store.checkAll(); // What is shown from now on must stay.
      store.powerCut(PowerLoss.DROP);
      store.open();
      store.checkAll();
      store.checkNoDamage();
    } finally {
      store.delete();
    }
  }

  /**
   * Without syncs, too: the needles before the failed write are saved, and a stop vouches for them.
   */
  @Test
  void aVolumeThatIsLeftBehindIsSyncedBeforeAnOrderlyStop() throws Exception {
    Path root = Scratch.directory();
    StoreOnTrial store = new StoreOnTrial(root, new Random(1), Workload.VOLUME_SIZE, false);
    try {
      store.open();
      store.checkWritable(1);
      store.disk.fates(new FaultPlan(EnumSet.of(Operation.WRITE), 1, Fate.EIO, false));
      assertFalse(store.write(Truth.photo(Engine.name("failed"), 2, 0)));
      store.disk.heal();
      store.close();
      store.powerCut(PowerLoss.DROP);
      store.open();
      store.checkNoDamage();
      assertEquals(
          Optional.of(new Truth.Write(1, false)),
          store.truth.acknowledged(Engine.name("writable")));
      store.checkAll();
    } finally {
      store.delete();
    }
  }

  /** A recovery that cannot read draws no conclusions that outlast the failure. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void whatCannotBeReadAtTheStartIsThereOnceItCanBe(int nth) throws Exception {
    Path root = Scratch.directory();
    StoreOnTrial store = new StoreOnTrial(root, new Random(nth), Workload.VOLUME_SIZE, true);
    try {
      store.open();
      for (int i = 0; i < 20; i++) {
        store.write(Truth.photo(Engine.name("p" + i), 1, 0));
      }
      store.kill();
      store.disk.fates(new FaultPlan(EnumSet.of(Operation.READ), nth, Fate.EIO, true));
      store.open();
      assertFalse(store.set().damage().isEmpty(), "the failed reads are reported");
      store.close();
      store.disk.heal();
      store.index(new MemoryIndex());
      store.open();
      store.checkAll();
      store.checkNoDamage();
      store.checkWritable(2);
    } finally {
      store.delete();
    }
  }
}
