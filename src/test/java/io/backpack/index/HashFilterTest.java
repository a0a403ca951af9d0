package io.backpack.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HashFilterTest {
  private static final long SEED = Long.getLong("backpack.seed", System.nanoTime());

  @ParameterizedTest
  @ValueSource(longs = {64, 128, 1000, 100_000, 1 << 20})
  void neverDeniesWhatItWasGiven(long bytes) {
    HashFilter filter = new HashFilter(bytes);
    assertTrue(filter.bytes() <= bytes && filter.bytes() > bytes - 64, () -> "" + filter.bytes());
    long hashes = 3 * filter.capacity() + 5;
    SplittableRandom given = new SplittableRandom(SEED);
    for (long i = 0; i < hashes; i++) {
      filter.add(given.nextLong());
    }
    SplittableRandom again = new SplittableRandom(SEED);
    for (long i = 0; i < hashes; i++) {
      assertTrue(filter.mayContain(again.nextLong()), "seed " + SEED + ", hash " + i);
    }
  }

  @Test
  void anEmptyOneDeniesEverything() {
    HashFilter filter = new HashFilter(64);
    for (long hash : new long[] {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertFalse(filter.mayContain(hash));
      filter.add(hash);
      assertTrue(filter.mayContain(hash));
    }
    assertEquals(5, filter.size());
    filter.add(-1);
    assertEquals(5, filter.size());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 1, 2})
  void claimsAsSeldomAsTheFormulaSays(double load) {
    HashFilter filter = new HashFilter(HashFilter.bytesFor(300_000));
    SplittableRandom random = new SplittableRandom(SEED);
    long hashes = (long) (load * filter.capacity());
    for (long i = 0; i < hashes; i++) {
      filter.add(random.nextLong());
    }
    int asked = 2_000_000;
    int claimed = 0;
    for (int i = 0; i < asked; i++) {
      claimed += filter.mayContain(random.nextLong()) ? 1 : 0;
    }
    double expected = rate(hashes / (filter.bytes() / 64.0));
    double measured = claimed / (double) asked;
    System.out.printf("load %.1f: claims %.5f, by the formula %.5f%n", load, measured, expected);
    // Seven times the standard deviation, and what differs from filter to filter.
    double margin = 7 * Math.sqrt(expected / asked) + 0.03 * expected;
    assertEquals(expected, measured, margin, "seed " + SEED);
    if (load == 1) {
      assertTrue(measured < 0.0045, "seed " + SEED + ": " + measured);
    }
  }

  /** The mean of (1 - (63/64)^i)^8 over a Poisson distribution of i. */
  private static double rate(double each) {
    double rate = 0;
    double probability = Math.exp(-each);
    for (int i = 0; i < 20 * each + 100; i++) {
      rate += probability * Math.pow(1 - Math.pow(63 / 64.0, i), 8);
      probability *= each / (i + 1);
    }
    return rate;
  }

  @Test
  void losesNothingThatSeveralThreadsAdd() throws InterruptedException {
    int threads = 4;
    int each = 50_000;
    // Small, so that they meet in the same words.
    HashFilter filter = new HashFilter(1 << 16);
    List<Thread> adding = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      SplittableRandom random = new SplittableRandom(SEED + t);
      adding.add(
          new Thread(
              () -> {
                for (int i = 0; i < each; i++) {
                  filter.add(random.nextLong());
                }
              }));
    }
    adding.forEach(Thread::start);
    for (Thread thread : adding) {
      thread.join();
    }
    for (int t = 0; t < threads; t++) {
      SplittableRandom random = new SplittableRandom(SEED + t);
      for (int i = 0; i < each; i++) {
        assertTrue(filter.mayContain(random.nextLong()), "seed " + SEED);
      }
    }
  }
}
