package io.backpack.cli.volume;

import io.backpack.node.OfflineProcess;
import io.backpack.storage.OfflineNode;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleIndex;
import io.backpack.volume.NeedleLog;
import io.backpack.volume.Pace;
import io.backpack.volume.ScratchIndex;
import io.backpack.volume.StoreReader;
import io.backpack.volume.VolumeSet;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares the index in Redis with one that is made from the index logs: whatever is live there
 * must be current in Redis. Holds the directories meanwhile.
 */
final class IndexCheck {
  private static final int EXAMPLES = 20;

  /**
   * What was found.
   *
   * @param live needles that are current by the logs, tombstones too
   * @param lacking those of them that are not current in Redis
   * @param examples some of their names
   */
  record Result(long live, long lacking, List<String> examples) {
    static final Result NONE = new Result(0, 0, List.of());
  }

  private final ScratchIndex truth;
  private final NeedleIndex redis;
  private final List<String> examples = new ArrayList<>();
  private long live;
  private long lacking;

  private IndexCheck(ScratchIndex truth, NeedleIndex redis) {
    this.truth = truth;
    this.redis = redis;
  }

  static Result run(StoreOptions options) throws IOException {
    try (OfflineProcess process = options.open(OfflineProcess.Purpose.MAINTAIN);
        StoreReader reader = StoreReader.open(options.dirs())) {
      OfflineNode node = process.ready(recovering -> {});
      IndexCheck check = new IndexCheck(ScratchIndex.of(reader, Pace.UNLIMITED), node.index());
      VolumeSet volumes = node.volumes();
      for (NeedleLog.Extent extent : volumes.extents()) {
        volumes.replay(
            extent.volume(),
            0,
            batch -> {
              check.compare(batch.entries());
              return true;
            });
      }
      return new Result(check.live, check.lacking, List.copyOf(check.examples));
    }
  }

  private void compare(List<NeedleEntry> entries) {
    List<NeedleIndex.Standing> standings = truth.standing(entries).join();
    List<NeedleEntry> current = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      if (standings.get(i) == NeedleIndex.Standing.CURRENT) {
        current.add(entries.get(i));
      }
    }
    List<NeedleIndex.Standing> inRedis =
        OfflineProcess.await(Future.fromCompletionStage(redis.standing(current)));
    live += current.size();
    for (int i = 0; i < current.size(); i++) {
      if (inRedis.get(i) != NeedleIndex.Standing.CURRENT) {
        lacking++;
        if (examples.size() < EXAMPLES) {
          examples.add(current.get(i).name().value());
        }
      }
    }
  }
}
