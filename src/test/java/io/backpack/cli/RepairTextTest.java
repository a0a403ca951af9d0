package io.backpack.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class RepairTextTest {
  private static String text(String json) {
    return RepairText.of(new JsonObject(json));
  }

  @Test
  void aNodeThatCopiesTellsHowFarItIs() {
    assertEquals(
        "refilling 34 %, 1h 12m left",
        text("{'state':'copying','percent':34.9,'left_seconds':4321}".replace('\'', '"')));
    assertEquals(
        "refilling 0 %",
        text("{'state':'copying','percent':0.0,'left_seconds':null}".replace('\'', '"')));
    assertEquals("refilling", text("{\"state\":\"copying\"}"));
  }

  @Test
  void otherStatesHaveWords() {
    assertEquals("waits for its peers", text("{\"state\":\"waiting\"}"));
    assertEquals("compares itself", text("{\"state\":\"comparing\"}"));
    assertEquals("complete", text("{\"state\":\"complete\"}"));
    assertEquals("unknown", text("{}"));
  }

  @Test
  void twoUnitsAreEnough() {
    assertEquals("0s", RepairText.duration(-1));
    assertEquals("59s", RepairText.duration(59));
    assertEquals("5m 7s", RepairText.duration(307));
    assertEquals("3d 4h", RepairText.duration(3 * 86_400 + 4 * 3600 + 59 * 60));
  }
}
