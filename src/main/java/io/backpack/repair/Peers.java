package io.backpack.repair;

import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.backpack.copy.Source;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The other nodes of the shards of a node. Used on one context. */
final class Peers {
  private final String self;
  private final Function<Server, RepairPeer> reach;
  private final Map<String, PeerState> all = new TreeMap<>();

  Peers(String self, Function<Server, RepairPeer> reach) {
    this.self = self;
    this.reach = reach;
  }

  /**
   * Takes over who is a peer. A map that is not current may lack the node, and says nothing then.
   *
   * @param live the map is known to be current
   */
  void follow(ClusterMap map, boolean live) {
    Map<String, Server> wanted = new TreeMap<>();
    boolean member = false;
    for (Shard shard : map.shards().values()) {
      if (shard.nodes().contains(self)) {
        member = true;
        map.serversOf(shard).forEach(server -> wanted.put(server.id(), server));
      }
    }
    wanted.remove(self);
    if (!member && !live) {
      return;
    }
    all.keySet().retainAll(wanted.keySet());
    for (Server server : wanted.values()) {
      PeerState old = all.get(server.id());
      if (old == null
          || !old.server.url().equals(server.url())
          || old.server.original() != server.original()) {
        PeerState fresh = new PeerState(server, reach.apply(server));
        fresh.compared = old != null && old.compared && fresh.tells();
        fresh.deletesFetched = old != null && old.deletesFetched;
        fresh.deletesWanted = !fresh.deletesFetched;
        all.put(server.id(), fresh);
      }
    }
  }

  boolean contains(PeerState peer) {
    return all.get(peer.id) == peer;
  }

  Set<String> ids() {
    return all.keySet();
  }

  Collection<PeerState> list() {
    return all.values();
  }

  /** Makes every peer be compared at once. */
  void dueNow() {
    all.values().forEach(PeerState::dueNow);
  }

  /** The same, and none counts as compared before that. */
  void doubt() {
    all.values().forEach(PeerState::doubt);
    dueNow();
  }

  /** Those that say what they have. */
  List<PeerState> telling() {
    return all.values().stream().filter(PeerState::tells).toList();
  }

  /** The deletes of all are asked for anew. */
  void wantDeletes() {
    all.values().forEach(peer -> peer.deletesWanted = true);
  }

  /** The same for those whose deletes could not be had until now. */
  void wantMissedDeletes() {
    all.values().forEach(peer -> peer.deletesWanted |= !peer.deletesFetched);
  }

  /** Those whose deletes are to be asked for. */
  List<PeerState> wantingDeletes() {
    return all.values().stream().filter(peer -> peer.tells() && peer.deletesWanted).toList();
  }

  /** Those whose time has come. */
  List<PeerState> due() {
    long now = System.nanoTime();
    return all.values().stream().filter(peer -> peer.due && now - peer.retryNanos >= 0).toList();
  }

  /** Until the next one is due; at most so much. */
  long millisToDue(long most) {
    long millis = most;
    for (PeerState peer : all.values()) {
      if (peer.due) {
        millis = Math.min(millis, (peer.retryNanos - System.nanoTime()) / 1_000_000 + 1);
      }
    }
    return Math.max(1, millis);
  }

  /** All others: further places of a photo. */
  List<Source> sourcesBeside(PeerState peer) {
    List<Source> sources = new ArrayList<>();
    for (PeerState other : all.values()) {
      if (other != peer) {
        sources.add(new Source(other.id, other.peer.store()));
      }
    }
    return sources;
  }

  /** What is still to be done before the node knows all names; empty for nothing. */
  String waitingFor() {
    return all.values().stream()
        .filter(peer -> !peer.compared)
        .map(peer -> "node " + peer.id + (peer.why.isEmpty() ? "" : " (" + peer.why + ")"))
        .collect(
            Collectors.collectingAndThen(
                Collectors.joining(", "),
                nodes -> nodes.isEmpty() ? "" : "it has not taken over all of " + nodes));
  }
}
