package io.backpack.http;

import io.backpack.api.PhotoInfo;
import io.backpack.api.StoredPhoto;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;

/**
 * The JSON that a 201 says. Uploads are many and their answers small: written by hand it costs a
 * fraction of what a generator and a map of fields take.
 */
final class StoredJson {
  private static final int ROOM = 160;

  private StoredJson() {}

  /**
   * @param kind a coordinator also says shard and path
   */
  static Buffer of(PhotoServer.Kind kind, StoredPhoto stored, String path) {
    PhotoInfo info = stored.info();
    String name = info.name().value();
    boolean coordinator = kind == PhotoServer.Kind.COORDINATOR;
    StringBuilder out = new StringBuilder(ROOM + name.length() + path.length()).append('{');
    if (coordinator) {
      out.append("\"shard_id\":").append(quoted(stored.shard())).append(',');
    }
    out.append("\"name\":").append(quoted(name));
    if (coordinator) {
      out.append(",\"path\":").append(quoted(path));
    }
    out.append(",\"size\":").append(info.size());
    out.append(",\"crc32c\":\"").append(info.crc32cHex());
    out.append("\",\"version\":\"").append(info.version().hex()).append('"');
    info.image()
        .ifPresent(
            image ->
                out.append(",\"width\":")
                    .append(image.width())
                    .append(",\"height\":")
                    .append(image.height())
                    .append(",\"orientation\":")
                    .append(image.orientation()));
    if (stored.unchanged()) {
      out.append(",\"unchanged\":true");
    }
    return Buffer.buffer(out.append('}').toString());
  }

  private static String quoted(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || c == '"' || c == '\\') {
        return Json.encode(text);
      }
    }
    return '"' + text + '"';
  }
}
