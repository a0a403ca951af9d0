package io.backpack.bench;

/** How long rows take: a rough sum of loads, starts and photos that are made. */
final class Plan {
  private static final double START = 2.5;
  private static final double SLICE_AROUND = 0.7;
  private static final double DRAIN = 3;
  private static final double FILES_A_SECOND = 10_000;
  private static final double TINY_A_SECOND = 250_000;

  private Plan() {}

  /** Seconds, on a machine as the one of the document. */
  static double seconds(Options options, String row) {
    double many = options.many() / TINY_A_SECOND;
    double slice = options.seconds() + SLICE_AROUND;
    int rounds = options.rounds();
    double warm = START + 1.2 * options.warmup();
    double drain = options.quick ? 1 : DRAIN;
    return switch (row) {
      case "warm-get", "warm-get-page-cache", "warm-get-redis", "warm-get-100kb" ->
          warm + rounds * 3 * slice;
      case "cold-reads" -> warm + rounds * 2 * (slice + drain) + (options.quick ? 0 : 25);
      case "cold-get-1m" -> warm + rounds * 15 + 2 * options.photos() / FILES_A_SECOND;
      case "cold-raw" -> rounds * (2 * slice + 1);
      case "put-synced", "put-unsynced" -> warm + rounds * 2 * (slice + drain);
      case "put-latency" -> warm + rounds;
      case "compaction-p99" -> warm + rounds * (2 * slice + (options.quick ? 4 : 9));
      case "rebuild-p99" -> many + warm + rounds * (2 * slice + 2 * START);
      case "redis-memory" -> many + START;
      case "location-cache" -> 4 * START;
      case "heap" -> warm;
      case "restart-clean", "restart-kill" -> options.starts() * 2 * START;
      case "rebuild" -> options.starts() * (many + 2 * START);
      case "difference" -> Math.min(many, 1_000_000 / TINY_A_SECOND) * 2 + 2 * START + rounds;
      case "coordinator" -> 2 * warm + rounds * 2 * (slice + drain);
      case "coordinator-connections" -> warm + 4 * (slice + drain);
      case "coordinator-hung-node" -> 10 * START + options.warmup() + 3 * slice + 14;
      case "replication-rate" -> 8 * START + options.warmup() / 2.0 + 2 * (slice + drain + 10);
      case "replication-lag" -> warm + 30 + rounds * slice;
      case "scale-nodes" -> 3 * (warm + slice + START);
      case "scale-photos" -> 4 * (warm + slice + 2 * START) + many;
      case "scale-size" -> 5 * (warm + 2 * slice + START);
      case "scale-connections" -> warm + 5 * (2 * slice + 1) + START;
      default -> 0;
    };
  }
}
