package io.backpack.volume;

import java.util.List;
import java.util.Random;

/**
 * What a power cut leaves of that which was not synced. What was synced is always left, and each
 * sector of 512 bytes is written or not.
 */
enum PowerLoss {
  /** Nothing. */
  DROP,
  /** All of it: the cut came just after the kernel had written it. */
  KEEP,
  /** Any pages of 4 KiB, any names. */
  SUBSET,
  /** What was asked for first, up to a sector in the middle of one write. */
  TORN,
  /** The later half of it, in sectors, and not the earlier. */
  REORDERED,
  /** The sizes of files, but zeros in place of what was written. */
  SIZES;

  static final int SECTOR = 512;
  static final int PAGE = 4 << 10;

  /** One of them, or for each file another. */
  static PowerLoss any(Random random) {
    return values()[random.nextInt(values().length)];
  }

  /** Counted from 0, so that each kind can be tried at other places than the others. */
  int place() {
    return List.of(values()).indexOf(this);
  }

  /** What is written whole or not at all. */
  int unit() {
    return this == SUBSET ? PAGE : SECTOR;
  }

  /** How many of a number of changes are certainly left, counted from the first. */
  int whole(int changes, Random random) {
    return switch (this) {
      case KEEP -> changes;
      case TORN -> random.nextInt(changes + 1);
      default -> 0;
    };
  }

  /** Whether a part of a change is left that is not certainly so. */
  boolean keeps(int change, int changes, boolean firstAfterWhole, Random random) {
    return switch (this) {
      case SUBSET -> random.nextBoolean();
      case TORN -> firstAfterWhole && random.nextInt(3) > 0;
      case REORDERED -> change >= changes / 2;
      default -> false;
    };
  }
}
