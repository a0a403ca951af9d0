package io.backpack.index;

import io.backpack.volume.NeedleLog;
import io.vertx.core.json.JsonObject;
import java.util.Locale;

/** What the index tells about itself. */
final class IndexStats {
  private IndexStats() {}

  /**
   * @param session null before the first connect
   * @param log null before the start
   */
  static JsonObject of(
      RedisIndex.State state, String detail, Session session, NeedleLog log, LocationCache cache) {
    JsonObject stats = new JsonObject().put("state", state.name().toLowerCase(Locale.ROOT));
    if (!detail.isEmpty()) {
      stats.put("detail", detail);
    }
    if (session != null && log != null) {
      Keyspace.Shape shape = session.shape();
      stats
          .put("photos", shape.photos())
          .put("tombstones", shape.tombstones())
          .put("collisions", shape.collisions())
          .put("buckets", shape.buckets())
          .put("lag_bytes", lag(session, log))
          .put(
              "catch_up",
              new JsonObject()
                  .put("done", session.replayed().get())
                  .put("total", Math.max(session.toReplay(), session.replayed().get())));
    }
    return stats.put(
        "location_cache",
        new JsonObject()
            .put("entries", cache.size())
            .put("capacity", cache.capacity())
            .put("hits", cache.hits())
            .put("misses", cache.misses()));
  }

  /** Durable bytes of all volumes that are not in the index. */
  private static long lag(Session session, NeedleLog log) {
    long lag = 0;
    for (NeedleLog.Extent extent : log.extents()) {
      long checkpoint = session.checkpoints().getOrDefault(extent.volume(), 0L);
      lag += Math.max(0, extent.end() - Math.max(extent.start(), checkpoint));
    }
    return lag;
  }
}
