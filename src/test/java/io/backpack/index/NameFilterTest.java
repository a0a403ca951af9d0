package io.backpack.index;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class NameFilterTest {
  private static final long SEED = Long.getLong("backpack.seed", System.nanoTime());
  private static final int MILLION = 1_000_000;

  @Test
  void knowsNothingBeforeItIsComplete() {
    NameFilter filter = new NameFilter(0, 1 << 16);
    filter.add(1);
    assertFalse(filter.excludes(1));
    assertFalse(filter.excludes(2));
    filter.complete();
    assertFalse(filter.excludes(1));
    assertTrue(filter.excludes(2));
  }

  @Test
  void growsUpToItsBoundAndKeepsAllItWasGiven() {
    long bound = 4 << 20;
    NameFilter filter = new NameFilter(0, bound);
    filter.complete();
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < 27 * MILLION / 10; i++) {
      filter.add(random.nextLong());
      if (i % 10_000 == 0) {
        // Some are claimed before they come, and not counted.
        long least = Math.min(i * 149L / 100, bound);
        long most = Math.min(Math.max(3L << 19, i * 3L), bound);
        long bytes = filter.bytes();
        assertTrue(bytes >= least && bytes <= most, () -> bytes + " bytes");
      }
    }
    assertAbout(bound, filter.bytes(), 128);
    SplittableRandom again = new SplittableRandom(SEED);
    for (int i = 0; i < 27 * MILLION / 10; i++) {
      assertFalse(filter.excludes(again.nextLong()), "seed " + SEED + ", name " + i);
    }
    assertClaims(filter, random, 0.012);
    // Beyond its bound it claims more, and denies no name.
    for (int i = 0; i < MILLION; i++) {
      filter.add(again.nextLong());
    }
    assertAbout(bound, filter.bytes(), 128);
    SplittableRandom all = new SplittableRandom(SEED);
    for (int i = 0; i < 27 * MILLION / 10 + MILLION; i++) {
      assertFalse(filter.excludes(all.nextLong()), "seed " + SEED + ", name " + i);
    }
  }

  @Test
  void hasRoomForWhatIsThereAndSomeMore() {
    NameFilter filter = new NameFilter(2 * MILLION, 1L << 30);
    assertAbout(3 * MILLION, filter.capacity(), 100);
    assertTrue(filter.bytes() <= 1.5 * 3 * MILLION + 64, () -> filter.bytes() + " bytes");
    filter.complete();
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < 29 * MILLION / 10; i++) {
      filter.add(random.nextLong());
    }
    assertAbout(3 * MILLION, filter.capacity(), 100);
    assertAbout(29 * MILLION / 10, filter.size(), MILLION / 100);
    assertClaims(filter, random, 0.0045);
  }

  private static void assertAbout(long expected, long actual, long margin) {
    assertTrue(Math.abs(expected - actual) <= margin, () -> actual + " and not " + expected);
  }

  private static void assertClaims(NameFilter filter, SplittableRandom random, double most) {
    int claimed = 0;
    for (int i = 0; i < MILLION; i++) {
      claimed += filter.excludes(random.nextLong()) ? 0 : 1;
    }
    int found = claimed;
    assertTrue(claimed <= most * MILLION, () -> found + " of a million, seed " + SEED);
  }
}
