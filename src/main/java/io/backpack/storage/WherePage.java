package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;

/**
 * {@code GET /_/where/{name}}: where the current needle of a name lies on this node, for {@code
 * backpack where} and for people who look for a photo on the disk.
 */
final class WherePage {
  private final CurrentNeedles needles;

  WherePage(CurrentNeedles needles) {
    this.needles = needles;
  }

  void handle(HttpServerRequest request) {
    AdminAnswer.send(request, () -> where(request));
  }

  private Future<JsonObject> where(HttpServerRequest request) {
    if (!HttpMethod.GET.equals(request.method())) {
      throw new BackpackException(ErrorCode.METHOD_NOT_ALLOWED, "only GET");
    }
    String path = request.uri().replaceFirst("\\?.*", "");
    PhotoName name = PhotoName.ofEncoded(path.substring(path.indexOf("/where/") + 7));
    return needles
        .find(name)
        .map(
            current -> {
              if (!current.known()) {
                throw needles.notFound();
              }
              return json(name, current);
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
