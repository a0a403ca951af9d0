package io.backpack.volume;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The store against its reference model: {@code -Dmodel.steps=N} and {@code -Dmodel.seed=S} for
 * more than the short form, see {@code bench/model}.
 */
@ExtendWith(QuietEngine.class)
class VolumeModelTest {
  private static final long SHORT = 9000;

  @Test
  void theStoreShowsWhatTheModelAllows() throws Exception {
    long seed = Long.getLong("model.seed", System.currentTimeMillis());
    System.out.println("model: seed " + seed);
    ModelMain.run(seed, Long.getLong("model.steps", SHORT));
  }
}
