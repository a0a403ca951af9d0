package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.http.PageRoutes;
import io.backpack.volume.Damage;
import io.backpack.volume.VolumeSet;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * {@code GET /_/damage}: the damage on this node that was not repaired yet, by its place on the
 * disk.
 */
final class DamagePage {
  private static final int DEFAULT_LIMIT = 1000;

  private final VolumeSet volumes;
  private final DiskReads reads;

  DamagePage(VolumeSet volumes, DiskReads reads) {
    this.volumes = volumes;
    this.reads = reads;
  }

  void handle(HttpServerRequest request) {
    int limit = limit(request.getParam("limit"));
    // A long list takes a while to put in order: not on an event loop.
    PageRoutes.answer(request, reads.run(() -> list(volumes.damage(), limit)));
  }

  private static int limit(String text) {
    if (text == null) {
      return DEFAULT_LIMIT;
    }
    try {
      return Integer.parseUnsignedInt(text);
    } catch (NumberFormatException e) {
      throw new BackpackException(ErrorCode.BAD_REQUEST, "limit is a number", e);
    }
  }

  private JsonObject list(List<Damage> all, int limit) {
    JsonArray listed = new JsonArray();
    all.stream().limit(limit).forEach(each -> listed.add(describe(each)));
    return new JsonObject().put("count", volumes.damageCount()).put("damage", listed);
  }

  private static JsonObject describe(Damage damage) {
    JsonObject json = new JsonObject();
    damage
        .name()
        .ifPresent(
            (PhotoName name) ->
                json.put("name", name.value())
                    .put("path", PhotoAddress.of(name).path())
                    .put("version", damage.version().hex()));
    return json.put(
            "file",
            damage.dir().resolve("data_" + Integer.toUnsignedString(damage.volume())).toString())
        .put("offset", damage.offset())
        .put("length", damage.length())
        .put("reason", damage.reason())
        .put("since", damage.since().toString());
  }
}
