package io.backpack.cli.volume;

import io.backpack.cli.client.Progress;
import io.backpack.node.OfflineProcess;
import io.backpack.storage.OfflineNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code volume rebuild-index}. */
@Command(
    name = "rebuild-index",
    description = {
      "Deletes what Redis has of a node and makes it anew from the volumes.",
      "Needs --config, and that the node is stopped. May be repeated when it was interrupted."
    })
final class RebuildIndexCommand extends VolumeTool {
  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  int execute(StoreOptions options) throws IOException {
    try (OfflineProcess process =
        OfflineProcess.open(
            options.configuration(), options.settings(), OfflineProcess.Purpose.REBUILD)) {
      Watch watch = new Watch();
      OfflineNode node = process.ready(watch::look);
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

  /** A line every ten seconds. */
  private final class Watch {
    private static final long LINE_NANOS = 10_000_000_000L;
    private final long started = System.nanoTime();
    private final long every = Progress.onTerminal() ? LINE_NANOS / 10 : LINE_NANOS;
    private long last = started;

    void look(OfflineNode node) {
      long now = System.nanoTime();
      JsonObject catchUp = node.indexStats().getJsonObject("catch_up");
      if (catchUp == null || now - last < every) {
        return;
      }
      last = now;
      long done = catchUp.getLong("done");
      long left = catchUp.getLong("total") - done;
      long rate = Math.max(1, done * 1_000_000_000L / (now - started));
      warn(done + " needles, " + rate + " a second, " + left / rate + " s left");
    }
  }
}
