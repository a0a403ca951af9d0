package io.backpack.cluster;

import io.backpack.api.BackpackException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The layout of the map in ZooKeeper, which is that of the original Backpack. Names of znodes are
 * below the root of the cluster:
 *
 * <pre>
 *   servers-map      {"1": {"host": "10.0.0.1", "port": 8081}, ...}
 *                    and of ours: "zone": "a", "machine": "m1", "original": true
 *   shards-map       {"1": {"nodes": ["1", "2"], "read_only": true}, ...}
 *                    and of ours: "max_share": 0.3
 *   shard-size-ID    {"capacity": 107374182400, "current": 0}, bytes
 *                    and of ours: "reconciled", "warned": when a coordinator last did so
 *   queue            {"servers": [{"host": "10.0.0.1", "port": 6379}], "key": "backpack-queue"}
 * </pre>
 *
 * <p>Reading is tolerant where it is clear what was meant: ids and numbers may be JSON numbers or
 * strings, {@code read_only} may be missing. Fields not named here are none of our business; who
 * changes a znode changes the object that was read, so that they stay. All methods throw {@link
 * DamagedZnodeException}.
 */
final class MapCodec {
  static final String SERVERS = "servers-map";
  static final String SHARDS = "shards-map";
  static final String QUEUE = "queue";
  private static final String SIZE_PREFIX = "shard-size-";

  static final String HOST = "host";
  static final String PORT = "port";
  static final String ZONE = "zone";
  static final String MACHINE = "machine";
  static final String ORIGINAL = "original";
  static final String NODES = "nodes";
  static final String READ_ONLY = "read_only";
  static final String MAX_SHARE = "max_share";
  static final String CAPACITY = "capacity";
  static final String CURRENT = "current";
  static final String QUEUE_SERVERS = "servers";
  static final String QUEUE_KEY = "key";

  private MapCodec() {}

  static String sizeZnode(String shardId) {
    return SIZE_PREFIX + shardId;
  }

  /** Whether a znode right below the root is one of the map. */
  static boolean isPart(String name) {
    return name.equals(SERVERS)
        || name.equals(SHARDS)
        || name.equals(QUEUE)
        || name.startsWith(SIZE_PREFIX);
  }

  static Map<String, Server> servers(JsonObject json) {
    Map<String, Server> servers = new TreeMap<>();
    for (String id : json.fieldNames()) {
      JsonObject entry = object(SERVERS, id, json.getValue(id));
      servers.put(id, server(id, entry));
    }
    return servers;
  }

  private static Server server(String id, JsonObject entry) {
    long port = number(SERVERS, id, entry.getValue(PORT));
    try {
      return new Server(
          id,
          text(entry.getValue(HOST)),
          (int) Math.min(port, Integer.MAX_VALUE),
          text(entry.getValue(ZONE)),
          text(entry.getValue(MACHINE)),
          truth(entry.getValue(ORIGINAL)));
    } catch (BackpackException | IllegalArgumentException e) {
      throw new DamagedZnodeException(SERVERS, "server '" + id + "': " + e.getMessage());
    }
  }

  static Map<String, Shard> shards(JsonObject json) {
    Map<String, Shard> shards = new TreeMap<>();
    for (String id : json.fieldNames()) {
      JsonObject entry = object(SHARDS, id, json.getValue(id));
      List<String> nodes = new ArrayList<>();
      for (Object node : array(SHARDS, id, entry.getValue(NODES))) {
        nodes.add(text(node));
      }
      try {
        boolean readOnly = truth(entry.getValue(READ_ONLY));
        shards.put(id, new Shard(id, nodes, readOnly, share(id, entry.getValue(MAX_SHARE))));
      } catch (BackpackException | IllegalArgumentException e) {
        throw new DamagedZnodeException(SHARDS, "shard '" + id + "': " + e.getMessage());
      }
    }
    return shards;
  }

  private static double share(String shardId, Object value) {
    if (value == null) {
      return 1;
    }
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    throw new DamagedZnodeException(SHARDS, "shard '" + shardId + "': no number in " + MAX_SHARE);
  }

  static ShardSize size(String shardId, JsonObject json) {
    String znode = sizeZnode(shardId);
    long capacity = number(znode, CAPACITY, json.getValue(CAPACITY));
    long current = json.containsKey(CURRENT) ? current(shardId, json) : 0;
    return new ShardSize(capacity, Math.max(0, current));
  }

  static long current(String shardId, JsonObject json) {
    return number(sizeZnode(shardId), CURRENT, json.getValue(CURRENT));
  }

  static QueueSettings queue(JsonObject json) {
    List<QueueSettings.Endpoint> servers = new ArrayList<>();
    if (json.getValue(QUEUE_SERVERS) != null) {
      for (Object value : array(QUEUE, QUEUE_SERVERS, json.getValue(QUEUE_SERVERS))) {
        servers.add(endpoint(value));
      }
    }
    return new QueueSettings(servers, text(json.getValue(QUEUE_KEY)));
  }

  static QueueSettings.Endpoint endpoint(Object value) {
    JsonObject entry = object(QUEUE, QUEUE_SERVERS, value);
    String host = text(entry.getValue(HOST));
    long port = number(QUEUE, PORT, entry.getValue(PORT));
    if (host.isBlank() || port < 1 || port > 65535) {
      throw new DamagedZnodeException(QUEUE, "not an address: " + host + ":" + port);
    }
    return new QueueSettings.Endpoint(host, (int) port);
  }

  static JsonObject encode(Server server) {
    JsonObject json = new JsonObject().put(HOST, server.host()).put(PORT, server.port());
    putUnlessEmpty(json, ZONE, server.zone());
    putUnlessEmpty(json, MACHINE, server.machine());
    return server.original() ? json.put(ORIGINAL, true) : json;
  }

  private static void putUnlessEmpty(JsonObject json, String field, String value) {
    if (!value.isEmpty()) {
      json.put(field, value);
    }
  }

  static JsonObject encode(Shard shard) {
    JsonObject json = new JsonObject().put(NODES, nodes(shard.nodes()));
    if (shard.readOnly()) {
      json.put(READ_ONLY, true);
    }
    return shard.maxShare() < 1 ? json.put(MAX_SHARE, shard.maxShare()) : json;
  }

  static JsonArray nodes(List<String> nodes) {
    return new JsonArray(new ArrayList<>(nodes));
  }

  static JsonObject encode(QueueSettings queue) {
    JsonArray servers = new JsonArray();
    queue.servers().forEach(server -> servers.add(encode(server)));
    return new JsonObject().put(QUEUE_SERVERS, servers).put(QUEUE_KEY, queue.key());
  }

  static JsonObject encode(QueueSettings.Endpoint endpoint) {
    return new JsonObject().put(HOST, endpoint.host()).put(PORT, endpoint.port());
  }

  static JsonObject encode(ShardSize size) {
    return new JsonObject().put(CAPACITY, size.capacity()).put(CURRENT, size.current());
  }

  private static String text(Object value) {
    return value == null ? "" : value.toString();
  }

  private static boolean truth(Object value) {
    return value != null && !value.equals(false) && !value.equals(0) && !value.equals("false");
  }

  private static long number(String znode, String field, Object value) {
    if (value instanceof Number number) {
      return number.longValue();
    }
    if (value instanceof String string) {
      try {
        return Long.parseLong(string.strip());
      } catch (NumberFormatException e) {
        throw new DamagedZnodeException(znode, "'" + string + "' is no number, in " + field);
      }
    }
    throw new DamagedZnodeException(znode, "a number is missing in " + field);
  }

  private static JsonObject object(String znode, String field, Object value) {
    if (value instanceof JsonObject object) {
      return object;
    }
    throw new DamagedZnodeException(znode, "no object in " + field);
  }

  private static JsonArray array(String znode, String field, Object value) {
    if (value instanceof JsonArray array) {
      return array;
    }
    throw new DamagedZnodeException(znode, "no list in " + field);
  }
}
