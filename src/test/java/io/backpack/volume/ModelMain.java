package io.backpack.volume;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Runs the model for as many steps as are asked for; a new store every few thousand. */
final class ModelMain {
  private static final int LIFE = 1500;
  private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(10);

  private ModelMain() {}

  /**
   * Runs lives until so many steps are done.
   *
   * @throws AssertionError at the first difference, with the seed of its life
   */
  static void run(long seed, long steps) throws Exception {
    long began = System.nanoTime();
    long told = began;
    long done = 0;
    for (long life = seed; done < steps; life++) {
      int count = (int) Math.min(LIFE, steps - done);
      Path root = Scratch.directory();
      try {
        new ModelRun(root, life).run(count);
      } catch (AssertionError difference) {
        throw new AssertionError("seed " + life + ": " + difference.getMessage(), difference);
      } finally {
        Scratch.delete(root);
      }
      done += count;
      if (System.nanoTime() - told > PROGRESS_NANOS) {
        told = System.nanoTime();
        long perSecond = done * TimeUnit.SECONDS.toNanos(1) / (told - began);
        System.out.println(done + " steps, seed " + life + ", " + perSecond + " steps/s");
      }
    }
    System.out.println(done + " steps, 0 differences");
  }
}
