package io.backpack.replicator;

import io.backpack.api.PhotoStore;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.ClusterView;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.backpack.queue.CopyTask;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

/** Chooses where to read a photo. */
final class Sources {
  /** How long a node that did not answer is asked last; asking it costs a whole timeout. */
  private static final long AVOIDED_NANOS = 5_000_000_000L;

  private final Map<String, Long> awayAt = new ConcurrentHashMap<>();
  private final ClusterView cluster;
  private final Function<Server, PhotoStore> nodes;

  Sources(ClusterView cluster, Function<Server, PhotoStore> nodes) {
    this.cluster = cluster;
    this.nodes = nodes;
  }

  /**
   * The nodes the task names, beginning anywhere among them, then the other nodes of the target's
   * shards: by the time a task is done, those it names may have left or lost the photo. Nodes that
   * did not answer a moment ago come last, and before them those of the original, which do not know
   * the version of what they have.
   */
  List<Source> of(CopyTask task) {
    ClusterMap map = cluster.current();
    List<String> named = new ArrayList<>(task.from());
    if (!named.isEmpty()) {
      Collections.rotate(named, ThreadLocalRandom.current().nextInt(named.size()));
    }
    Set<String> ids = new LinkedHashSet<>(named);
    for (Shard shard : map.shards().values()) {
      if (shard.nodes().contains(task.to())) {
        ids.addAll(shard.nodes());
      }
    }
    ids.remove(task.to());
    List<String> order = new ArrayList<>(ids);
    order.sort(
        Comparator.comparing((String id) -> isAway(id))
            .thenComparing(id -> map.server(id).map(Server::original).orElse(false)));
    List<Source> sources = new ArrayList<>();
    for (String id : order) {
      map.server(id).ifPresent(server -> sources.add(new Source(id, nodes.apply(server))));
    }
    return sources;
  }

  /** Takes note that a node did not answer. */
  void away(Source source) {
    awayAt.put(source.id(), System.nanoTime());
  }

  private boolean isAway(String id) {
    Long since = awayAt.get(id);
    if (since != null && System.nanoTime() - since > AVOIDED_NANOS) {
      awayAt.remove(id, since);
      return false;
    }
    return since != null;
  }
}
