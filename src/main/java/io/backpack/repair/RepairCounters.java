package io.backpack.repair;

import io.backpack.metrics.Metrics;
import java.util.concurrent.atomic.LongAdder;

/** What was done since the start. */
record RepairCounters(LongAdder copied, LongAdder bytes, LongAdder failed, LongAdder rounds) {
  static RepairCounters of(Metrics metrics) {
    return new RepairCounters(
        metrics.counter("repair_copied", "Photos and tombstones copied from other nodes"),
        metrics.counter("repair_copied_bytes", "Bytes of photos copied from other nodes"),
        metrics.counter("repair_failed", "Photos that could not be copied from any node"),
        metrics.counter("repair_rounds", "Comparisons with the other nodes that ended"));
  }
}
