package io.backpack.cluster;

import io.backpack.api.BackpackException;
import io.backpack.api.DataSize;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a cluster map must not say. Each rule throws: {@link ErrorCode#BAD_REQUEST} for values that
 * are wrong in themselves, {@link ErrorCode#NOT_FOUND} or {@link ErrorCode#UNKNOWN_SHARD} for what
 * the map does not have, {@link ErrorCode#EXISTS} for what does not go with the rest of the map.
 */
final class MapRules {
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}");
  private static final Pattern QUEUE_KEY = Pattern.compile("[A-Za-z0-9._:-]{1,100}");

  private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9._-]{0,64}");

  private MapRules() {}

  static void checkId(String what, String id) {
    try {
      PhotoAddress.checkId(what, id);
    } catch (BackpackException e) {
      throw bad("'" + id + "': " + e.getMessage());
    }
  }

  static void checkAddress(String host, int port) {
    if (!HOST.matcher(host).matches()) {
      throw bad("'" + host + "' is not a host name or address");
    }
    if (port < 1 || port > 65535) {
      throw bad("the port is a number from 1 to 65535, not " + port);
    }
  }

  static void checkCapacity(DataSize capacity) {
    if (capacity.bytes() <= 0) {
      throw bad("the capacity of a shard is more than 0 bytes");
    }
  }

  static void checkShare(double share) {
    if (!(share > 0 && share <= 1)) {
      throw bad("the share of a shard is a number above 0 and up to 1, not " + share);
    }
  }

  /** A zone or machine, or nothing. */
  static void checkLabel(String what, String label) {
    if (!LABEL.matcher(label).matches()) {
      throw bad("a " + what + " is up to 64 letters, digits, '.', '_' or '-', not '" + label + "'");
    }
  }

  static void checkQueue(QueueSettings queue) {
    if (!QUEUE_KEY.matcher(queue.key()).matches()) {
      throw bad(
          "the key is 1 to 100 letters, digits, '.', '_', ':' or '-', not '" + queue.key() + "'");
    }
    Set<String> seen = new HashSet<>();
    for (QueueSettings.Endpoint server : queue.servers()) {
      if (!server.isLocal()) {
        checkAddress(server.host(), server.port());
      }
      if (!seen.add(server.toString().toLowerCase(Locale.ROOT))) {
        throw bad(server + " is named twice");
      }
    }
  }

  /** No two servers may share an address; {@code id} may have it already. */
  static void checkAddressFree(Map<String, Server> servers, String id, String host, int port) {
    for (Server server : servers.values()) {
      if (!server.id().equals(id)
          && server.port() == port
          && server.host().equalsIgnoreCase(host)) {
        throw conflict(
            "server " + server.id() + " has the address " + host + ":" + port + " already");
      }
    }
  }

  static void checkUnused(Map<String, Shard> shards, String serverId) {
    for (Shard shard : shards.values()) {
      if (shard.nodes().contains(serverId)) {
        throw conflict(
            "server " + serverId + " is in shard " + shard.id() + "; remove the shard first");
      }
    }
  }

  /** nginx, which tells shards apart by their ids, does not tell upper from lower case. */
  static void checkCase(Map<String, Shard> shards, String id) {
    for (String other : shards.keySet()) {
      if (!other.equals(id) && other.equalsIgnoreCase(id)) {
        throw conflict(
            "there is a shard "
                + other
                + ", which nginx could not tell from "
                + id
                + ": take an id that differs in more than upper and lower case");
      }
    }
  }

  /** The nodes of a new shard: known, each once, in no other shard. */
  static void checkNodes(
      Map<String, Server> servers, Map<String, Shard> shards, List<String> nodes) {
    if (nodes.isEmpty()) {
      throw bad("a shard needs at least one node");
    }
    Set<String> seen = new HashSet<>();
    for (String node : nodes) {
      checkId("node", node);
      if (!seen.add(node)) {
        throw bad("node " + node + " is named twice");
      }
      checkKnown(servers, node);
      for (Shard other : shards.values()) {
        if (other.nodes().contains(node)) {
          throw conflict("node " + node + " is in shard " + other.id() + " already");
        }
      }
    }
  }

  static void checkKnown(Map<String, Server> servers, String id) {
    if (!servers.containsKey(id)) {
      throw new BackpackException(
          ErrorCode.NOT_FOUND,
          "there is no server " + id + " in the cluster map, known are " + servers.keySet());
    }
  }

  static void checkKnownShard(Map<String, Shard> shards, String id) {
    if (!shards.containsKey(id)) {
      throw new BackpackException(
          ErrorCode.UNKNOWN_SHARD,
          "there is no shard " + id + " in the cluster map, known are " + shards.keySet());
    }
  }

  static BackpackException bad(String message) {
    return new BackpackException(ErrorCode.BAD_REQUEST, message);
  }

  static BackpackException conflict(String message) {
    return new BackpackException(ErrorCode.EXISTS, message);
  }
}
