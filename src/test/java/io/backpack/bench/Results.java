package io.backpack.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The last result of each row, in a JSON file. */
final class Results {
  private final Path file;
  private final Map<String, Result> byRow = new TreeMap<>();

  private Results(Path file) {
    this.file = file;
  }

  static Results load(Path file) throws IOException {
    Results results = new Results(file);
    if (Files.exists(file)) {
      for (Object each : new JsonArray(Files.readString(file))) {
        Result result = decode((JsonObject) each);
        results.byRow.put(result.row(), result);
      }
    }
    return results;
  }

  Optional<Result> find(String row) {
    return Optional.ofNullable(byRow.get(row));
  }

  /** Takes it in, in place of an older one of its row, and writes the file. */
  void put(Result result) throws IOException {
    byRow.put(result.row(), result);
    JsonArray all = new JsonArray();
    byRow.values().forEach(each -> all.add(encode(each)));
    if (file.getParent() != null) {
      Files.createDirectories(file.getParent());
    }
    Files.writeString(file, all.encodePrettily() + "\n");
  }

  private static JsonObject encode(Result result) {
    JsonArray points = new JsonArray();
    result.points().forEach(point -> points.add(new JsonArray(point)));
    return new JsonObject()
        .put("row", result.row())
        .put("date", result.date())
        .put("scale", result.scale())
        .put("quick", result.quick())
        .put("rounds", new JsonArray(result.rounds()))
        .put("raw", new JsonArray(result.raw()))
        .put("points", points);
  }

  private static Result decode(JsonObject json) {
    List<String> raw = new ArrayList<>();
    json.getJsonArray("raw").forEach(line -> raw.add((String) line));
    List<List<Double>> points = new ArrayList<>();
    json.getJsonArray("points").forEach(point -> points.add(numbers((JsonArray) point)));
    return new Result(
        json.getString("row"),
        json.getString("date"),
        json.getString("scale"),
        json.getBoolean("quick"),
        numbers(json.getJsonArray("rounds")),
        raw,
        points);
  }

  private static List<Double> numbers(JsonArray array) {
    List<Double> numbers = new ArrayList<>();
    array.forEach(each -> numbers.add(((Number) each).doubleValue()));
    return numbers;
  }
}
