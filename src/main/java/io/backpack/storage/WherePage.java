package io.backpack.storage;

import io.backpack.api.PhotoName;
import io.backpack.http.PageRoutes;
import io.backpack.index.IndexPlace;
import io.backpack.index.RedisIndex;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * {@code GET /_/where/{name}}: where the current needle of a name lies on this node, for {@code
 * backpack where} and for people who look for a photo on the disk.
 */
final class WherePage {
  static final String PATH = "/_/where/{...}";

  private final CurrentNeedles needles;
  private final RedisIndex index;

  WherePage(CurrentNeedles needles, RedisIndex index) {
    this.needles = needles;
    this.index = index;
  }

  /**
   * @param rest the name, percent-encoded, as {@link #PATH} gives it
   */
  void handle(HttpServerRequest request, List<String> rest) {
    PageRoutes.answer(request, where(PhotoName.ofEncoded(rest.get(0))));
  }

  private Future<JsonObject> where(PhotoName name) {
    return needles
        .find(name)
        .map(
            current -> {
              if (!current.known()) {
                throw needles.notFound(name);
              }
              IndexPlace place = index.place(name, current.collided());
              return json(name, current)
                  .put("index_key", place.key())
                  .put("index_field", place.field());
            });
  }

  private static JsonObject json(PhotoName name, CurrentNeedle current) {
    JsonObject json =
        new JsonObject()
            .put("name", name.value())
            .put("version", current.version().hex())
            .put("deleted", current.tombstone())
            .put("damaged", current.damage().isPresent());
    current
        .location()
        .ifPresent(
            location ->
                json.put("file", "data_" + Integer.toUnsignedString(location.volume()))
                    .put("offset", location.offset())
                    .put("length", location.length()));
    current
        .reader()
        .ifPresent(
            reader ->
                json.put("size", reader.size())
                    .put("crc32c", CurrentNeedle.info(name, reader).crc32cHex())
                    .put("content_type", reader.contentType()));
    return json;
  }
}
