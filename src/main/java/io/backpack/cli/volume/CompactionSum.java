package io.backpack.cli.volume;

import io.backpack.cli.CliException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;

/** What several compactions did together. */
final class CompactionSum {
  private static final List<String> LISTS = List.of("made", "retired", "kept");
  private static final List<String> NUMBERS =
      List.of("needles_moved", "bytes_moved", "needles_dropped", "bytes_freed");

  private final JsonObject sum = new JsonObject();
  private Optional<String> failure = Optional.empty();

  CompactionSum() {
    LISTS.forEach(each -> sum.put(each, new JsonArray()));
    NUMBERS.forEach(each -> sum.put(each, 0L));
  }

  /**
   * @param one as {@link io.backpack.storage.CompactionReport} describes it
   */
  void add(JsonObject one) {
    LISTS.forEach(each -> sum.getJsonArray(each).addAll(one.getJsonArray(each)));
    NUMBERS.forEach(each -> sum.put(each, sum.getLong(each) + one.getLong(each)));
  }

  /** One could not be done to its end. */
  void failed(String why) {
    failure = Optional.of(why);
    sum.put("failure", why);
  }

  boolean failed() {
    return failure.isPresent();
  }

  JsonObject json() {
    return sum;
  }

  /** For people. */
  String text() {
    StringBuilder text = new StringBuilder();
    text.append(count("retired", "volume is gone", "volumes are gone"))
        .append(", ")
        .append(count("made", "was made", "were made"))
        .append(": ")
        .append(sum.getLong("needles_moved"))
        .append(" needles moved, ")
        .append(sum.getLong("needles_dropped"))
        .append(" dropped, ")
        .append(sum.getLong("bytes_freed"))
        .append(" bytes freed");
    for (Object each : sum.getJsonArray("kept")) {
      JsonObject kept = (JsonObject) each;
      text.append(System.lineSeparator())
          .append("volume ")
          .append(kept.getLong("volume"))
          .append(" is kept: ")
          .append(kept.getString("reason"));
    }
    failure.ifPresent(why -> text.append(System.lineSeparator()).append("not ended: ").append(why));
    return text.toString();
  }

  private String count(String list, String one, String many) {
    int size = sum.getJsonArray(list).size();
    return size + " " + (size == 1 ? one : many);
  }

  int exitCode() {
    if (failed()) {
      return CliException.FAILED;
    }
    return sum.getJsonArray("kept").isEmpty() ? 0 : CliException.PARTLY;
  }
}
