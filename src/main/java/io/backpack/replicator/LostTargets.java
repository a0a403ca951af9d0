package io.backpack.replicator;

import io.backpack.copy.Contexts;
import io.backpack.queue.BehindMark;
import io.backpack.queue.CopyQueueConsumer;
import io.backpack.queue.LeasedTask;
import io.backpack.queue.RedisCopyQueue;
import io.vertx.core.Context;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives up what the queue has for nodes that have not been in a shard for the whole grace. Lives on
 * one context.
 */
final class LostTargets {
  private static final Logger LOG = LoggerFactory.getLogger(LostTargets.class);
  private static final int BURIED_AT_A_TIME = 100;

  private final Context context;
  private final RedisCopyQueue queue;
  private final CopyQueueConsumer consumer;
  private final Counters counters;
  private final Duration grace;
  private final Map<String, Long> leftAt = new HashMap<>();
  private boolean stopping;

  LostTargets(
      Context context,
      RedisCopyQueue queue,
      CopyQueueConsumer consumer,
      Counters counters,
      Duration grace) {
    this.context = context;
    this.queue = queue;
    this.consumer = consumer;
    this.counters = counters;
    this.grace = grace;
  }

  /**
   * Looks which nodes are gone.
   *
   * @param members nodes in a shard, by a map that is known to be current
   * @param marks of all nodes
   */
  void sweep(Supplier<Set<String>> members, List<BehindMark> marks) {
    Contexts.on(context, queue.targets())
        .onSuccess(
            known -> {
              Set<String> gone = new HashSet<>(known);
              gone.removeAll(members.get());
              leftAt.keySet().retainAll(gone);
              for (String target : gone) {
                long left = leftAt.computeIfAbsent(target, id -> System.nanoTime());
                if (System.nanoTime() - left >= grace.toNanos()) {
                  consumer.servers().forEach(server -> buryAll(server, target));
                  marks.stream().filter(mark -> mark.target().equals(target)).forEach(this::forget);
                }
              }
            })
        .onFailure(failure -> LOG.debug("looking for lost targets: {}", failure.getMessage()));
  }

  private void buryAll(String server, String target) {
    Contexts.on(context, consumer.take(server, target, BURIED_AT_A_TIME))
        .onSuccess(
            tasks -> {
              for (LeasedTask task : tasks) {
                counters.dead.increment();
                consumer
                    .bury(task, "node " + target + " is in no shard of the cluster map")
                    .onFailure(
                        failure -> LOG.debug("lease {}: {}", task.origin(), failure.getMessage()));
              }
              if (!tasks.isEmpty()) {
                LOG.warn(
                    "gave up {} copies to node {}, which left the cluster", tasks.size(), target);
                if (!stopping) {
                  buryAll(server, target);
                }
              }
            })
        .onFailure(failure -> LOG.debug("queue server {}: {}", server, failure.getMessage()));
  }

  /** Nobody will compare a node that left with its peers. */
  private void forget(BehindMark mark) {
    queue
        .clear(mark)
        .onSuccess(
            cleared ->
                LOG.warn(
                    "gave up {} copies to node {} that were not queued: it left the cluster",
                    mark.tasks(),
                    mark.target()))
        .onFailure(e -> LOG.debug("the mark of {} stays: {}", mark.target(), e.getMessage()));
  }

  /** Ends after what is under way. */
  void stop() {
    stopping = true;
  }
}
