package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.volume.Fates.Fate;
import io.backpack.volume.Fates.Operation;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Each operation of the disk fails in turn, once or from then on. What the engine is asked may fail
 * then; what it acknowledged is read as before, and nothing it shows is wrong.
 */
@ExtendWith(QuietEngine.class)
class EveryFailureTest {
  private static final Set<ErrorCode> CLEAR =
      EnumSet.of(
          ErrorCode.STORAGE_FAILED,
          ErrorCode.NO_SPACE,
          ErrorCode.DAMAGED,
          ErrorCode.MISSING,
          ErrorCode.INDEX_UNAVAILABLE);

  private record Trial(StoreOnTrial store, FaultPlan plan, Operation operation) {
    /** One start; a failure must say why. */
    void open() throws Exception {
      try {
        store.open();
      } catch (BackpackException refused) {
        assertTrue(plan.fired(), () -> "nothing failed, but: " + refused);
        assertTrue(refused.getMessage().contains(": "), refused::getMessage);
      }
    }

    void run() throws Exception {
      open();
      for (Workload.Step step : Workload.STEPS) {
        try {
          step.run(store);
        } catch (BackpackException refused) {
          assertTrue(plan.fired(), () -> "nothing failed, but: " + refused);
        }
        if (store.running()) {
          read();
        }
      }
    }

    void read() {
      try {
        store.checkAll();
      } catch (BackpackException e) {
        assertTrue(operation == Operation.READ && CLEAR.contains(e.code()), e::toString);
      }
    }

    /** Whether the index passed over needles that it could not read, and it was said. */
    boolean passedOver() {
      return operation == Operation.READ && (!store.running() || !store.set().damage().isEmpty());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "READ, EIO", "CREATE, EIO", "CREATE, FULL", "WRITE, EIO", "WRITE, FULL", "WRITE, SHORT",
    "FORCE, EIO", "FORCE, FULL", "TRUNCATE, EIO", "REPLACE, EIO", "REPLACE, FULL", "DELETE, EIO",
    "SYNC_DIRECTORY, EIO"
  })
  void nothingAcknowledgedIsLostWhicheverOperationFails(Operation operation, Fate fate)
      throws Exception {
    for (boolean lasting : new boolean[] {false, true}) {
      long n = 1;
      while (failAt(n, operation, fate, lasting)) {
        n++;
      }
      assertTrue(n > 1 || operation == Operation.DELETE, "operations: " + n);
    }
  }

  private static boolean failAt(long n, Operation operation, Fate fate, boolean lasting)
      throws Exception {
    FaultPlan plan = new FaultPlan(EnumSet.of(operation), n, fate, lasting);
    Path root = Scratch.directory();
    StoreOnTrial store = new StoreOnTrial(root, new Random(n), Workload.VOLUME_SIZE, true);
    Trial trial = new Trial(store, plan, operation);
    try {
      store.disk.fates(plan);
      trial.run();
      boolean rebuild = trial.passedOver();
      store.heal();
      if (store.running() && !lasting) {
        store.checkWritable(Workload.later());
      }
      stop(store, n);
      if (rebuild) {
        store.index().forget();
      }
      after(store);
      store.close();
      store.index(new MemoryIndex());
      after(store);
      return plan.fired();
    } catch (AssertionError | Exception e) {
      throw new AssertionError(plan.toString(), e);
    } finally {
      store.delete();
    }
  }

  private static void stop(StoreOnTrial store, long n) {
    switch ((int) (n % 3)) {
      case 0 -> store.close();
      case 1 -> store.kill();
      default -> store.powerCut(PowerLoss.any(new Random(n)));
    }
  }

  private static void after(StoreOnTrial store) throws Exception {
    store.open();
    store.checkAll();
    store.scrub();
    store.checkSame(new MemoryIndex());
    store.checkWritable(Workload.later() + 1);
  }

  @ParameterizedTest
  @CsvSource({"CREATE", "WRITE", "FORCE", "REPLACE", "SYNC_DIRECTORY"})
  void onceTheDiskIsHealedTheSameProcessWritesAgain(Operation operation) throws Exception {
    Path root = Scratch.directory();
    StoreOnTrial store = new StoreOnTrial(root, new Random(1), Workload.VOLUME_SIZE, true);
    try {
      store.open();
      store.checkWritable(1);
      store.disk.fates(new FaultPlan(EnumSet.of(operation), 1, Fate.EIO, true));
      for (int i = 0; i < 40; i++) {
        store.write(Truth.photo(Engine.name("p" + i), 1, 0));
      }
      store.checkAll();
      store.heal();
      Awaitility.await().until(() -> store.write(Truth.photo(Engine.name("again"), 1, 0)));
      store.checkAll();
    } finally {
      store.delete();
    }
  }
}
