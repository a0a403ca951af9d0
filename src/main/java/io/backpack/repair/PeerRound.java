package io.backpack.repair;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Held;
import io.backpack.api.HeldSums;
import io.backpack.api.Holdings;
import io.backpack.copy.Contexts;
import io.backpack.repair.RoundEnd.Kind;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One comparison with one peer: the sums, then the slots that differ by pages, and the copies of
 * what the peer has and this node lacks. What it holds does not depend on how much differs. Lives
 * on one context.
 */
final class PeerRound {
  private static final Logger LOG = LoggerFactory.getLogger(PeerRound.class);

  private final Context context;
  private final OwnNode own;
  private final PeerState state;
  private final RepairSettings settings;
  private final Tuning tuning;
  private final BooleanSupplier stopping;
  private final Copies copies;
  private int[] slots = {};
  private int pageSlots = 1;

  /**
   * @param copies from this peer
   */
  PeerRound(
      Context context,
      OwnNode own,
      PeerState state,
      RepairSettings settings,
      Tuning tuning,
      Copies copies,
      BooleanSupplier stopping) {
    this.context = context;
    this.own = own;
    this.state = state;
    this.settings = settings;
    this.tuning = tuning;
    this.copies = copies;
    this.stopping = stopping;
  }

  /** Never fails. */
  Future<RoundEnd> run() {
    state.begin();
    Future<HeldSums> ours = here(Kind.NOT_READY, () -> own.holdings().sums());
    return ours.compose(known -> peer(() -> state.peer.holdings().sums()))
        .compose(
            theirs -> {
              slots = ours.result().differing(theirs);
              state.differingSlots = slots.length;
              Promise<Void> done = Promise.promise();
              nextPage(done);
              return done.future();
            })
        .transform(
            end -> {
              RoundEnd result = end.succeeded() ? copies.end() : ended(end.cause());
              report(result);
              return Future.succeededFuture(result);
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
    if (state.slotsDone >= slots.length) {
      done.complete();
      return;
    }
    int end = Math.min(slots.length, state.slotsDone + pageSlots);
    List<Integer> page = new ArrayList<>();
    for (int i = state.slotsDone; i < end; i++) {
      page.add(slots[i]);
    }
    Future<List<Held>> ours = here(Kind.NODE_AWAY, () -> own.holdings().list(page));
    Future<List<Held>> theirs = peer(() -> state.peer.holdings().list(page));
    Future.all(ours, theirs)
        .compose(
            both -> {
              int most = Math.max(ours.result().size(), theirs.result().size());
              pageSlots = nextPageSlots(page.size(), most);
              Difference difference = Difference.of(ours.result(), theirs.result());
              state.peerLacks |= difference.peerLacks();
              return copyLacking(difference.lacking());
            })
        .onSuccess(
            copied -> {
              state.slotsDone = end;
              nextPage(done);
            })
        .onFailure(done::fail);
  }

  /** As many slots as have about the entries that a page is to have; growing slowly. */
  private int nextPageSlots(int now, int entries) {
    long fitting = (long) now * tuning.pageEntries() / Math.max(1, entries);
    return (int) Math.max(1, Math.min(Holdings.MAX_SLOTS, Math.min(fitting, 4L * now)));
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
    peer(() -> state.peer.holdings().names(hashes))
        .compose(names -> copies.copy(batch, names))
        .onSuccess(copied -> nextBatch(lacking, end, done))
        .onFailure(done::fail);
  }

  private <T> Future<T> peer(Supplier<Future<T>> call) {
    return limited(call)
        .recover(
            failure -> {
              BackpackException why = BackpackException.of(failure);
              return Future.failedFuture(
                  new RoundEnd.Stop(
                      why.code() == ErrorCode.NOT_FOUND ? Kind.ORIGINAL : Kind.PEER_AWAY,
                      why.code() + ", " + why.getMessage()));
            });
  }

  private <T> Future<T> here(Kind kind, Supplier<Future<T>> call) {
    return limited(call)
        .recover(
            failure ->
                Future.failedFuture(
                    new RoundEnd.Stop(
                        kind, "this node: " + BackpackException.of(failure).getMessage())));
  }

  private <T> Future<T> limited(Supplier<Future<T>> call) {
    Future<T> answer;
    try {
      answer = call.get();
    } catch (RuntimeException e) {
      answer = Future.failedFuture(e);
    }
    return Contexts.on(context, answer.timeout(settings.answer().toMillis(), TimeUnit.MILLISECONDS))
        .recover(
            failure ->
                Future.failedFuture(
                    failure instanceof TimeoutException
                        ? new BackpackException(ErrorCode.UNAVAILABLE, "no answer in time")
                        : failure));
  }
}
