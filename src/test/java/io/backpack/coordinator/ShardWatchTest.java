package io.backpack.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.QueueSettings;
import io.backpack.cluster.Shard;
import io.backpack.cluster.ShardSize;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ShardWatchTest {
  private final AtomicLong nanos = new AtomicLong();
  private final List<String> told = new ArrayList<>();
  private final ShardWatch watch =
      new ShardWatch(
          new ShardSettings(Duration.ofMinutes(10), 0.9, Duration.ofDays(7)),
          nanos::get,
          (id, why) -> told.add(id + ": " + why));

  private void look(long used, boolean readOnly) {
    watch.look(
        new ClusterMap(
            Map.of(),
            Map.of("1", new Shard("1", List.of("a"), readOnly)),
            Map.of("1", new ShardSize(100_000, used)),
            QueueSettings.NONE));
  }

  private void look(long used) {
    look(used, false);
  }

  private void later(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void itIsToldOncePerCrossing() {
    look(89_999);
    assertEquals(List.of(), told);
    look(90_000);
    look(95_000);
    look(89_000);
    look(90_500);
    assertEquals(List.of("1: 90 % of it are used"), told);
    assertEquals("90 % of it are used", watch.warnings().get("1"));
    look(86_000);
    assertTrue(watch.warnings().isEmpty());
    look(100_000);
    assertEquals(List.of("1: 90 % of it are used", "1: it is full"), told);
  }

  @Test
  void aPaceThatFillsItSoonIsToldAsWell() {
    look(10_000);
    later(Duration.ofMinutes(59));
    look(11_000);
    assertEquals(List.of(), told, "less than an hour tells no pace");
    later(Duration.ofMinutes(61));
    look(12_000);
    assertEquals(List.of("1: at the pace of the last day it is full in 88 h"), told);
    later(Duration.ofDays(2));
    look(12_000);
    assertTrue(watch.warnings().isEmpty(), "it grows no more");
    for (int hour = 0; hour < 48; hour++) {
      later(Duration.ofHours(1));
      look(12_000 + 20 * hour);
    }
    assertEquals(1, told.size(), "a slow pace is none to warn of");
  }

  @Test
  void whatTakesNothingIsNotToldOf() {
    look(99_000, true);
    assertEquals(List.of(), told);
    look(99_000);
    assertEquals(1, told.size());
    watch.look(ClusterMap.EMPTY);
    assertTrue(watch.warnings().isEmpty());
    look(0);
    watch.look(
        new ClusterMap(
            Map.of(),
            Map.of("1", new Shard("1", List.of("a"), false)),
            Map.of(),
            QueueSettings.NONE));
    assertEquals(1, told.size(), "no size is not full");
  }
}
