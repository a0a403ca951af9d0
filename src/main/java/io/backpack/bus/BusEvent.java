package io.backpack.bus;

import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.Version;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;

/**
 * Something that happened, as other applications may want to know. Fields that do not apply to a
 * type are empty, or 0, and left out of the JSON.
 *
 * @param id unique, so that a listener on several ways can tell repetitions
 * @param time when it happened, by the clock of who tells
 * @param shardId of the photo, or the full shard
 * @param name of the photo, decoded
 * @param path of the photo, percent-encoded, with its leading slash
 * @param size bytes of the photo
 * @param version of the photo, or of the delete; 16 hex digits
 * @param node who stored, replicated or deleted, or the node that came or went
 */
public record BusEvent(
    String id,
    Type type,
    Instant time,
    String shardId,
    String name,
    String path,
    long size,
    String contentType,
    String version,
    String node) {
  /** What happened. */
  public enum Type {
    /** An upload was answered with success. */
    STORED("stored"),
    /** A copy reached another node of the shard. */
    REPLICATED("replicated"),
    /** A delete was answered with success. */
    DELETED("deleted"),
    /** A shard will soon have no room for more photos, or has none any more. */
    SHARD_FULL("shard-full"),
    /** A storage node announces itself that did not before. */
    NODE_UP("node-up"),
    /** A storage node has stopped announcing itself. */
    NODE_DOWN("node-down");

    private final String text;

    Type(String text) {
      this.text = text;
    }

    /** As it stands in the JSON. */
    public String text() {
      return text;
    }

    static Type of(String text) {
      for (Type type : values()) {
        if (type.text.equals(text)) {
          return type;
        }
      }
      throw new IllegalArgumentException("no such type of event: " + text);
    }
  }

  public BusEvent {
    Objects.requireNonNull(id);
    Objects.requireNonNull(type);
    Objects.requireNonNull(time);
    Objects.requireNonNull(shardId);
    Objects.requireNonNull(name);
    Objects.requireNonNull(path);
    Objects.requireNonNull(contentType);
    Objects.requireNonNull(version);
    Objects.requireNonNull(node);
  }

  /** A photo was stored; {@code node} is the coordinator or node that answered. */
  public static BusEvent stored(String shard, PhotoInfo info, String node) {
    return of(Type.STORED, shard, info, node);
  }

  /** A copy of a photo reached {@code node}. */
  public static BusEvent replicated(String shard, PhotoInfo info, String node) {
    return of(Type.REPLICATED, shard, info, node);
  }

  private static BusEvent of(Type type, String shard, PhotoInfo info, String node) {
    return new BusEvent(
        newId(),
        type,
        Instant.now(),
        shard,
        info.name().value(),
        new PhotoAddress(shard, info.name()).path(),
        info.size(),
        info.contentType(),
        info.version().hex(),
        node);
  }

  /** A photo was deleted. */
  public static BusEvent deleted(PhotoAddress address, Version version, String node) {
    return new BusEvent(
        newId(),
        Type.DELETED,
        Instant.now(),
        address.shard(),
        address.name().value(),
        address.path(),
        0,
        "",
        version.hex(),
        node);
  }

  /** A shard is full, or will be soon; {@code node} is who found out. */
  public static BusEvent shardFull(String shard, String node) {
    return new BusEvent(newId(), Type.SHARD_FULL, Instant.now(), shard, "", "", 0, "", "", node);
  }

  /** A storage node came. */
  public static BusEvent nodeUp(String node) {
    return new BusEvent(newId(), Type.NODE_UP, Instant.now(), "", "", "", 0, "", "", node);
  }

  /** A storage node went. */
  public static BusEvent nodeDown(String node) {
    return new BusEvent(newId(), Type.NODE_DOWN, Instant.now(), "", "", "", 0, "", "", node);
  }

  private static String newId() {
    return UUID.randomUUID().toString();
  }

  /** The message on {@code backpack.events}. */
  public JsonObject toJson() {
    JsonObject json =
        new JsonObject().put("id", id).put("type", type.text()).put("time", time.toString());
    putUnlessEmpty(json, "shard_id", shardId);
    putUnlessEmpty(json, "name", name);
    putUnlessEmpty(json, "path", path);
    if (size > 0) {
      json.put("size", size);
    }
    putUnlessEmpty(json, "content_type", contentType);
    putUnlessEmpty(json, "version", version);
    putUnlessEmpty(json, "node", node);
    return json;
  }

  private static void putUnlessEmpty(JsonObject json, String field, String value) {
    if (!value.isEmpty()) {
      json.put(field, value);
    }
  }

  /**
   * Reads the message of {@code backpack.events}.
   *
   * @throws RuntimeException when it is none
   */
  public static BusEvent of(JsonObject json) {
    return new BusEvent(
        json.getString("id"),
        Type.of(json.getString("type")),
        Instant.parse(json.getString("time")),
        json.getString("shard_id", ""),
        json.getString("name", ""),
        json.getString("path", ""),
        json.getLong("size", 0L),
        json.getString("content_type", ""),
        json.getString("version", ""),
        json.getString("node", ""));
  }
}
