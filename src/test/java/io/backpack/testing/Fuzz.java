package io.backpack.testing;

import java.util.Arrays;
import java.util.Random;

/**
 * Random and mutated bytes for decoders. Prints its seed; {@code -Dbackpack.seed} repeats a run.
 */
public final class Fuzz {
  /** What is fed with bytes; whatever it throws fails the test. */
  @FunctionalInterface
  public interface Target {
    void accept(byte[] bytes) throws Exception;
  }

  private static final long SEED = Long.getLong("backpack.seed", System.nanoTime());
  private static final int LONGEST = 400;

  private Fuzz() {}

  /** Feeds random bytes, and the samples with a few changes each. */
  public static void run(String what, int rounds, Target target, byte[]... samples) {
    System.out.println("fuzzing " + what + ": -Dbackpack.seed=" + SEED);
    Random random = new Random(SEED);
    for (int round = 0; round < rounds; round++) {
      byte[] bytes =
          samples.length == 0 || round % 8 == 0
              ? noise(random)
              : mutated(random, samples[random.nextInt(samples.length)]);
      try {
        target.accept(bytes.clone());
      } catch (Throwable e) {
        throw new AssertionError(
            what + ", seed " + SEED + ", round " + round + ": " + Arrays.toString(bytes), e);
      }
    }
  }

  private static byte[] noise(Random random) {
    byte[] bytes = new byte[random.nextInt(LONGEST)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] mutated(Random random, byte[] sample) {
    byte[] bytes = sample.clone();
    int changes = random.nextInt(4);
    for (int i = 0; i <= changes && bytes.length > 0; i++) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(7)) {
        case 0 -> bytes[at] = (byte) random.nextInt();
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes[at] = -1;
        case 3 -> bytes[at] = 0;
        case 4 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 8), (byte) 0xff);
        case 5 -> bytes = Arrays.copyOf(bytes, at);
        default -> {
          byte[] longer = Arrays.copyOf(bytes, bytes.length + random.nextInt(16));
          System.arraycopy(
              bytes, at, longer, longer.length - (bytes.length - at), bytes.length - at);
          bytes = longer;
        }
      }
    }
    return bytes;
  }
}
