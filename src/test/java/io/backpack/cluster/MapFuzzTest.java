package io.backpack.cluster;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.testing.Fuzz;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Whatever somebody wrote to ZooKeeper is a map, or said to be damaged. */
class MapFuzzTest {
  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void maps() {
    Fuzz.run(
        "cluster map",
        20_000,
        bytes -> {
          String text = new String(bytes, StandardCharsets.UTF_8);
          decode(() -> MapCodec.servers(json(text)));
          decode(() -> MapCodec.shards(json(text)));
          decode(() -> MapCodec.queue(json(text)));
          decode(() -> MapCodec.size("1", json(text)));
        },
        utf8(
            "{\"1\": {\"host\": \"10.0.0.1\", \"port\": 8081}, \"2\": {\"host\": 1, \"port\": \"9\"}}"),
        utf8("{\"1\": {\"nodes\": [\"1\", 2], \"read_only\": true}, \"x\": {\"nodes\": null}}"),
        utf8("{\"capacity\": 107374182400, \"current\": \"12\"}"),
        utf8("{\"servers\": [{\"host\": \"a\", \"port\": 6379}], \"key\": \"backpack-queue\"}"));
  }

  private static JsonObject json(String text) {
    return new Znode("queue", text, 1).json();
  }

  @Test
  void aZnodeThatHoldsNullIsDamaged() {
    assertThrows(DamagedZnodeException.class, () -> json("null"));
  }

  private static void decode(Runnable decoder) {
    try {
      decoder.run();
    } catch (DamagedZnodeException damaged) {
      assertTrue(damaged.getMessage().contains("znode"), damaged.getMessage());
    }
  }
}
