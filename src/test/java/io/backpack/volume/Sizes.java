package io.backpack.volume;

import java.util.Random;

/** Sizes of photos at which off-by-one mistakes would show. */
final class Sizes {
  private static final int[] TINY = {1, 2, 7, 8, 9, 15, 16, 17, 100};
  private static final int[] PAGES = {PowerLoss.SECTOR, PowerLoss.PAGE, 2 * PowerLoss.PAGE};
  private static final int LARGEST = 150_000;

  private Sizes() {}

  static int pick(Random random, int nameLength) {
    int what = random.nextInt(100);
    if (what < 50) {
      return TINY[random.nextInt(TINY.length)];
    }
    int around = random.nextInt(3) - 1;
    if (what < 70) {
      return PAGES[random.nextInt(PAGES.length)] + around;
    }
    if (what < 87) {
      // The needle, not the photo, ends at the edge of a page, or its header does.
      int header = NeedlePrefix.headerLength(nameLength, "image/jpeg".length(), 0, 1);
      return Math.max(1, PAGES[random.nextInt(PAGES.length)] - header + around);
    }
    if (what < 97) {
      return NeedlePrefix.BLOCK + around;
    }
    return what < 99 ? 2 * NeedlePrefix.BLOCK + around : LARGEST;
  }
}
