package io.backpack.cli.client;

import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.vertx.core.json.JsonObject;

/** A photo as {@code --json} shows it, with the fields of an upload's answer. */
final class PhotoJson {
  private PhotoJson() {}

  static JsonObject of(PhotoAddress address, PhotoInfo info) {
    JsonObject json = new JsonObject();
    if (!address.shard().isEmpty()) {
      json.put("shard_id", address.shard());
    }
    json.put("name", address.name().value())
        .put("path", address.path())
        .put("size", info.size())
        .put("crc32c", info.crc32cHex())
        .put("version", info.version().hex())
        .put("content_type", info.contentType());
    info.image().ifPresent(image -> json.mergeIn(image.toJson()));
    return json;
  }
}
