package io.backpack.cluster;

import io.backpack.api.DataSize;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What may be done to the shards of a draft of the map. Refuses by {@link MapRules}. */
final class ShardEdits {
  private final MapDraft draft;
  private final Map<String, Server> servers;
  private final Map<String, Shard> shards;

  ShardEdits(MapDraft draft) {
    this.draft = draft;
    this.servers = draft.decodedServers();
    this.shards = draft.decodedShards();
  }

  /** Adds a read-only shard; returns what is unwise about it. */
  List<String> add(String id, List<String> nodes, DataSize capacity, boolean force) {
    if (shards.containsKey(id)) {
      throw MapRules.conflict("shard " + id + " exists already");
    }
    MapRules.checkCase(shards, id);
    MapRules.checkNodes(servers, shards, nodes);
    List<String> unwise = checkPlaces(nodes, force);
    if (draft.size(id).isPresent()) {
      throw MapRules.conflict(
          "there is no shard "
              + id
              + " but its size, at "
              + draft.pathOfSize(id)
              + ": it was removed by hand; delete that znode or take another id");
    }
    draft.shards().put(id, MapCodec.encode(new Shard(id, nodes, true)));
    draft.createSize(id, new ShardSize(capacity.bytes(), 0));
    return unwise;
  }

  /** Lays new shards on the servers that are in none. */
  Map<String, List<String>> addAll(
      int copies, Optional<DataSize> capacity, Optional<Integer> count) {
    Map<String, List<String>> added = new TreeMap<>(Placement.NATURAL);
    List<Server> spares = spares();
    List<List<String>> laid = Placement.lay(spares, copies, count.orElse(Integer.MAX_VALUE));
    if (laid.isEmpty() || count.isPresent() && laid.size() < count.get()) {
      throw MapRules.conflict(
          "the "
              + spares.size()
              + " servers that are in no shard, on "
              + spares.stream().map(Server::place).distinct().count()
              + " machines, are enough for "
              + laid.size()
              + " shards of "
              + copies
              + " nodes on different machines");
    }
    for (List<String> nodes : laid) {
      String id = freeId(added.keySet());
      added.put(id, nodes);
      capacity.ifPresent(size -> add(id, nodes, size, false));
    }
    return added;
  }

  private List<Server> spares() {
    Set<String> used = new HashSet<>();
    shards.values().forEach(shard -> used.addAll(shard.nodes()));
    return servers.values().stream()
        .filter(server -> !server.original() && !used.contains(server.id()))
        .toList();
  }

  /** The lowest number that no shard has, nor the size of one that was removed by hand. */
  private String freeId(Collection<String> taken) {
    for (int i = 1; ; i++) {
      String id = Integer.toString(i);
      if (!shards.containsKey(id) && !taken.contains(id) && draft.size(id).isEmpty()) {
        return id;
      }
    }
  }

  /** Changes a shard; returns what is unwise about it, or is to be done next. */
  List<String> change(String id, ShardChange change, boolean force) {
    Shard shard = known(id);
    List<String> advice = new ArrayList<>();
    change.capacity().ifPresent(capacity -> capacity(id, capacity));
    change
        .maxShare()
        .ifPresent(
            share -> {
              MapRules.checkShare(share);
              if (share < 1) {
                draft.shards().getJsonObject(id).put(MapCodec.MAX_SHARE, share);
              } else {
                draft.shards().getJsonObject(id).remove(MapCodec.MAX_SHARE);
              }
            });
    change.nodes().ifPresent(nodes -> advice.addAll(nodes(shard, nodes, force)));
    return advice;
  }

  private void capacity(String id, DataSize capacity) {
    MapRules.checkCapacity(capacity);
    Optional<Znode> size = draft.size(id);
    if (size.isPresent()) {
      draft.setSize(size.get(), size.get().json().put(MapCodec.CAPACITY, capacity.bytes()));
    } else {
      draft.createSize(id, new ShardSize(capacity.bytes(), 0));
    }
  }

  private List<String> nodes(Shard shard, List<String> nodes, boolean force) {
    Map<String, Shard> others = new TreeMap<>(shards);
    others.remove(shard.id());
    MapRules.checkNodes(servers, others, nodes);
    List<String> leaving = new ArrayList<>(shard.nodes());
    leaving.removeAll(nodes);
    List<String> coming = new ArrayList<>(nodes);
    coming.removeAll(shard.nodes());
    boolean holdsPhotos =
        draft
            .size(shard.id())
            .map(size -> MapCodec.size(shard.id(), size.json()).current() > 0)
            .orElse(true);
    if (holdsPhotos && !force) {
      checkLeaving(shard, leaving);
    }
    List<String> advice =
        coming.isEmpty() && leaving.isEmpty() ? new ArrayList<>() : checkPlaces(nodes, force);
    if (!coming.isEmpty()) {
      advice.add(
          "nodes "
              + coming
              + " bring themselves the photos of shard "
              + shard.id()
              + "; what they hold of another shard would become a part of it");
    }
    if (!leaving.isEmpty() && holdsPhotos) {
      advice.add(
          "keep nodes "
              + leaving
              + " running until the queue is empty and the others have repaired themselves: a copy"
              + " may be on them only");
    }
    draft.shards().getJsonObject(shard.id()).put(MapCodec.NODES, MapCodec.nodes(nodes));
    return advice;
  }

  /** What is stored must be left on a node that was there long enough to have it. */
  private void checkLeaving(Shard shard, List<String> leaving) {
    List<String> staying = new ArrayList<>(shard.nodes());
    staying.removeAll(leaving);
    if (!leaving.isEmpty() && staying.isEmpty()) {
      throw MapRules.conflict(
          "nodes "
              + leaving
              + " are all that have the photos of shard "
              + shard.id()
              + ": at least one must stay until new ones have them; --force takes them all");
    }
    if (leaving.size() > 1) {
      throw MapRules.conflict(
          "nodes "
              + leaving
              + " would leave shard "
              + shard.id()
              + " at once: take one at a time, since a photo may be on two of them only; --force"
              + " takes them all");
    }
  }

  /** Two nodes of one machine are refused; returns what is unwise otherwise. */
  private List<String> checkPlaces(List<String> nodes, boolean force) {
    Set<String> seen = new HashSet<>();
    Set<String> shared = new TreeSet<>();
    Set<String> zones = new TreeSet<>();
    for (String node : nodes) {
      Server server = servers.get(node);
      zones.add(server.zone());
      if (!seen.add(server.place())) {
        shared.add(server.place());
      }
    }
    List<String> unwise = new ArrayList<>();
    if (!shared.isEmpty()) {
      String what =
          "more than one node of the shard is on "
              + String.join(", ", shared)
              + ": all of its copies there are lost together";
      if (!force) {
        throw MapRules.conflict(what + "; --force does it anyway");
      }
      unwise.add(what);
    }
    boolean others =
        servers.values().stream()
            .anyMatch(server -> !server.zone().isEmpty() && !zones.contains(server.zone()));
    String zone = zones.iterator().next();
    if (nodes.size() > 1 && zones.size() == 1 && !zone.isEmpty() && others) {
      unwise.add("all nodes of the shard are in zone " + zone + ", and there are others");
    }
    return unwise;
  }

  private Shard known(String id) {
    MapRules.checkKnownShard(shards, id);
    return shards.get(id);
  }

  /** Takes a shard out of the map. */
  void remove(String id, boolean force) {
    MapRules.checkKnownShard(shards, id);
    Optional<Znode> size = draft.size(id);
    long bytes = force || size.isEmpty() ? 0 : MapCodec.size(id, size.get().json()).current();
    if (bytes > 0) {
      throw MapRules.conflict(
          "shard "
              + id
              + " holds "
              + new DataSize(bytes).forPeople()
              + " of photos, which could not be read any more; --force removes it anyway");
    }
    size.ifPresent(draft::deleteSize);
    draft.shards().remove(id);
  }

  /** Lets a shard take new photos; false when it does already. */
  boolean enable(String id) {
    Shard shard = known(id);
    if (shard.nodes().isEmpty()) {
      throw MapRules.conflict("shard " + id + " has no nodes");
    }
    shard.nodes().forEach(node -> MapRules.checkKnown(servers, node));
    if (shard.nodes().stream().map(servers::get).allMatch(Server::original)) {
      throw MapRules.conflict(
          "shard " + id + " has only nodes of the original, on which no promise can stand");
    }
    draft.shards().getJsonObject(id).remove(MapCodec.READ_ONLY);
    return shard.readOnly();
  }

  /** Keeps a shard from taking new photos; false when it takes none already. */
  boolean disable(String id) {
    Shard shard = known(id);
    draft.shards().getJsonObject(id).put(MapCodec.READ_ONLY, true);
    return !shard.readOnly();
  }
}
