package io.backpack.replicator;

import io.backpack.api.PhotoStore;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.ClusterView;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.backpack.copy.Source;
import io.backpack.queue.CopyTask;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

/** Chooses where to read a photo. */
final class Sources {
  /**
   * Where a photo may be read.
   *
   * @param ask in this order
   * @param leftAlone ids of nodes that may have it, did not answer the last time, and are not to be
   *     asked now
   */
  record Choice(List<Source> ask, List<String> leftAlone) {}

  private final ClusterView cluster;
  private final Function<Server, PhotoStore> nodes;
  private final Absences absences;

  Sources(ClusterView cluster, Function<Server, PhotoStore> nodes, Absences absences) {
    this.cluster = cluster;
    this.nodes = nodes;
    this.absences = absences;
  }

  /**
   * The nodes the task names, beginning anywhere among them, then the other nodes of the target's
   * shards: by the time a task is done, those it names may have left or lost the photo. Nodes that
   * did not answer the last time come last, or not at all, and before them those of the original,
   * which do not know the version of what they have.
   */
  Choice of(CopyTask task) {
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
        Comparator.comparing((String id) -> map.server(id).map(Server::original).orElse(false)));
    List<Source> sound = new ArrayList<>();
    List<Source> tried = new ArrayList<>();
    List<String> leftAlone = new ArrayList<>();
    for (String id : order) {
      Optional<PhotoStore> store = map.server(id).map(nodes);
      if (store.isEmpty()) {
        continue;
      }
      if (!absences.contains(id)) {
        sound.add(new Source(id, store.get()));
      } else if (absences.mayAsk(id)) {
        PhotoStore watched = new AnswerWatch(store.get(), () -> absences.answered(id));
        tried.add(new Source(id, watched));
      } else {
        leftAlone.add(id);
      }
    }
    sound.addAll(tried);
    return new Choice(List.copyOf(sound), List.copyOf(leftAlone));
  }

  /** Takes note that a node did not answer. */
  void away(Source source) {
    absences.away(source.id());
  }
}
