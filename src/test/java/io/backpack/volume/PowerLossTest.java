package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.volume.Fates.Fate;
import io.backpack.volume.Fates.Operation;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The power goes off at each operation of the disk in turn, and at random ones. */
@ExtendWith(QuietEngine.class)
class PowerLossTest {
  /** In what state the index is found at the next start. */
  private enum Index {
    KEPT,
    EMPTIED,
    ROLLED_BACK
  }

  /** Each of the three at each operation; the other two are tried with the other kinds of cut. */
  private static boolean cutAt(long n, PowerLoss how, boolean sync) throws Exception {
    Index[] found = Index.values();
    if (!Boolean.getBoolean("powerloss.all")) {
      return cutAt(n, how, found[(int) (n + how.ordinal()) % found.length], sync);
    }
    boolean fired = false;
    for (Index each : found) {
      fired = cutAt(n, how, each, sync);
    }
    return fired;
  }

  /** A cut at operation n; true when the script has that many. */
  private static boolean cutAt(long n, PowerLoss how, Index found, boolean sync) throws Exception {
    Path root = Scratch.directory();
    StoreOnTrial store = new StoreOnTrial(root, new Random(n), Workload.VOLUME_SIZE, sync);
    FaultPlan plan = new FaultPlan(Operation.CHANGES, n, Fate.POWER_CUT, false);
    try {
      store.disk.fates(plan);
      MemoryIndex backup = run(store, plan);
      store.powerCut(how);
      store.disk.heal();
      after(store, found, backup);
      return plan.fired();
    } catch (AssertionError | Exception e) {
      throw new AssertionError(
          "operation " + n + ", left by the cut: " + how + ", index: " + found, e);
    } finally {
      store.delete();
    }
  }

  /** Lives until the power goes off; an index as it was at some time before. */
  private static MemoryIndex run(StoreOnTrial store, FaultPlan plan) {
    MemoryIndex backup = new MemoryIndex();
    int done = 0;
    try {
      store.open();
      for (Workload.Step step : new Workload().steps()) {
        if (plan.fired()) {
          break;
        }
        if (done++ % 8 == 0) {
          backup = store.index().copy();
        }
        step.run(store);
      }
    } catch (Exception refused) {
      assertTrue(plan.fired(), () -> "nothing failed, but: " + refused);
    }
    return backup;
  }

  private static void after(StoreOnTrial store, Index found, MemoryIndex backup) throws Exception {
    if (found == Index.EMPTIED) {
      store.index().forget();
    } else if (found == Index.ROLLED_BACK) {
      store.index().restore(backup);
    }
    store.open();
    store.checkAll();
    store.checkNoDamage();
    store.checkWritable(Workload.later());
    store.close();
    // What the recovery wrote is as good as what it found.
    store.index(new MemoryIndex());
    store.open();
    store.checkAll();
    store.checkNoDamage();
  }

  @ParameterizedTest
  @EnumSource
  void nothingAcknowledgedIsLostWhereverThePowerGoesOff(PowerLoss how) throws Exception {
    long n = 1;
    while (cutAt(n, how, true)) {
      n++;
    }
    assertTrue(n > 100, "operations: " + n);
  }
}
