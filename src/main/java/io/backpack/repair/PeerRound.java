package io.backpack.repair;

import io.backpack.api.Held;
import io.backpack.api.HeldSums;
import io.backpack.repair.RoundEnd.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One comparison with one peer: the sums, its deletes, then the slots that differ by pages, and the
 * copies of what the peer has and this node lacks. What it holds does not depend on how much
 * differs. Lives on one context.
 */
final class PeerRound {
  private static final Logger LOG = LoggerFactory.getLogger(PeerRound.class);

  private final OwnNode own;
  private final PeerState state;
  private final Tuning tuning;
  private final BooleanSupplier stopping;
  private final Copies copies;
  private final PeerLosses losses;
  private final PeerDeletes deletes;
  private final Calls calls;
  private int[] slots = {};
  private Pages pages;

  /**
   * @param deletes of this peer, which come before its photos
   * @param copies from this peer
   * @param losses of this peer, which come last: some are here by then
   */
  PeerRound(
      Calls calls,
      OwnNode own,
      PeerState state,
      Tuning tuning,
      PeerDeletes deletes,
      Copies copies,
      PeerLosses losses,
      BooleanSupplier stopping) {
    this.calls = calls;
    this.own = own;
    this.state = state;
    this.tuning = tuning;
    this.deletes = deletes;
    this.copies = copies;
    this.losses = losses;
    this.stopping = stopping;
  }

  /** Never fails. */
  Future<RoundEnd> run() {
    state.begin();
    return ours()
        .compose(
            ours ->
                calls
                    .peer(() -> state.peer.holdings().sums())
                    .compose(
                        theirs ->
                            deletes.run(ours, theirs).compose(taken -> rest(ours, theirs, taken))))
        .compose(copied -> losses.note())
        .transform(
            end -> {
              RoundEnd result = end.succeeded() ? copies.end() : ended(end.cause());
              report(result);
              return Future.succeededFuture(result);
            });
  }

  private Future<HeldSums> ours() {
    return calls.here(Kind.NOT_READY, () -> own.holdings().sums());
  }

  /** All but the deletes that were just taken over. */
  private Future<Void> rest(HeldSums before, HeldSums theirs, long taken) {
    state.copied += taken;
    Future<HeldSums> ours = taken == 0 ? Future.succeededFuture(before) : ours();
    return ours.compose(
        now -> {
          slots = now.differing(theirs);
          pages = new Pages(slots, tuning.pageEntries());
          state.differingSlots = slots.length;
          Promise<Void> done = Promise.promise();
          nextPage(done);
          return done.future();
        });
  }

  private static RoundEnd ended(Throwable cause) {
    if (cause instanceof RoundEnd.Stop stop) {
      return stop.end();
    }
    LOG.error("a comparison of nodes failed", cause);
    return new RoundEnd(Kind.NODE_AWAY, "internal error: " + cause.getMessage());
  }

  private void report(RoundEnd end) {
    if (state.phase == PeerState.Phase.COPYING) {
      LOG.info(
          "node {} copied {} photos and tombstones, {} bytes, from node {} in {} s{}{}",
          own.id(),
          state.copied,
          state.bytes,
          state.id,
          (long) state.seconds(),
          state.failed > 0 ? ", " + state.failed + " failed" : "",
          end.reason().isEmpty() ? "" : "; interrupted: " + end.reason());
    }
  }

  private void nextPage(Promise<Void> done) {
    if (stopping.getAsBoolean()) {
      done.fail(new RoundEnd.Stop(Kind.STOPPED, "this node is being stopped"));
      return;
    }
    List<Integer> page = pages.next();
    if (page.isEmpty()) {
      done.complete();
      return;
    }
    Future<List<Held>> ours = calls.here(Kind.NODE_AWAY, () -> own.holdings().list(page));
    Future<List<Held>> theirs = calls.peer(() -> state.peer.holdings().list(page));
    Future.all(ours, theirs)
        .compose(
            both -> {
              pages.done(page, Math.max(ours.result().size(), theirs.result().size()));
              Difference difference = Difference.of(ours.result(), theirs.result());
              state.peerLacks |= difference.peerLacks();
              return copyLacking(difference.lacking());
            })
        .onSuccess(
            copied -> {
              state.slotsDone = pages.done();
              nextPage(done);
            })
        .onFailure(done::fail);
  }

  private Future<Void> copyLacking(List<Held> lacking) {
    if (lacking.isEmpty()) {
      return Future.succeededFuture();
    }
    if (state.phase != PeerState.Phase.COPYING) {
      state.phase = PeerState.Phase.COPYING;
      LOG.info(
          "node {} lacks what node {} has: {} of {} slots differ",
          own.id(),
          state.id,
          slots.length,
          Held.SLOTS);
    }
    state.lacking += lacking.size();
    Promise<Void> done = Promise.promise();
    nextBatch(lacking, 0, done);
    return done.future();
  }

  private void nextBatch(List<Held> lacking, int from, Promise<Void> done) {
    if (from >= lacking.size()) {
      done.complete();
      return;
    }
    int end = Math.min(lacking.size(), from + tuning.names());
    List<Held> batch = lacking.subList(from, end);
    List<Long> hashes = batch.stream().map(Held::hash).toList();
    calls
        .peer(() -> state.peer.holdings().names(hashes))
        .compose(names -> copies.copy(batch, names))
        .onSuccess(copied -> nextBatch(lacking, end, done))
        .onFailure(done::fail);
  }
}
