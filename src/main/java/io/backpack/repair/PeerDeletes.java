package io.backpack.repair;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Held;
import io.backpack.api.HeldName;
import io.backpack.api.HeldSums;
import io.backpack.api.Version;
import io.backpack.copy.Outcome;
import io.backpack.copy.PhotoCopier;
import io.backpack.repair.RoundEnd.Kind;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over the deletes of one peer, without its photos: of the slots in which the sums over
 * tombstones differ, the peer lists its tombstones only. Lives on one context.
 */
final class PeerDeletes {
  private static final Logger LOG = LoggerFactory.getLogger(PeerDeletes.class);

  private final OwnNode own;
  private final PeerState state;
  private final Calls calls;
  private final Tuning tuning;
  private final RepairCounters counters;
  private final BooleanSupplier stopping;
  private final PhotoCopier copier;
  private final Untaken untaken;
  private final Failures failures;
  private final Runnable lacks;
  private final Map<Long, Version> left = new HashMap<>();
  private String diskAway = "";
  private long taken;

  /**
   * @param untaken gets what is not taken over
   * @param failures forget what is taken over
   * @param lacks told of each delete that is not here
   */
  PeerDeletes(
      Context context,
      OwnNode own,
      PeerState state,
      Duration answer,
      Tuning tuning,
      RepairCounters counters,
      BooleanSupplier stopping,
      Untaken untaken,
      Failures failures,
      Runnable lacks) {
    this.own = own;
    this.state = state;
    this.calls = new Calls(context, answer);
    this.tuning = tuning;
    this.counters = counters;
    this.stopping = stopping;
    this.untaken = untaken;
    this.failures = failures;
    this.lacks = lacks;
    this.copier = new PhotoCopier(context, answer, source -> {});
  }

  /**
   * Compares the sums of both nodes. The peer is asked first, so that one that is away ends this
   * also while the node itself is not ready.
   *
   * @return how many deletes were new; fails with {@link RoundEnd.Stop}
   */
  Future<Long> run() {
    return calls
        .peer(() -> state.peer.holdings().sums())
        .compose(
            theirs -> calls.here(Kind.NOT_READY, own.sums()).compose(ours -> run(ours, theirs)));
  }

  /** The same for one who has asked both. */
  Future<Long> run(HeldSums ours, HeldSums theirs) {
    taken = 0;
    left.clear();
    diskAway = "";
    Promise<Void> done = Promise.promise();
    nextPage(new Pages(ours.differingTombstones(theirs), tuning.pageEntries()), done);
    return done.future()
        .recover(PeerDeletes::unlessOlder)
        .map(
            all -> {
              if (taken > 0) {
                LOG.info("node {} took over {} deletes of node {}", own.id(), taken, state.id);
              }
              remember();
              if (!diskAway.isEmpty()) {
                throw new RoundEnd.Stop(Kind.DISK_AWAY, diskAway);
              }
              return taken;
            });
  }

  /** All were gone through. */
  private void remember() {
    if (!left.isEmpty()) {
      LOG.warn(
          "node {} could not take over {} deletes of node {}: it does not give out these photos",
          own.id(),
          left.size(),
          state.id);
    }
    untaken.all(state.id, left);
  }

  /** A node of an earlier release tells its deletes with its photos. */
  private static Future<Void> unlessOlder(Throwable failure) {
    return failure instanceof UnknownQuestion
        ? Future.succeededFuture()
        : Future.failedFuture(failure);
  }

  private static final class UnknownQuestion extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnknownQuestion() {
      super("", null, false, false);
    }
  }

  private void nextPage(Pages pages, Promise<Void> done) {
    List<Integer> page = pages.next();
    if (stopping.getAsBoolean()) {
      done.fail(new RoundEnd.Stop(Kind.STOPPED, "this node is being stopped"));
      return;
    }
    if (page.isEmpty()) {
      done.complete();
      return;
    }
    calls
        .peer(() -> state.peer.holdings().tombstones(page).recover(PeerDeletes::refusal))
        .compose(
            theirs ->
                theirs == null
                    ? Future.failedFuture(new UnknownQuestion())
                    : take(page, theirs, pages))
        .onSuccess(copied -> nextPage(pages, done))
        .onFailure(done::fail);
  }

  private static Future<List<Held>> refusal(Throwable failure) {
    return BackpackException.of(failure).code() == ErrorCode.BAD_REQUEST
        ? Future.succeededFuture(null)
        : Future.failedFuture(failure);
  }

  /** Among the node's own entries the photos count too: one may be later than the delete. */
  private Future<Void> take(List<Integer> page, List<Held> theirs, Pages pages) {
    return calls
        .here(Kind.NODE_AWAY, () -> own.holdings().list(page))
        .compose(
            ours -> {
              pages.done(page, Math.max(ours.size(), theirs.size()));
              Promise<Void> done = Promise.promise();
              nextBatch(Difference.of(ours, theirs).lacking(), 0, done);
              return done.future();
            });
  }

  private void nextBatch(List<Held> lacking, int from, Promise<Void> done) {
    if (from >= lacking.size()) {
      done.complete();
      return;
    }
    int end = Math.min(lacking.size(), from + tuning.names());
    Map<Long, Held> batch = new HashMap<>();
    lacking.subList(from, end).forEach(held -> batch.put(held.hash(), held));
    batch(batch).onSuccess(copied -> nextBatch(lacking, end, done)).onFailure(done::fail);
  }

  /** A disk that takes no delete is not tried with each. */
  private Future<Void> batch(Map<Long, Held> batch) {
    if (!diskAway.isEmpty()) {
      untaken(batch.values());
      return Future.succeededFuture();
    }
    return calls
        .peer(() -> state.peer.holdings().names(List.copyOf(batch.keySet())))
        .compose(names -> delete(batch, names));
  }

  /**
   * All at a time, since they are synced together. What fails, or has no name that can be read, is
   * remembered.
   */
  private Future<Void> delete(Map<Long, Held> batch, List<HeldName> names) {
    Map<Long, Held> nameless = new HashMap<>(batch);
    List<Future<Void>> deletes = new ArrayList<>();
    for (HeldName write : names) {
      Held held = nameless.remove(own.hash().applyAsLong(write.name()));
      // A photo was stored there after the delete: it comes with the photos.
      if (held != null && write.tombstone()) {
        deletes.add(
            copier
                .copy(write, List.of(), own.photos())
                .map(outcome -> settle(held, write, outcome)));
      }
    }
    untaken(nameless.values());
    return Future.join(deletes).mapEmpty();
  }

  private Void settle(Held held, HeldName write, Outcome outcome) {
    switch (outcome.kind()) {
      case DELETED -> {
        taken++;
        failures.remove(held.hash());
        state.deletes++;
        counters.copied().increment();
        lacks.run();
      }
      case ALREADY_THERE -> LOG.trace("the delete of '{}' is here by now", write.name());
      default -> {
        LOG.debug("node {} does not take a delete: {}", own.id(), outcome.reason());
        if (outcome.kind() == Outcome.Kind.TARGET_AWAY) {
          diskAway = outcome.reason();
        }
        untaken(List.of(new Held(held.hash(), write.version(), true)));
      }
    }
    return null;
  }

  private void untaken(Collection<Held> some) {
    Map<Long, Version> found = new HashMap<>();
    for (Held each : some) {
      if (left.size() < untaken.most()) {
        left.put(each.hash(), each.version());
        found.put(each.hash(), each.version());
      }
    }
    if (!some.isEmpty()) {
      untaken.add(state.id, found);
      lacks.run();
    }
  }
}
