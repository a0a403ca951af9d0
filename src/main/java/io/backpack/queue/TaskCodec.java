package io.backpack.queue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A task as JSON: the fields {@code from}, {@code to} and {@code path} of the original Backpack,
 * and {@code version} and {@code kind}, which are ours. A task of the original has neither and
 * means the photo in whatever version the source has.
 */
final class TaskCodec {
  private static final String PHOTO = "photo";
  private static final String TOMBSTONE = "tombstone";

  private TaskCodec() {}

  static String encode(CopyTask task) {
    return new JsonObject()
        .put("from", new JsonArray(task.from()))
        .put("to", task.to())
        .put("path", task.name().value())
        .put("version", task.version().hex())
        .put("kind", task.tombstone() ? TOMBSTONE : PHOTO)
        .encode();
  }

  /**
   * Reads a task.
   *
   * @throws BackpackException {@link ErrorCode#BAD_REQUEST} or {@link ErrorCode#BAD_NAME} with what
   *     is wrong with it
   */
  static CopyTask decode(String text) {
    try {
      JsonObject json = new JsonObject(text);
      if (json.getMap() == null) {
        throw bad("it is null");
      }
      String kind = Objects.requireNonNullElse(json.getString("kind"), PHOTO);
      String version = json.getString("version");
      if (!kind.equals(PHOTO) && !kind.equals(TOMBSTONE)) {
        throw bad("its kind is '" + kind + "'");
      }
      if (kind.equals(TOMBSTONE) && version == null) {
        throw bad("a tombstone without a version");
      }
      return new CopyTask(
          name(json.getValue("path")),
          version == null ? Version.NONE : Version.parse(version),
          kind.equals(TOMBSTONE),
          from(Objects.requireNonNullElseGet(json.getJsonArray("from"), JsonArray::new)),
          id(json.getValue("to")));
    } catch (DecodeException | ClassCastException e) {
      throw bad("it is not the JSON of one");
    }
  }

  private static PhotoName name(Object path) {
    if (!(path instanceof String text)) {
      throw bad("it has no path");
    }
    return PhotoName.of(text.startsWith("/") ? text.substring(1) : text);
  }

  private static List<String> from(JsonArray ids) {
    List<String> from = new ArrayList<>();
    for (Object id : ids) {
      from.add(id(id));
    }
    return from;
  }

  /** An id as text; the original's were often numbers. */
  private static String id(Object value) {
    if (!(value instanceof String) && !(value instanceof Number)) {
      throw bad("an id of a node is missing");
    }
    return PhotoAddress.checkId("node", value.toString());
  }

  private static BackpackException bad(String why) {
    return new BackpackException(ErrorCode.BAD_REQUEST, "not a copy task: " + why);
  }
}
