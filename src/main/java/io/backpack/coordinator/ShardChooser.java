package io.backpack.coordinator;

import io.backpack.api.PhotoName;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.backpack.cluster.ShardSize;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Chooses a shard for a name by weighted rendezvous hashing (Wang, Ravishankar 1996; score {@code
 * -w / ln(u)}, Schindelhauer, Schomaker 2005): each writable shard gets a score from its weight and
 * the hash of shard and name, the highest takes the photo. The same name goes to the same shard on
 * every coordinator for as long as the weights stay, and a new shard takes photos from each of the
 * others in proportion, moving none between those.
 *
 * <p>The weight is the free share in {@link #STEPS} steps. It falls as soon as a step is used up
 * and rises only half a step later, so deletes around a border do not make it swing; coordinators
 * of different age may for a while be a step apart. No shard is given more than the maximal share,
 * that of all or its own, while others can take the rest. Full shards are out, and those that have
 * only nodes of the original, which do not sync. While no size at all is known, all weigh the same.
 *
 * <p>Safe for use by any thread.
 */
final class ShardChooser {
  static final int STEPS = 16;
  private static final double RISE_MARGIN = 0.5;
  private static final Duration NO_SPACE_MEMORY = Duration.ofSeconds(30);

  private record Candidate(Shard shard, long hash, double weight) {}

  private record Scored(Shard shard, boolean noSpace, double score) {}

  private record Plan(ClusterMap map, List<Candidate> candidates) {
    // A snapshot is replaced as a whole, so the same one is the same object; comparing the contents
    // of two would cost as much as making the plan.
    @SuppressWarnings("ReferenceEquality")
    boolean isFor(ClusterMap other) {
      return map == other;
    }
  }

  private final double maxShare;
  private final LongSupplier nanos;
  private final Consumer<String> onFull;
  private final Map<String, Integer> levels = new HashMap<>();
  private final Map<String, Long> noSpaceUntil = new ConcurrentHashMap<>();
  private volatile Plan plan = new Plan(ClusterMap.EMPTY, List.of());

  /**
   * @param maxShare above 0, up to 1
   * @param onFull gets the id of a shard each time it becomes full
   */
  ShardChooser(double maxShare, LongSupplier nanos, Consumer<String> onFull) {
    this.maxShare = maxShare;
    this.nanos = nanos;
    this.onFull = onFull;
  }

  /** The shards that may take a photo of this name, the right one first; none when all are full. */
  List<Shard> order(PhotoName name, ClusterMap map) {
    long nameHash = NameHash.of(name);
    List<Scored> scored = new ArrayList<>();
    for (Candidate each : planFor(map).candidates) {
      double score = -each.weight / Math.log(NameHash.unit(each.hash, nameHash));
      scored.add(new Scored(each.shard, hasNoSpace(each.shard.id()), score));
    }
    scored.sort(
        Comparator.comparing(Scored::noSpace)
            .thenComparing(Comparator.comparingDouble(Scored::score).reversed())
            .thenComparing(each -> each.shard.id()));
    return scored.stream().map(Scored::shard).toList();
  }

  /**
   * Notes that the nodes of a shard had no room, whatever the map says: it comes last for a while.
   */
  void noSpace(String shardId) {
    long until = nanos.getAsLong() + NO_SPACE_MEMORY.toNanos();
    if (noSpaceUntil.put(shardId, until) == null) {
      onFull.accept(shardId);
    }
  }

  private boolean hasNoSpace(String shardId) {
    Long until = noSpaceUntil.get(shardId);
    if (until == null) {
      return false;
    }
    if (until - nanos.getAsLong() > 0) {
      return true;
    }
    noSpaceUntil.remove(shardId, until);
    return false;
  }

  private Plan planFor(ClusterMap map) {
    Plan known = plan;
    return known.isFor(map) ? known : replan(map);
  }

  private Plan replan(ClusterMap map) {
    List<String> filled = new ArrayList<>();
    Plan fresh;
    synchronized (this) {
      if (plan.isFor(map)) {
        return plan;
      }
      levels.keySet().retainAll(map.shards().keySet());
      noSpaceUntil.keySet().retainAll(map.shards().keySet());
      List<Shard> measured = new ArrayList<>();
      List<Shard> unmeasured = new ArrayList<>();
      for (Shard shard : map.shards().values()) {
        if (shard.readOnly() || shard.nodes().isEmpty() || onlyOriginals(map, shard)) {
          continue;
        }
        ShardSize size = map.size(shard.id());
        if (size.capacity() <= 0) {
          levels.remove(shard.id());
          unmeasured.add(shard);
        } else if (level(shard.id(), size.freeRatio(), filled) > 0) {
          measured.add(shard);
        }
      }
      fresh = new Plan(map, candidates(measured, unmeasured));
      plan = fresh;
    }
    filled.forEach(onFull);
    return fresh;
  }

  private static boolean onlyOriginals(ClusterMap map, Shard shard) {
    return shard.nodes().stream()
        .allMatch(id -> map.server(id).map(Server::original).orElse(false));
  }

  private int level(String id, double freeRatio, List<String> filled) {
    double steps = freeRatio * STEPS;
    int exact = (int) Math.ceil(steps);
    Integer before = levels.get(id);
    boolean keep = before != null && exact > before && steps < before + RISE_MARGIN;
    int level = keep ? before : exact;
    levels.put(id, level);
    if (level == 0 && before != null && before > 0) {
      filled.add(id);
    }
    return level;
  }

  private List<Candidate> candidates(List<Shard> measured, List<Shard> unmeasured) {
    List<Shard> shards = measured.isEmpty() ? unmeasured : measured;
    double[] weights =
        shards.stream().mapToDouble(shard -> levels.getOrDefault(shard.id(), 1)).toArray();
    double[] own = shards.stream().mapToDouble(Shard::maxShare).toArray();
    double[] shares = capped(weights, maxShare, own);
    List<Candidate> candidates = new ArrayList<>();
    for (int i = 0; i < shares.length; i++) {
      Shard shard = shards.get(i);
      candidates.add(new Candidate(shard, NameHash.of(shard.id()), shares[i]));
    }
    return List.copyOf(candidates);
  }

  /**
   * Shares in proportion to the weights, none above the cap or its own: what a capped one leaves
   * goes to the others. Where not all would be given away, the common cap gives way first, as far
   * as it must; and where the own ones leave something, they all do in proportion.
   */
  static double[] capped(double[] weights, double cap, double[] own) {
    int n = weights.length;
    double sum = Arrays.stream(own).sum();
    double[] limits = new double[n];
    if (sum <= 1) {
      Arrays.setAll(limits, i -> own[i] / sum);
    } else {
      double[] equal = new double[n];
      Arrays.fill(equal, 1);
      double needed = Arrays.stream(filled(equal, own)).max().orElse(1);
      Arrays.setAll(limits, i -> Math.min(own[i], Math.max(cap, needed)));
    }
    return filled(weights, limits);
  }

  /** Shares of a whole in proportion to the weights, as far as limits allow that add up to more. */
  private static double[] filled(double[] weights, double[] limits) {
    int n = weights.length;
    double[] shares = new double[n];
    boolean[] atLimit = new boolean[n];
    double left = 1;
    double open = Arrays.stream(weights).sum();
    boolean again = true;
    while (again) {
      again = false;
      for (int i = 0; i < n; i++) {
        if (!atLimit[i] && weights[i] * left > limits[i] * open * (1 + 1e-9)) {
          atLimit[i] = true;
          shares[i] = limits[i];
          left -= limits[i];
          open -= weights[i];
          again = true;
        }
      }
    }
    for (int i = 0; i < n; i++) {
      if (!atLimit[i]) {
        shares[i] = weights[i] * left / open;
      }
    }
    return shares;
  }
}
