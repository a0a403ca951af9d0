package io.backpack.bench;

import java.util.List;

/**
 * Room that a run needs at its largest.
 *
 * @param bytes of the disk, estimated
 */
record Space(long bytes) {
  private static final long PREVIEW = 16_000;
  private static final long TINY_NEEDLE = 256;
  private static final long SMALL = 1L << 30;

  static Space of(Options options, List<String> rows) {
    long bytes = SMALL;
    if (has(rows, "warm") || has(rows, "scale-connections") || has(rows, "rebuild-p99")) {
      bytes += 2 * PREVIEW * options.warm();
    }
    if (has(rows, "cold")) {
      bytes += 2 * PREVIEW * Math.min(100_000, options.photos());
    }
    if (has(rows, "cold-get-1m") && !options.quick) {
      bytes += 2 * PREVIEW * options.photos();
    }
    if (has(rows, "put") || has(rows, "coordinator")) {
      // Both sides write at the speed of the disk for the length of the run.
      bytes += 2L * 200_000_000 * (options.rounds() * options.seconds() + options.warmup());
    }
    if (has(rows, "redis") || has(rows, "heap") || has(rows, "re") || has(rows, "scale-photos")) {
      bytes += 2 * TINY_NEEDLE * options.many();
    }
    return new Space(bytes);
  }

  private static boolean has(List<String> rows, String start) {
    return rows.stream().anyMatch(row -> row.startsWith(start));
  }
}
