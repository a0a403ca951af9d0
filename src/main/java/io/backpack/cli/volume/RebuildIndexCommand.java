package io.backpack.cli.volume;

import io.backpack.node.OfflineProcess;
import io.backpack.storage.OfflineNode;
import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code volume rebuild-index}. */
@Command(
    name = "rebuild-index",
    description = {
      "Deletes what Redis has of a node and makes it anew from the volumes.",
      "The node must be stopped. May be repeated when it was interrupted."
    })
final class RebuildIndexCommand extends VolumeTool {
  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  int execute(StoreOptions options) {
    try (OfflineProcess process = options.open(OfflineProcess.Purpose.REBUILD)) {
      OfflineNode node = process.ready(catchUp());
      JsonObject stats = node.indexStats();
      JsonObject answer =
          new JsonObject()
              .put("photos", stats.getLong("photos"))
              .put("tombstones", stats.getLong("tombstones"));
      print(
          json
              ? answer.encode()
              : "the index is made anew: "
                  + answer.getLong("photos")
                  + " photos, "
                  + answer.getLong("tombstones")
                  + " deletes");
      return 0;
    }
  }
}
