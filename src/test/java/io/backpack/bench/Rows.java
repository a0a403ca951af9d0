package io.backpack.bench;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The table. */
final class Rows {
  private static final List<String> FIRST =
      List.of(
          "warm-get",
          "warm-get-open-file-cache",
          "rebuild-p99",
          "scale-connections",
          "warm-get-page-cache",
          "warm-get-page-cache-open-file-cache",
          "cold-reads",
          "cold-get",
          "cold-raw",
          "warm-get-redis",
          "warm-get-redis-open-file-cache");

  private Rows() {}

  /** The order in which they are measured, so that rows on one node follow each other. */
  static List<Row> inOrder(List<Row> rows) {
    return rows.stream().sorted(Comparator.comparingInt(row -> place(row.id()))).toList();
  }

  private static int place(String id) {
    int place = FIRST.indexOf(id);
    return place < 0 ? FIRST.size() : place;
  }

  /** All rows, in the order in which they are told. */
  static List<Row> all() {
    return Stream.of(
            WarmReads.rows(),
            ColdReads.rows(),
            Writes.rows(),
            Disturbances.rows(),
            Many.rows(),
            Differences.rows(),
            Cluster.rows(),
            Coordinators.rows(),
            Scaling.rows())
        .flatMap(List::stream)
        .toList();
  }
}
