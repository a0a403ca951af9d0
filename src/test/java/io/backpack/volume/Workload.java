package io.backpack.volume;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A short life of a store in which everything happens that writes to the disk. The same each time,
 * so that the n-th operation of the disk is the same one.
 */
final class Workload {
  /** One step. What fails in it is noted in the truth. */
  @FunctionalInterface
  interface Step {
    void run(StoreOnTrial store) throws Exception;
  }

  /** Small, so that volumes are rolled often; the largest photo of the script still fits. */
  static final long VOLUME_SIZE = 200_000;

  /** In order. Each is run whatever became of the ones before. */
  static final List<Step> STEPS = new Workload().steps;

  private final Random random = new Random(99);
  private final List<PhotoName> names = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private long version;

  private Workload() {
    for (int i = 0; i < 5; i++) {
      names.add(PhotoName.of("n" + i));
    }
    names.add(PhotoName.of("x".repeat(PhotoName.MAX_BYTES)));
    puts(3);
    overwrite(0);
    delete(1);
    restart();
    puts(3);
    together(4);
    olderThan(0);
    restart();
    large(2);
    delete(2);
    large(3);
    together(3);
    again(1);
    puts(2);
    restart();
    puts(1);
    compact(2);
    delete(0);
    roll();
    puts(1);
    roll();
    compact(Integer.MAX_VALUE);
    puts(2);
    restart();
  }

  /** Above all versions of the script. */
  static long later() {
    return 1_000_000;
  }

  private void puts(int count) {
    for (int i = 0; i < count; i++) {
      Needle needle = Truth.photo(names.get(random.nextInt(names.size())), ++version, 0);
      add(store -> store.write(needle));
    }
  }

  private void together(int count) {
    List<Needle> needles = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      needles.add(Truth.photo(names.get(i), ++version, 0));
    }
    add(store -> store.write(needles));
  }

  private void overwrite(int name) {
    Needle needle = Truth.photo(names.get(name), ++version, 0);
    add(store -> store.write(needle));
  }

  private void olderThan(int name) {
    Needle needle = Truth.photo(names.get(name), 1, 0);
    add(store -> store.write(needle));
  }

  /** A name that was deleted is used again. */
  private void again(int name) {
    overwrite(name);
  }

  private void delete(int name) {
    Needle needle = Needle.tombstone(names.get(name), new Version(++version), true, false);
    add(store -> store.write(needle));
  }

  /** A photo of more than one block. */
  private void large(int name) {
    while (Truth.data(names.get(name), ++version).remaining() <= NeedlePrefix.BLOCK) {
      // The next version has another size.
    }
    Needle needle = Truth.photo(names.get(name), version, 0);
    add(store -> store.write(needle));
  }

  private void roll() {
    add(StoreOnTrial::roll);
  }

  /** The oldest sealed volumes, which hold living and dead photos and tombstones. */
  private void compact(int count) {
    add(
        store -> {
          List<Integer> sealed = store.sealed();
          if (!sealed.isEmpty()) {
            store.compact(sealed.subList(0, Math.min(count, sealed.size())), Pace.UNLIMITED);
          }
        });
  }

  private void restart() {
    steps.add(
        store -> {
          store.close();
          store.open();
        });
  }

  private void add(Step step) {
    steps.add(
        store -> {
          if (store.running()) {
            step.run(store);
          }
        });
  }
}
