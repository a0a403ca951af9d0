package io.backpack.cli;

import io.vertx.core.json.JsonObject;
import java.time.Duration;

/** How far a node is with its repair, for people, by what the node says of it. */
public final class RepairText {
  private RepairText() {}

  /**
   * In a few words, as {@code refilling 34 %, 1h 12m left}.
   *
   * @param repair with {@code state}, and {@code percent} and {@code left_seconds} while it copies
   */
  public static String of(JsonObject repair) {
    String state = repair.getString("state", "unknown");
    if (!state.equals("copying")) {
      return switch (state) {
        case "waiting" -> "waits for its peers";
        case "comparing" -> "compares itself";
        default -> state;
      };
    }
    StringBuilder text = new StringBuilder("refilling");
    if (repair.getValue("percent") instanceof Number percent) {
      text.append(' ').append(percent.intValue()).append(" %");
    }
    if (repair.getValue("left_seconds") instanceof Number left) {
      text.append(", ").append(duration(left.longValue())).append(" left");
    }
    return text.toString();
  }

  /** Two units are enough: 3d 4h, 1h 12m, 5m 7s, 8s. */
  static String duration(long seconds) {
    Duration left = Duration.ofSeconds(Math.max(0, seconds));
    if (left.toDays() > 0) {
      return left.toDays() + "d " + left.toHoursPart() + "h";
    }
    if (left.toHours() > 0) {
      return left.toHours() + "h " + left.toMinutesPart() + "m";
    }
    if (left.toMinutes() > 0) {
      return left.toMinutes() + "m " + left.toSecondsPart() + "s";
    }
    return left.toSeconds() + "s";
  }
}
