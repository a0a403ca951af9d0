package io.backpack.repair;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Held;
import io.backpack.api.HeldName;
import io.backpack.api.HeldSums;
import io.backpack.copy.Outcome;
import io.backpack.copy.PhotoCopier;
import io.backpack.repair.RoundEnd.Kind;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
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
  private long taken;

  PeerDeletes(
      Context context,
      OwnNode own,
      PeerState state,
      Duration answer,
      Tuning tuning,
      RepairCounters counters,
      BooleanSupplier stopping) {
    this.own = own;
    this.state = state;
    this.calls = new Calls(context, answer);
    this.tuning = tuning;
    this.counters = counters;
    this.stopping = stopping;
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
            theirs ->
                calls
                    .here(Kind.NOT_READY, () -> own.holdings().sums())
                    .compose(ours -> run(ours, theirs)));
  }

  /** The same for one who has asked both. */
  Future<Long> run(HeldSums ours, HeldSums theirs) {
    taken = 0;
    Promise<Void> done = Promise.promise();
    nextPage(new Pages(ours.differingTombstones(theirs), tuning.pageEntries()), done);
    return done.future()
        .recover(PeerDeletes::unlessOlder)
        .map(
            all -> {
              if (taken > 0) {
                LOG.info("node {} took over {} deletes of node {}", own.id(), taken, state.id);
              }
              return taken;
            });
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
    List<Long> hashes = lacking.subList(from, end).stream().map(Held::hash).toList();
    calls
        .peer(() -> state.peer.holdings().names(hashes))
        .compose(names -> delete(Set.copyOf(hashes), names))
        .onSuccess(copied -> nextBatch(lacking, end, done))
        .onFailure(done::fail);
  }

  /** All at a time, since they are synced together. What fails alone is left to the comparison. */
  private Future<Void> delete(Set<Long> wanted, List<HeldName> names) {
    return Future.join(
            names.stream()
                .filter(HeldName::tombstone)
                .filter(write -> wanted.contains(own.hash().applyAsLong(write.name())))
                .map(write -> copier.copy(write, List.of(), own.photos()).map(this::settle))
                .collect(Collectors.toList()))
        .mapEmpty();
  }

  private Void settle(Outcome outcome) {
    if (outcome.kind() == Outcome.Kind.TARGET_AWAY) {
      throw new RoundEnd.Stop(Kind.NODE_AWAY, outcome.reason());
    }
    if (outcome.kind() == Outcome.Kind.DELETED) {
      taken++;
      state.deletes++;
      counters.copied().increment();
    }
    return null;
  }
}
