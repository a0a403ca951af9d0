package io.backpack.storage;

import io.backpack.volume.CompactionResult;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** A compaction as {@code GET /_/jobs} and {@code backpack volume compact} show it. */
public final class CompactionReport {
  private CompactionReport() {}

  /** What was done, as {@code docs/http.md} describes it. */
  public static JsonObject describe(CompactionResult result) {
    JsonArray kept = new JsonArray();
    for (CompactionResult.Kept each : result.kept()) {
      kept.add(
          new JsonObject()
              .put("volume", Integer.toUnsignedLong(each.volume()))
              .put("damaged", each.damaged())
              .put("reason", each.why()));
    }
    return new JsonObject()
        .put("made", ids(result.made()))
        .put("retired", ids(result.retired()))
        .put("kept", kept)
        .put("needles_moved", result.needlesMoved())
        .put("bytes_moved", result.bytesMoved())
        .put("needles_dropped", result.needlesDropped())
        .put("bytes_freed", result.bytesFreed());
  }

  private static JsonArray ids(List<Integer> volumes) {
    JsonArray ids = new JsonArray();
    volumes.forEach(each -> ids.add(Integer.toUnsignedLong(each)));
    return ids;
  }
}
