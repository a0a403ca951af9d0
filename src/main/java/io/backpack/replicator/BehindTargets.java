package io.backpack.replicator;

import io.backpack.cluster.Server;
import io.backpack.copy.Contexts;
import io.backpack.queue.BehindMark;
import io.backpack.queue.QueueStatus;
import io.backpack.queue.RedisCopyQueue;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the nodes that are marked as behind compare themselves with their peers, and takes the marks
 * off once that is done. A mark goes only if it is what it was before the node was asked: what has
 * collapsed into it since the comparison may not have seen.
 *
 * <p>Several replicators may do this at the same time. Lives on one context, but for {@link
 * #toJson}.
 */
final class BehindTargets {
  private static final Logger LOG = LoggerFactory.getLogger(BehindTargets.class);

  /** One node that is behind. */
  private static final class Target {
    final Breaker breaker;
    volatile List<BehindMark> marks = List.of();
    volatile String asked = "";
    List<BehindMark> marksWhenAsked = List.of();
    boolean busy;

    Target(Breaker breaker) {
      this.breaker = breaker;
    }
  }

  private final Context context;
  private final RedisCopyQueue queue;
  private final NodeRepairs repairs;
  private final Supplier<Breaker> breakers;
  private final Map<String, Target> targets = new ConcurrentSkipListMap<>();

  BehindTargets(
      Context context, RedisCopyQueue queue, NodeRepairs repairs, Supplier<Breaker> breakers) {
    this.context = context;
    this.queue = queue;
    this.repairs = repairs;
    this.breakers = breakers;
  }

  /**
   * Takes the next step for each node that is behind.
   *
   * @param members finds nodes that are in a shard; what left has no peers
   */
  void look(QueueStatus status, Function<String, Optional<Server>> members) {
    Map<String, List<BehindMark>> marks =
        status.marks().stream().collect(Collectors.groupingBy(BehindMark::target));
    targets.keySet().retainAll(marks.keySet());
    marks.forEach(
        (id, its) -> {
          Target target = targets.computeIfAbsent(id, any -> found(id, its));
          target.marks = List.copyOf(its);
          members.apply(id).ifPresent(server -> step(target, server));
        });
  }

  private Target found(String id, List<BehindMark> marks) {
    LOG.warn(
        "node {} is behind: {} copies were not queued for it, it is to compare itself with its"
            + " peers",
        id,
        sum(marks));
    return new Target(breakers.get());
  }

  private void step(Target target, Server server) {
    boolean pausing = target.breaker.isOpen() && !target.breaker.probing();
    if (target.busy || pausing) {
      return;
    }
    target.busy = true;
    Future<Void> next = target.asked.isEmpty() ? ask(target, server) : check(target, server);
    next.onComplete(
        done -> {
          target.busy = false;
          if (done.succeeded()) {
            target.breaker.succeeded();
          } else {
            target.breaker.failed();
            target.asked = "";
            LOG.debug("repair of node {}: {}", server.id(), done.cause().getMessage());
          }
        });
  }

  private Future<Void> ask(Target target, Server server) {
    target.marksWhenAsked = target.marks;
    return Contexts.on(context, repairs.ask(server))
        .map(
            asked -> {
              target.asked = asked;
              LOG.info("node {} compares itself with its peers", server.id());
              return null;
            });
  }

  private Future<Void> check(Target target, Server server) {
    return Contexts.on(context, repairs.completed(server, target.asked))
        .compose(completed -> completed ? clear(target, server) : Future.succeededFuture());
  }

  private Future<Void> clear(Target target, Server server) {
    List<BehindMark> marks = target.marksWhenAsked;
    target.asked = "";
    return Contexts.on(context, Future.join(marks.stream().map(queue::clear).toList()))
        .map(
            answers -> {
              boolean all = answers.<Boolean>list().stream().allMatch(Boolean::booleanValue);
              LOG.info(
                  all
                      ? "node {} has all that its peers have and is no longer behind"
                      : "node {} has all that its peers had; copies were not queued since",
                  server.id());
              return null;
            });
  }

  private static long sum(List<BehindMark> marks) {
    return marks.stream().mapToLong(BehindMark::tasks).sum();
  }

  /** For each node that is behind how much, since when, and whether it was asked. */
  JsonObject toJson() {
    JsonObject json = new JsonObject();
    targets.forEach(
        (id, target) -> {
          List<BehindMark> marks = target.marks;
          long since = marks.stream().mapToLong(BehindMark::since).min().orElse(0);
          json.put(
              id,
              new JsonObject()
                  .put("tasks", sum(marks))
                  .put("since", Instant.ofEpochMilli(since).toString())
                  .put("asked", !target.asked.isEmpty()));
        });
    return json;
  }
}
