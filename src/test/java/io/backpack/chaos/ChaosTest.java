package io.backpack.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The short form of {@code bench/chaos}. */
@Tag("e2e")
class ChaosTest {
  private static final long SEED = Long.getLong("backpack.seed", System.nanoTime() & 0xFFFFFFFFL);
  private static final int SECONDS = 30;

  @TempDir Path directory;

  @Test
  void nothingAcknowledgedIsLostWhateverFails() throws Exception {
    System.out.println("ChaosTest: -Dbackpack.seed=" + SEED);
    int code =
        Sandbox.run(
            List.of(
                "--seconds",
                Integer.toString(SECONDS),
                "--seed",
                Long.toString(SEED),
                "--dir",
                directory.toString()));
    Path written = directory.resolve("report.json");
    assertTrue(Files.exists(written), "it came to no end: " + code);
    JsonObject report = new JsonObject(Files.readString(written));
    assertEquals(0, code, report::encodePrettily);
    assertTrue(report.getInteger("uploads") > SECONDS, report::encodePrettily);
    assertTrue(report.getInteger("names_checked") > 0, report::encodePrettily);
    assertTrue(report.getJsonObject("faults").size() > 1, report::encodePrettily);
  }
}
