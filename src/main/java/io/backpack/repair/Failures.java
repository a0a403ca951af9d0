package io.backpack.repair;

import io.backpack.api.Held;
import io.backpack.api.HeldName;
import io.backpack.api.Version;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a peer has or had and this node could not get, by hash; bounded. Changed on one context,
 * asked by any thread.
 */
final class Failures {
  /**
   * One of them.
   *
   * @param peers ids of the nodes that have it, or had it
   * @param name empty when the peer could not tell it
   */
  record Failure(Held held, Set<String> peers, String name, String reason) {
    Failure {
      peers = Collections.unmodifiableSet(new TreeSet<>(peers));
    }

    /** The nodes that have it, for people. */
    String nodes() {
      return String.join(", ", peers);
    }

    /** What both say: the later write, and whoever has one. */
    private Failure and(Failure later) {
      Set<String> both = new TreeSet<>(peers);
      both.addAll(later.peers);
      Failure telling = later.name.isEmpty() && !name.isEmpty() ? this : later;
      boolean before = held.version().isAfter(later.held.version());
      return new Failure(before ? held : later.held, both, telling.name, telling.reason);
    }

    /** The same without nodes that are no peers any more; null when there is no other. */
    private Failure among(Set<String> left) {
      if (left.containsAll(peers)) {
        return this;
      }
      Set<String> still = new TreeSet<>(peers);
      still.retainAll(left);
      return still.isEmpty() ? null : new Failure(held, still, name, reason);
    }

    JsonObject toJson() {
      return new JsonObject()
          .put("name", name.isEmpty() ? null : name)
          .put("hash", HexFormat.of().toHexDigits(held.hash()))
          .put("version", held.version().hex())
          .put("node", nodes())
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
    all.merge(hash, failure, Failure::and);
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
    hashes().forEach(hash -> all.computeIfPresent(hash, (key, failure) -> failure.among(peers)));
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
