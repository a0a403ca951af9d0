package io.backpack.cli.volume;

import io.backpack.cli.CliException;
import io.backpack.cli.client.Progress;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Has a running node verify volumes, one after the other, and tells what it found. */
final class RemoteVerify {
  static final String[] COLUMNS = {
    "VOLUME", "NEEDLES", "DAMAGED", "DEAD DAMAGED", "UNKNOWN", "NOT INDEXED", "BYTES"
  };

  private final NodeClient client;
  private final List<JsonObject> results = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();

  RemoteVerify(NodeClient client) {
    this.client = client;
  }

  void run(List<JsonObject> volumes, Progress progress) {
    long before = 0;
    for (JsonObject volume : volumes) {
      JsonObject job = client.work("verify", NodeClient.id(volume), progress, before);
      if (job.getString("state").equals("failed")) {
        failures.add("volume " + NodeClient.id(volume) + ": " + job.getString("reason"));
      } else {
        results.add(
            new JsonObject()
                .put("id", volume.getLong("id"))
                .put("file", volume.getString("file"))
                .mergeIn(job.getJsonObject("result")));
      }
      before += volume.getLong("size");
      progress.at(before);
    }
  }

  List<Object[]> rows() {
    List<Object[]> rows = new ArrayList<>();
    for (JsonObject each : results) {
      rows.add(
          new Object[] {
            each.getLong("id"),
            each.getLong("needles"),
            each.getLong("damaged"),
            each.getLong("damaged_dead"),
            each.getLong("unknown"),
            each.getLong("unindexed"),
            each.getLong("bytes")
          });
    }
    return rows;
  }

  JsonObject json() {
    return new JsonObject().put("volumes", new JsonArray(results));
  }

  /** What could not be verified, and why. */
  List<String> failures() {
    return failures;
  }

  int exitCode() {
    if (!failures.isEmpty()) {
      return results.isEmpty() ? CliException.FAILED : CliException.PARTLY;
    }
    return results.stream().allMatch(each -> each.getBoolean("sound")) ? 0 : CliException.PARTLY;
  }
}
