package io.backpack.replicator;

import io.backpack.copy.Contexts;
import io.backpack.copy.Outcome;
import io.backpack.queue.CopyQueueConsumer;
import io.backpack.queue.LeasedTask;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the copies one target lacks: polls every queue server, holds a few leased tasks, works on
 * some of them at a time, and leaves the target alone while it takes nothing. Lives on one context,
 * but for {@link #toJson}.
 */
final class TargetWorker {
  private static final Logger LOG = LoggerFactory.getLogger(TargetWorker.class);

  /**
   * How many times longer the longest wait is for a source than for the target. A target that is
   * away is tried with one task; all that wait for a source are looked at in turn.
   */
  private static final int SOURCE_PATIENCE = 4;

  /** When a queue server is to be asked next, and whether it is being asked. */
  private static final class Poller {
    boolean asking;
    long pause;
    long nextNanos = System.nanoTime();
  }

  private final Vertx vertx;
  private final Context context;
  private final String target;
  private final ReplicatorSettings settings;
  private final Tuning tuning;
  private final CopyQueueConsumer queue;
  private final Function<LeasedTask, Future<Outcome>> copy;
  private final Counters counters;
  private final Breaker breaker;
  private final Map<String, Poller> pollers = new HashMap<>();
  private final ArrayDeque<LeasedTask> held = new ArrayDeque<>();
  private final Set<LeasedTask> running = new HashSet<>();
  private final Promise<Void> stopped = Promise.promise();
  private final long renewal;
  private long timer = -1;
  private boolean stopping;

  /** Questions to the queue that are not answered yet, beside those about running tasks. */
  private int asked;

  private volatile int runningNow;
  private volatile int heldNow;

  TargetWorker(
      Vertx vertx,
      Context context,
      String target,
      ReplicatorSettings settings,
      Tuning tuning,
      CopyQueueConsumer queue,
      Function<LeasedTask, Future<Outcome>> copy,
      Counters counters) {
    this.vertx = vertx;
    this.context = context;
    this.target = target;
    this.settings = settings;
    this.tuning = tuning;
    this.queue = queue;
    this.copy = copy;
    this.counters = counters;
    this.breaker = new Breaker(settings.backoff(), settings.maxBackoff(), System::nanoTime);
    long period = Math.max(1, settings.lease().toMillis() / 3);
    this.renewal = vertx.setPeriodic(period, id -> context.runOnContext(v -> renew()));
  }

  /** Does all that can be done now, and sees to it that it is called again. */
  void pump() {
    if (stopping) {
      return;
    }
    boolean pausing = breaker.isOpen() && !breaker.probing();
    if (pausing) {
      giveBackHeld();
      wakeIn(breaker.millisToProbe());
      return;
    }
    int limit = breaker.isOpen() ? 1 : settings.concurrency();
    while (running.size() < limit && !held.isEmpty()) {
      run(held.poll());
    }
    heldNow = held.size();
    poll(limit);
  }

  private void poll(int limit) {
    List<String> servers = queue.servers();
    pollers.keySet().retainAll(new HashSet<>(servers));
    long soonest = tuning.longestPoll().toMillis();
    for (String server : servers) {
      Poller poller = pollers.computeIfAbsent(server, name -> new Poller());
      long wait = (poller.nextNanos - System.nanoTime()) / 1_000_000;
      // Half of what can be worked on at a time is left when more is asked for, so that the answer
      // is there before they are done, and a question brings many.
      if (!poller.asking && held.size() <= limit / 2) {
        if (wait <= 0) {
          ask(server, poller, limit);
        } else {
          soonest = Math.min(soonest, wait);
        }
      }
    }
    wakeIn(soonest);
  }

  private void wakeIn(long millis) {
    vertx.cancelTimer(timer);
    timer = vertx.setTimer(Math.max(1, millis), id -> context.runOnContext(v -> pump()));
  }

  private void ask(String server, Poller poller, int most) {
    poller.asking = true;
    asked++;
    Contexts.on(context, queue.take(server, target, most))
        .onComplete(
            taken -> {
              poller.asking = false;
              asked--;
              int got = taken.succeeded() ? taken.result().size() : 0;
              // Fewer than wanted is all there is: what comes next gathers for a moment.
              poller.pause =
                  got >= most
                      ? 0
                      : got > 0 ? tuning.shortestPoll().toMillis() : nextPause(poller.pause);
              poller.nextNanos = System.nanoTime() + poller.pause * 1_000_000;
              if (got > 0) {
                held.addAll(taken.result());
              } else if (taken.failed()) {
                LOG.debug("queue server {}: {}", server, taken.cause().getMessage());
              }
              if (stopping) {
                giveBackHeld();
                finishStop();
              } else {
                pump();
              }
            });
  }

  private long nextPause(long pause) {
    return pause == 0
        ? tuning.shortestPoll().toMillis()
        : Math.min(tuning.longestPoll().toMillis(), pause * 2);
  }

  private void run(LeasedTask task) {
    running.add(task);
    runningNow = running.size();
    Future<Outcome> result =
        task.attempts() >= settings.maxAttempts()
            ? Future.succeededFuture(
                Outcome.not(Outcome.Kind.FAILED, "its replicators ended or lost their lease"))
            : copy.apply(task);
    Contexts.on(context, result)
        .recover(
            bug -> {
              LOG.error("copying {} to node {}", task.task().name(), target, bug);
              return Future.succeededFuture(
                  Outcome.not(Outcome.Kind.FAILED, "internal error: " + bug.getMessage()));
            })
        .compose(outcome -> Contexts.on(context, settle(task, outcome)))
        .onFailure(
            failure ->
                LOG.debug("the queue keeps task {}: {}", task.origin(), failure.getMessage()))
        .onComplete(
            end -> {
              running.remove(task);
              runningNow = running.size();
              finishStop();
              pump();
            });
  }

  /** Tells the queue, and the breaker, how it went. */
  private Future<Void> settle(LeasedTask task, Outcome outcome) {
    if (outcome.kind() == Outcome.Kind.TARGET_AWAY) {
      targetFailed(outcome.reason());
    } else if (outcome.kind().done()) {
      targetAnswered();
    }
    switch (outcome.kind()) {
      case COPIED -> {
        counters.copied.increment();
        outcome.copied().ifPresent(info -> counters.copiedBytes.add(info.size()));
        return queue.done(task);
      }
      case DELETED -> {
        counters.tombstones.increment();
        return queue.done(task);
      }
      case ALREADY_THERE -> {
        counters.alreadyThere.increment();
        return queue.done(task);
      }
      case SOURCE_AWAY, TARGET_AWAY -> {
        counters.postponed.increment();
        LOG.debug("{} to node {} waits: {}", task.task().name(), target, outcome.reason());
        Duration most = settings.maxBackoff();
        boolean source = outcome.kind() == Outcome.Kind.SOURCE_AWAY;
        return queue.postpone(
            task, delay(task.tries(), source ? most.multipliedBy(SOURCE_PATIENCE) : most));
      }
      default -> {
        return failed(task, outcome.reason());
      }
    }
  }

  private Future<Void> failed(LeasedTask task, String reason) {
    counters.failed.increment();
    if (task.attempts() + 1 < settings.maxAttempts()) {
      LOG.debug("{} to node {} failed: {}", task.task().name(), target, reason);
      return queue.retry(task, delay(task.tries(), settings.maxBackoff()));
    }
    LOG.warn("giving up the copy of {} to node {}: {}", task.task().name(), target, reason);
    counters.dead.increment();
    return queue.bury(task, reason);
  }

  private void targetFailed(String reason) {
    boolean before = breaker.isOpen();
    breaker.failed();
    if (!before && breaker.isOpen()) {
      LOG.warn("no copies to node {} for a while: {}", target, reason);
    }
  }

  private void targetAnswered() {
    if (breaker.isOpen()) {
      LOG.info("copies to node {} go on", target);
    }
    breaker.succeeded();
  }

  /** Doubles with each try; the shift is bounded so that it cannot overflow. */
  private Duration delay(int tries, Duration most) {
    Duration doubled = settings.backoff().multipliedBy(1L << Math.min(tries, 20));
    return doubled.compareTo(most) < 0 ? doubled : most;
  }

  private void renew() {
    List<LeasedTask> all = new ArrayList<>(held);
    all.addAll(running);
    for (LeasedTask task : all) {
      Contexts.on(context, queue.renew(task))
          .onSuccess(
              still -> {
                if (!still) {
                  held.remove(task);
                }
              })
          .onFailure(failure -> LOG.debug("lease {}: {}", task.origin(), failure.getMessage()));
    }
  }

  /** What was not begun another replicator may do, which perhaps reaches the target. */
  private void giveBackHeld() {
    while (!held.isEmpty()) {
      LeasedTask task = held.poll();
      asked++;
      Contexts.on(context, queue.giveBack(task))
          .onFailure(failure -> LOG.debug("lease {}: {}", task.origin(), failure.getMessage()))
          .onComplete(
              given -> {
                asked--;
                finishStop();
              });
    }
    heldNow = 0;
  }

  /** Takes nothing more; completes when the copies under way have ended. */
  Future<Void> stop() {
    if (!stopping) {
      stopping = true;
      vertx.cancelTimer(timer);
      giveBackHeld();
      finishStop();
    }
    return stopped.future();
  }

  private void finishStop() {
    if (stopping && running.isEmpty() && asked == 0 && stopped.tryComplete()) {
      vertx.cancelTimer(renewal);
    }
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("away", breaker.isOpen())
        .put("running", runningNow)
        .put("held", heldNow);
  }
}
