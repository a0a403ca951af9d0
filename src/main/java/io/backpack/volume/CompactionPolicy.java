package io.backpack.volume;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which volumes are worth compacting: sealed ones with many dead bytes, and small sealed ones of a
 * directory that together make one.
 *
 * @param deadRatio share of dead bytes, above 0 and up to 1, from which a volume is worth it
 * @param volumeSize of the store; a volume below an eighth of it is small
 * @param smallOnes so many small volumes of a directory are worth it, at least 2
 */
public record CompactionPolicy(double deadRatio, long volumeSize, int smallOnes) {
  public static final double DEFAULT_DEAD_RATIO = 0.4;

  /** When nobody asked for it: every stop that was not orderly leaves one. */
  public static final int DEFAULT_SMALL_ONES = 4;

  private static final int SMALL_PART = 8;

  public CompactionPolicy {
    if (!(deadRatio > 0 && deadRatio <= 1)) {
      throw new IllegalArgumentException("not a ratio of dead bytes: " + deadRatio);
    }
    if (smallOnes < 2) {
      throw new IllegalArgumentException("one volume cannot be merged");
    }
  }

  /**
   * What to compact, those plans first that free the most.
   *
   * @param deadBytes of each volume that has some, see {@link NeedleIndex#deadBytes}
   */
  public List<CompactionPlan> choose(Collection<VolumeInfo> volumes, Map<Integer, Long> deadBytes) {
    List<CompactionPlan> plans = new ArrayList<>();
    Set<Integer> merged = new HashSet<>();
    Map<Path, List<VolumeInfo>> small = new TreeMap<>();
    for (VolumeInfo each : volumes) {
      if (each.sealed() && each.length() < volumeSize / SMALL_PART) {
        small.computeIfAbsent(each.dir(), dir -> new ArrayList<>()).add(each);
      }
    }
    small.values().forEach(each -> merge(each, deadBytes, plans));
    plans.forEach(each -> merged.addAll(each.volumes()));
    for (VolumeInfo each : volumes) {
      if (each.sealed() && !merged.contains(each.id()) && deadRatio(each, deadBytes) >= deadRatio) {
        plans.add(plan(List.of(each), CompactionPlan.Reason.DEAD, deadBytes));
      }
    }
    plans.sort(Comparator.comparingLong(CompactionPlan::dead).reversed());
    return plans;
  }

  /** The share of a volume that is known to be dead, 0 to 1. */
  public static double deadRatio(VolumeInfo volume, Map<Integer, Long> deadBytes) {
    long needles = volume.length() - Volume.START;
    return needles <= 0 ? 0 : Math.min(1, (double) dead(volume, deadBytes) / needles);
  }

  private static long dead(VolumeInfo volume, Map<Integer, Long> deadBytes) {
    return deadBytes.getOrDefault(volume.id(), 0L);
  }

  /** Groups, oldest first, each of which makes at most one full volume. */
  private void merge(
      List<VolumeInfo> small, Map<Integer, Long> deadBytes, List<CompactionPlan> plans) {
    List<VolumeInfo> sorted = new ArrayList<>(small);
    sorted.sort((a, b) -> Integer.compareUnsigned(a.id(), b.id()));
    List<VolumeInfo> group = new ArrayList<>();
    long bytes = 0;
    for (VolumeInfo each : sorted) {
      if (bytes + each.length() > volumeSize) {
        plans.add(plan(group, CompactionPlan.Reason.SMALL, deadBytes));
        group = new ArrayList<>();
        bytes = 0;
      }
      group.add(each);
      bytes += each.length();
    }
    if (group.size() >= smallOnes) {
      plans.add(plan(group, CompactionPlan.Reason.SMALL, deadBytes));
    }
  }

  private static CompactionPlan plan(
      List<VolumeInfo> volumes, CompactionPlan.Reason reason, Map<Integer, Long> deadBytes) {
    return new CompactionPlan(
        volumes.get(0).dir(),
        volumes.stream().map(VolumeInfo::id).toList(),
        reason,
        volumes.stream().mapToLong(VolumeInfo::length).sum(),
        volumes.stream().mapToLong(each -> dead(each, deadBytes)).sum());
  }
}
