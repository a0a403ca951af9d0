package io.backpack.replicator;

import io.backpack.api.HeldName;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoStore;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.ClusterView;
import io.backpack.cluster.QueueSettings;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.backpack.copy.Contexts;
import io.backpack.copy.Outcome;
import io.backpack.copy.PhotoCopier;
import io.backpack.queue.CopyQueueConsumer;
import io.backpack.queue.CopyTask;
import io.backpack.queue.LeasedTask;
import io.backpack.queue.QueueServers;
import io.backpack.queue.QueueStatus;
import io.backpack.queue.RedisCopyQueue;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicator role: one worker for each node that is in a shard, as the cluster map says at the
 * moment. Any number of replicators may run; they share the work through the queue.
 *
 * <p>Deploy it once per process. What it does not own (queue, view, stores) it does not close.
 */
public final class ReplicatorVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicatorVerticle.class);

  private final ReplicatorSettings settings;
  private final ClusterView cluster;
  private final RedisCopyQueue queue;
  private final Function<Server, PhotoStore> nodes;
  private final NodeRepairs repairs;
  private final Tuning tuning;
  private final Counters counters = new Counters();
  private final Map<String, TargetWorker> workers = new ConcurrentSkipListMap<>();
  private final Set<Future<Void>> ending = ConcurrentHashMap.newKeySet();
  private volatile BiConsumer<String, PhotoInfo> copied = (target, info) -> {};
  private volatile QueueStatus lastStatus = new QueueStatus(List.of());
  private CopyQueueConsumer consumer;
  private Sources sources;
  private PhotoCopier copier;
  private BehindTargets behind;
  private LostTargets lost;
  private boolean stopping;
  private boolean looking;

  /**
   * @param queue is told of the queue servers in the cluster map by this verticle
   * @param nodes the store of a node; called for each copy, so it should remember them. Their calls
   *     must end by themselves when a node hangs
   * @param repairs of nodes that are behind
   */
  public ReplicatorVerticle(
      ReplicatorSettings settings,
      ClusterView cluster,
      RedisCopyQueue queue,
      Function<Server, PhotoStore> nodes,
      NodeRepairs repairs) {
    this(settings, cluster, queue, nodes, repairs, Tuning.DEFAULT);
  }

  ReplicatorVerticle(
      ReplicatorSettings settings,
      ClusterView cluster,
      RedisCopyQueue queue,
      Function<Server, PhotoStore> nodes,
      NodeRepairs repairs,
      Tuning tuning) {
    this.settings = settings;
    this.cluster = cluster;
    this.queue = queue;
    this.nodes = nodes;
    this.repairs = repairs;
    this.tuning = tuning;
  }

  /** Where the queue lives, in the queue's own words. */
  public static QueueServers queueServers(QueueSettings settings) {
    return new QueueServers(
        settings.servers().stream()
            .map(server -> QueueServers.uri(server.host(), server.port()))
            .toList(),
        settings.key());
  }

  /** Calls back after each photo that was written, with the id of the target; must not block. */
  public ReplicatorVerticle onCopied(BiConsumer<String, PhotoInfo> listener) {
    copied = listener;
    return this;
  }

  /** What was done since the start. */
  public Counters counters() {
    return counters;
  }

  /** The queue as it was a moment ago; without servers right after the start. Any thread. */
  public QueueStatus queueStatus() {
    return lastStatus;
  }

  /**
   * Counters, for each target whether it is away and how much is under way, and which are behind.
   * Any thread.
   */
  public JsonObject stats() {
    JsonObject targets = new JsonObject();
    workers.forEach((target, worker) -> targets.put(target, worker.toJson()));
    JsonObject stats = counters.toJson().put("targets", targets);
    return behind == null ? stats : stats.put("behind", behind.toJson());
  }

  @Override
  public Future<?> start() {
    consumer = queue.consumer(settings.name(), settings.lease());
    sources =
        new Sources(
            cluster,
            nodes,
            new Absences(settings.backoff(), settings.maxBackoff(), System::nanoTime));
    lost = new LostTargets(context, queue, consumer, counters, tuning.grace());
    behind = new BehindTargets(context, queue, repairs, this::breaker);
    copier =
        new PhotoCopier(
            context, settings.connectTimeout().plus(settings.requestTimeout()), sources::away);
    cluster.onChange(map -> context.runOnContext(v -> follow(map)));
    follow(cluster.current());
    long period = Math.max(1, Math.min(30_000, tuning.grace().toMillis() / 4));
    vertx.setPeriodic(period, id -> sweep());
    vertx.setPeriodic(Math.max(1, tuning.look().toMillis()), id -> look());
    return Future.succeededFuture();
  }

  private void follow(ClusterMap map) {
    if (stopping) {
      return;
    }
    try {
      queue.configure(queueServers(map.queue()));
    } catch (IllegalArgumentException e) {
      LOG.error(
          "the queue settings in the cluster map are wrong, keeping the last: {}", e.getMessage());
    }
    Set<String> wanted = targets(map);
    for (String target : wanted) {
      workers.computeIfAbsent(target, this::worker).pump();
    }
    for (String target : List.copyOf(workers.keySet())) {
      if (!wanted.contains(target)) {
        end(workers.remove(target));
      }
    }
  }

  private Optional<Server> member(String id) {
    return workers.containsKey(id) ? cluster.current().server(id) : Optional.empty();
  }

  private Breaker breaker() {
    return new Breaker(settings.backoff(), settings.maxBackoff(), System::nanoTime);
  }

  /** Sees which nodes are behind. */
  private void look() {
    if (stopping || looking) {
      return;
    }
    looking = true;
    Contexts.on(context, queue.status())
        .onComplete(
            seen -> {
              looking = false;
              if (seen.succeeded() && !stopping) {
                lastStatus = seen.result();
                behind.look(lastStatus, this::member);
              }
            });
  }

  /** Nodes in a shard. */
  private static Set<String> targets(ClusterMap map) {
    Set<String> targets = new TreeSet<>();
    for (Shard shard : map.shards().values()) {
      map.serversOf(shard).forEach(server -> targets.add(server.id()));
    }
    return targets;
  }

  private TargetWorker worker(String target) {
    return new TargetWorker(
        vertx, context, target, settings, tuning, consumer, this::copy, counters);
  }

  private Future<Outcome> copy(LeasedTask leased) {
    CopyTask task = leased.task();
    Optional<Server> target = cluster.current().server(task.to());
    if (target.isEmpty()) {
      return ended(Outcome.Kind.TARGET_AWAY, "it has just left the cluster map");
    }
    PhotoStore store = nodes.apply(target.get());
    HeldName write = new HeldName(task.name(), task.version(), task.tombstone());
    if (task.tombstone()) {
      return copier.copy(write, List.of(), store);
    }
    Sources.Choice from = sources.of(task);
    if (from.ask().isEmpty() && !from.leftAlone().isEmpty()) {
      return ended(Outcome.Kind.SOURCE_AWAY, silent(from));
    }
    return copier
        .copy(write, from.ask(), store)
        .onSuccess(outcome -> outcome.copied().ifPresent(info -> copied.accept(task.to(), info)))
        .map(
            outcome ->
                outcome.kind() == Outcome.Kind.FAILED && !from.leftAlone().isEmpty()
                    ? Outcome.not(Outcome.Kind.SOURCE_AWAY, outcome.reason() + "; " + silent(from))
                    : outcome);
  }

  private static Future<Outcome> ended(Outcome.Kind kind, String reason) {
    return Future.succeededFuture(Outcome.not(kind, reason));
  }

  private static String silent(Sources.Choice from) {
    return "no answer a moment ago from node " + String.join(", ", from.leftAlone());
  }

  private void end(TargetWorker worker) {
    Future<Void> ended = worker.stop();
    ending.add(ended);
    ended.onComplete(done -> ending.remove(ended));
  }

  private void sweep() {
    if (!stopping && cluster.live()) {
      lost.sweep(() -> targets(cluster.current()), lastStatus.marks());
    }
  }

  /** Lets the copies under way end for a while; those that do not are left to their lease. */
  @Override
  public Future<?> stop() {
    stopping = true;
    lost.stop();
    List.copyOf(workers.values()).forEach(this::end);
    workers.clear();
    return Future.join(List.copyOf(ending))
        .timeout(tuning.stopping().toMillis(), TimeUnit.MILLISECONDS)
        .otherwise(
            late -> {
              LOG.info("some copies did not end in time, another replicator will make them");
              return null;
            });
  }
}
