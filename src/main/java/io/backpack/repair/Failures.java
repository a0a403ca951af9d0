package io.backpack.repair;

import io.backpack.api.Held;
import io.backpack.api.HeldName;
import io.backpack.api.Version;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a peer has and this node could not get, by hash; bounded. Changed on one context, asked by
 * any thread.
 */
final class Failures {
  /**
   * One of them.
   *
   * @param peer id of the node that has it
   * @param name empty when the peer could not tell it
   */
  record Failure(Held held, String peer, String name, String reason) {
    JsonObject toJson() {
      return new JsonObject()
          .put("name", name.isEmpty() ? null : name)
          .put("hash", HexFormat.of().toHexDigits(held.hash()))
          .put("version", held.version().hex())
          .put("node", peer)
          .put("reason", reason);
    }
  }

  private final Map<Long, Failure> all = new ConcurrentHashMap<>();
  private final int max;

  Failures(int max) {
    this.max = max;
  }

  /** Whether it could be remembered. */
  boolean add(Failure failure) {
    long hash = failure.held().hash();
    if (all.size() >= max && !all.containsKey(hash)) {
      return false;
    }
    all.put(hash, failure);
    return true;
  }

  Failure get(long hash) {
    return all.isEmpty() ? null : all.get(hash);
  }

  void remove(long hash) {
    all.remove(hash);
  }

  /** Forgets what only nodes have that are no peers any more. */
  void retainPeers(Set<String> peers) {
    all.values().removeIf(failure -> !peers.contains(failure.peer()));
  }

  /** Forgets one that this node has by now. */
  void stands(long hash, HeldName now) {
    Failure failure = all.get(hash);
    if (failure != null) {
      Version wanted = failure.held().version();
      if (!wanted.isAfter(now.version())) {
        all.remove(hash);
      }
    }
  }

  List<Long> hashes() {
    return new ArrayList<>(all.keySet());
  }

  List<Failure> first(int count) {
    return all.values().stream().limit(count).toList();
  }

  int size() {
    return all.size();
  }
}
