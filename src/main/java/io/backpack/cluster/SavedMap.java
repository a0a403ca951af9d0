package io.backpack.cluster;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last cluster map on disk, for a start while ZooKeeper is away: {@code cluster-map.json} with
 * {@code {"format": 1, "root", "saved", "servers-map", "shards-map", "queue", "shard-sizes"}}, the
 * parts as {@link MapCodec} has them. Problems are logged, never thrown: it is a fallback.
 */
final class SavedMap {
  private static final Logger log = LoggerFactory.getLogger(SavedMap.class);

  private static final String FILE = "cluster-map.json";
  private static final int FORMAT = 1;
  private static final String SIZES = "shard-sizes";

  private final Optional<Path> file;
  private final String root;
  private boolean failed;

  SavedMap(ClusterSettings settings) {
    this.file = settings.stateDir().map(directory -> directory.resolve(FILE));
    this.root = settings.root();
  }

  /** Empty when there is none, or it cannot be used. */
  Optional<ClusterMap> load() {
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try {
      Optional<JsonObject> json = StateFile.read(file.get());
      if (json.isPresent() && !root.equals(json.get().getValue("root"))) {
        log.warn(
            "{} is of another cluster, root {}: not used", file.get(), json.get().getValue("root"));
        return Optional.empty();
      }
      return json.map(SavedMap::decode);
    } catch (IOException | DamagedZnodeException e) {
      log.warn("the saved cluster map cannot be used: {}", e.getMessage());
      return Optional.empty();
    } catch (ClassCastException e) {
      log.warn("the saved cluster map in {} cannot be used: it is damaged", file.get());
      return Optional.empty();
    }
  }

  void save(ClusterMap map) {
    if (file.isEmpty()) {
      return;
    }
    try {
      StateFile.write(file.get(), encode(map).put("root", root));
      failed = false;
    } catch (IOException e) {
      if (!failed) {
        log.warn("the cluster map cannot be saved to {}: {}", file.get(), e.toString());
      }
      failed = true;
    }
  }

  private static JsonObject encode(ClusterMap map) {
    JsonObject servers = new JsonObject();
    map.servers().forEach((id, server) -> servers.put(id, MapCodec.encode(server)));
    JsonObject shards = new JsonObject();
    map.shards().forEach((id, shard) -> shards.put(id, MapCodec.encode(shard)));
    JsonObject sizes = new JsonObject();
    map.sizes().forEach((id, size) -> sizes.put(id, MapCodec.encode(size)));
    return new JsonObject()
        .put("format", FORMAT)
        .put("saved", Instant.now().toString())
        .put(MapCodec.SERVERS, servers)
        .put(MapCodec.SHARDS, shards)
        .put(MapCodec.QUEUE, MapCodec.encode(map.queue()))
        .put(SIZES, sizes);
  }

  private static ClusterMap decode(JsonObject json) {
    if (!Integer.valueOf(FORMAT).equals(json.getValue("format"))) {
      throw new DamagedZnodeException(FILE, "its format is not " + FORMAT);
    }
    Map<String, ShardSize> sizes = new TreeMap<>();
    JsonObject savedSizes = json.getJsonObject(SIZES, new JsonObject());
    for (String id : savedSizes.fieldNames()) {
      sizes.put(id, MapCodec.size(id, savedSizes.getJsonObject(id)));
    }
    return new ClusterMap(
        MapCodec.servers(json.getJsonObject(MapCodec.SERVERS, new JsonObject())),
        MapCodec.shards(json.getJsonObject(MapCodec.SHARDS, new JsonObject())),
        sizes,
        MapCodec.queue(json.getJsonObject(MapCodec.QUEUE, new JsonObject())));
  }
}
