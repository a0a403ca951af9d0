package io.backpack.storage;

import io.backpack.volume.CompactionPlan;
import io.backpack.volume.CompactionPolicy;
import io.backpack.volume.CompactionResult;
import io.backpack.volume.Pace;
import io.backpack.volume.VolumeInfo;
import io.backpack.volume.VolumeSet;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** Lets the engine compact. */
final class EngineCompactor implements Compactor {
  private final VolumeSet volumes;
  private final CompactionPolicy policy;

  /**
   * @param deadRatio from which a volume is worth it; 0 when nothing is to be done without having
   *     been asked for
   */
  EngineCompactor(VolumeSet volumes, double deadRatio, long volumeSize) {
    this.volumes = volumes;
    this.policy =
        new CompactionPolicy(
            deadRatio == 0 ? CompactionPolicy.DEFAULT_DEAD_RATIO : deadRatio,
            volumeSize,
            CompactionPolicy.DEFAULT_SMALL_ONES);
  }

  @Override
  public List<List<Integer>> due(List<VolumeInfo> all, Map<Integer, Long> dead) {
    return policy.choose(all, dead).stream().map(CompactionPlan::volumes).toList();
  }

  @Override
  public JsonObject compact(List<Integer> sources, Pace pace) {
    CompactionResult result = volumes.compact(sources, pace);
    result
        .failure()
        .ifPresent(
            failure -> {
              throw failure;
            });
    return CompactionReport.describe(result);
  }
}
