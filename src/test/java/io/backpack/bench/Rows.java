package io.backpack.bench;

import java.util.List;
import java.util.stream.Stream;

/** The table. */
final class Rows {
  private Rows() {}

  /** All rows, in the order in which they are told. */
  static List<Row> all() {
    return Stream.of(
            WarmReads.rows(),
            ColdReads.rows(),
            Writes.rows(),
            Disturbances.rows(),
            Many.rows(),
            Cluster.rows(),
            Scaling.rows())
        .flatMap(List::stream)
        .toList();
  }
}
