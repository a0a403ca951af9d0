package io.backpack.index;

import io.backpack.volume.IndexBatch;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleIndex;
import io.backpack.volume.NeedleIndexContract;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The contract over a real Redis. */
class RedisIndexContractTest extends NeedleIndexContract {
  @TempDir Path directory;
  private IndexRig rig;

  @BeforeEach
  void start() {
    rig = new IndexRig(directory).ready(0);
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  @Override
  protected NeedleIndex index() {
    return rig.index;
  }

  @Override
  protected void appended(IndexBatch batch) {
    rig.log.append(batch.volume(), batch.entries());
  }

  @Override
  protected void replayed(Map<Integer, List<NeedleEntry>> volumes) {
    Awaitility.await()
        .until(
            () ->
                rig.index.state() == RedisIndex.State.READY
                    && rig.index.stats().getLong("lag_bytes") == 0
                    && rig.index.stats().getJsonObject("catch_up").getLong("done") > 0);
  }
}
