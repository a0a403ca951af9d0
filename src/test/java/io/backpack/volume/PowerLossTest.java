package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
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
      return cutAt(n, how, found[(int) (n + how.place()) % found.length], sync);
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
      store.heal();
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
      for (Workload.Step step : Workload.STEPS) {
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
    store.scrub();
    // Without syncs an index may know what the cut has taken.
    store.checkSame(store.synced() ? backup : new MemoryIndex());
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
    boolean all = Boolean.getBoolean("powerloss.all");
    int step = all ? 1 : 3; // Each operation with two of the six kinds of cut.
    long n = all ? 1 : 1 + how.place() % step;
    while (cutAt(n, how, true)) {
      n += step;
    }
    assertTrue(n > 250, "operations: " + n);
  }

  /** What is acknowledged before it is synced may be lost, but for what an orderly stop synced. */
  @ParameterizedTest
  @EnumSource
  void withoutSyncsNothingIsWrongAndAnOrderlyStopIsKept(PowerLoss how) throws Exception {
    long n = 1L + how.place();
    while (cutAt(n, how, Index.EMPTIED, false)) {
      n += PowerLoss.values().length;
    }
    assertTrue(n > 50, "operations: " + n);
  }

  /**
   * The first cut is of the process only, so the kernel still shows what it has not written; the
   * second, of the power, comes at each operation of the start that reads it.
   */
  @ParameterizedTest
  @EnumSource
  void nothingAcknowledgedIsLostWhenThePowerGoesOffDuringTheNextStart(PowerLoss how)
      throws Exception {
    for (int killedAt = 20 + how.place(); killedAt < 160; killedAt += 23) {
      long n = 1;
      while (cutAtStart(killedAt, n, how)) {
        n++;
      }
      assertTrue(n > 3, "operations: " + n);
    }
  }

  private static boolean cutAtStart(long killedAt, long n, PowerLoss how) throws Exception {
    Path root = Scratch.directory();
    StoreOnTrial store = new StoreOnTrial(root, new Random(n), Workload.VOLUME_SIZE, true);
    try {
      FaultPlan kill = new FaultPlan(Operation.CHANGES, killedAt, Fate.POWER_CUT, false);
      store.disk.fates(kill);
      MemoryIndex backup = run(store, kill);
      store.kill();
      FaultPlan cut = new FaultPlan(Operation.CHANGES, n, Fate.POWER_CUT, false);
      store.disk.fates(cut);
      try {
        store.open();
      } catch (BackpackException refused) {
        assertTrue(cut.fired(), () -> "nothing failed, but: " + refused);
      }
      store.powerCut(how);
      store.heal();
      after(store, Index.EMPTIED, backup);
      return cut.fired();
    } catch (AssertionError | Exception e) {
      throw new AssertionError(
          "killed at " + killedAt + ", cut at operation " + n + ", left by the cut: " + how, e);
    } finally {
      store.delete();
    }
  }
}
