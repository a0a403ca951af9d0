package io.backpack.repair;

import io.backpack.api.Version;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Deletes that peers have and this node could not take over, by hash; bounded for each peer. A
 * photo that one of them deletes is not given out. Changed on one context, asked by any thread.
 */
final class Untaken {
  private final Map<String, Map<Long, Version>> peers = new ConcurrentHashMap<>();
  private final int max;

  /** Whether there is one, and whether a peer has more than are remembered. */
  private volatile boolean any;

  private volatile boolean tooMany;

  /**
   * @param max of each peer
   */
  Untaken(int max) {
    this.max = max;
  }

  /** What was found while the deletes of a peer are taken over, beside what was before. */
  void add(String peer, Map<Long, Version> found) {
    if (!found.isEmpty()) {
      Map<Long, Version> all = new HashMap<>(peers.getOrDefault(peer, Map.of()));
      found.forEach(
          (hash, version) -> {
            if (all.size() <= max || all.containsKey(hash)) {
              all.merge(hash, version, Untaken::later);
            }
          });
      all(peer, all);
    }
  }

  private static Version later(Version a, Version b) {
    return a.isAfter(b) ? a : b;
  }

  /** What was found when all deletes of a peer were gone through. */
  void all(String peer, Map<Long, Version> found) {
    if (found.isEmpty()) {
      peers.remove(peer);
    } else {
      peers.put(peer, Map.copyOf(found));
    }
    note();
  }

  private void note() {
    tooMany = peers.values().stream().anyMatch(each -> each.size() > max);
    any = !peers.isEmpty();
  }

  /** So many are worth remembering; the last says that there are more. */
  int most() {
    return max + 1;
  }

  /** Forgets those of nodes that are no peers any more. */
  void retainPeers(Set<String> left) {
    if (peers.keySet().retainAll(left)) {
      note();
    }
  }

  boolean of(String peer) {
    return peers.containsKey(peer);
  }

  boolean any() {
    return any;
  }

  boolean tooMany() {
    return tooMany;
  }

  /** Whether a photo of this version is deleted by one of them. */
  boolean deletes(long hash, Version found) {
    for (Map<Long, Version> each : peers.values()) {
      Version deleted = each.get(hash);
      if (deleted != null && !found.isAfter(deleted)) {
        return true;
      }
    }
    return false;
  }
}
