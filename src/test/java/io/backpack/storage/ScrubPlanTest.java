package io.backpack.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.backpack.volume.VolumeInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ScrubPlanTest {
  private static final Instant NOW = Instant.parse("2026-06-30T00:00:00Z");
  private final ScrubPlan plan = new ScrubPlan(Duration.ofDays(30));

  private static VolumeInfo volume(int id, long length, int daysOld, int... verifiedDaysAgo) {
    return new VolumeInfo(
        id,
        Path.of("/d"),
        length,
        true,
        1,
        NOW.minus(Duration.ofDays(daysOld)).toEpochMilli(),
        verifiedDaysAgo.length == 0
            ? Optional.empty()
            : Optional.of(NOW.minus(Duration.ofDays(verifiedDaysAgo[0]))));
  }

  private Optional<Integer> next(VolumeInfo... volumes) {
    return plan.next(List.of(volumes), NOW, each -> true).map(VolumeInfo::id);
  }

  @Test
  void theOneThatWaitsLongestIsNext() {
    assertEquals(
        Optional.of(2), next(volume(1, 9, 99, 31), volume(2, 9, 99, 40), volume(3, 9, 35)));
    assertEquals(Optional.of(3), next(volume(1, 9, 99, 31), volume(3, 9, 35)));
  }

  @Test
  void nothingIsDueBeforeThePeriodIsOver() {
    assertEquals(Optional.empty(), next(volume(1, 9, 99, 29), volume(2, 9, 10)));
    assertEquals(Optional.empty(), next());
  }

  @Test
  void aPeriodOfZeroIsNever() {
    ScrubPlan never = new ScrubPlan(Duration.ZERO);
    assertEquals(Optional.empty(), never.next(List.of(volume(1, 9, 9999)), NOW, each -> true));
  }

  @Test
  void whatCannotBeVerifiedNowIsLeftOut() {
    List<VolumeInfo> all = List.of(volume(1, 9, 99), volume(2, 9, 50));
    assertEquals(2, plan.next(all, NOW, each -> each.id() != 1).orElseThrow().id());
  }

  @Test
  void theRateIsEnoughToGetRoundAndNeverTiny() {
    long tenTerabytes = 10L << 40;
    long seconds = plan.rate(List.of(volume(1, tenTerabytes, 1))) * Duration.ofDays(30).toSeconds();
    assertEquals(1.25, (double) seconds / tenTerabytes, 0.01);
    assertEquals(ScrubPlan.FLOOR, plan.rate(List.of(volume(1, 1000, 1))));
    assertEquals(ScrubPlan.FLOOR, plan.rate(List.of()));
  }

  @Test
  void aRoundIsAsOldAsItsOldestVolume() {
    assertEquals(
        Optional.of(NOW.minus(Duration.ofDays(8))),
        ScrubPlan.lastComplete(List.of(volume(1, 9, 99, 8), volume(2, 9, 5))));
    assertEquals(Optional.empty(), ScrubPlan.lastComplete(List.of()));
  }
}
