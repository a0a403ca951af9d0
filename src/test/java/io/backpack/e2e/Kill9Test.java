package io.backpack.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The short form of {@code bench/kill9}. */
@Tag("e2e")
class Kill9Test {
  private static final long SEED = Long.getLong("backpack.seed", System.nanoTime());
  private static final int ROUNDS = 2;

  @TempDir Path directory;

  @Test
  void whatWasAcknowledgedSurvivesKillsUnderLoad() throws Exception {
    System.out.println("Kill9Test: -Dbackpack.seed=" + SEED);
    Kill9.Totals totals = new Kill9(directory, SEED).run(ROUNDS, System.out::println);
    assertEquals(List.of(), totals.losses());
    assertEquals(ROUNDS, totals.rounds());
    assertTrue(totals.operations() > ROUNDS * 20L, totals::toString);
  }
}
