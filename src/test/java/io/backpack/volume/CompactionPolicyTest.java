package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which volumes are worth compacting. */
class CompactionPolicyTest {
  private static final long SIZE = 8_000_000;
  private static final Path ONE = Path.of("/one");
  private static final Path TWO = Path.of("/two");
  private final CompactionPolicy policy = new CompactionPolicy(0.4, SIZE, 4);

  private static VolumeInfo volume(int id, Path dir, long needles, boolean sealed) {
    return new VolumeInfo(id, dir, needles + Volume.START, sealed, 10, 0, Optional.empty());
  }

  @Test
  void fromTheRatioOnAVolumeIsWorthItTheDeadestFirst() {
    List<VolumeInfo> volumes =
        List.of(
            volume(1, ONE, 4_000_000, true),
            volume(2, ONE, 4_000_000, true),
            volume(3, ONE, 8_000_000, true),
            volume(4, ONE, 4_000_000, false));
    Map<Integer, Long> dead = Map.of(1, 1_600_000L, 2, 1_599_999L, 3, 8_000_000L, 4, 4_000_000L);
    List<CompactionPlan> plans = policy.choose(volumes, dead);
    assertEquals(
        List.of(List.of(3), List.of(1)), plans.stream().map(CompactionPlan::volumes).toList());
    assertEquals(CompactionPlan.Reason.DEAD, plans.get(0).reason());
    assertEquals(8_000_000, plans.get(0).dead());
    assertEquals(List.of(), policy.choose(volumes, Map.of()));
  }

  @Test
  void enoughSmallOnesOfADirectoryAreMerged() {
    List<VolumeInfo> volumes = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      volumes.add(volume(i, ONE, 900_000, true));
      volumes.add(volume(100 + i, TWO, 900_000, i > 0));
    }
    volumes.add(volume(9, ONE, 1_000_000, true)); // Not small.
    List<CompactionPlan> plans = policy.choose(volumes, Map.of(1, 900_000L));
    assertEquals(1, plans.size());
    assertEquals(List.of(0, 1, 2, 3), plans.get(0).volumes());
    assertEquals(CompactionPlan.Reason.SMALL, plans.get(0).reason());
    assertEquals(ONE, plans.get(0).dir());
    assertEquals(2, new CompactionPolicy(0.4, SIZE, 2).choose(volumes, Map.of()).size());
  }

  @Test
  void aGroupMakesOneVolume() {
    List<VolumeInfo> volumes = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      volumes.add(volume(i, ONE, 900_000, true));
    }
    List<CompactionPlan> plans = policy.choose(volumes, Map.of());
    assertEquals(List.of(8, 8, 4), plans.stream().map(each -> each.volumes().size()).toList());
  }

  @Test
  void settingsThatMakeNoSenseAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new CompactionPolicy(0, SIZE, 4));
    assertThrows(IllegalArgumentException.class, () -> new CompactionPolicy(1.1, SIZE, 4));
    assertThrows(IllegalArgumentException.class, () -> new CompactionPolicy(0.4, SIZE, 1));
  }
}
