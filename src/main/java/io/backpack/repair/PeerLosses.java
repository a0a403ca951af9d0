package io.backpack.repair;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Held;
import io.backpack.api.Holdings;
import io.backpack.api.Lost;
import io.backpack.repair.RoundEnd.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Takes note of what a peer once had and has lost: where this node does not have it either, it is
 * no photo that never was. Lives on one context.
 */
final class PeerLosses {
  private static final Lost NOTHING = new Lost(List.of(), false, false);

  private final OwnNode own;
  private final PeerState state;
  private final Calls calls;
  private final Failures failures;

  PeerLosses(OwnNode own, PeerState state, Calls calls, Failures failures) {
    this.own = own;
    this.state = state;
    this.calls = calls;
    this.failures = failures;
  }

  /** Fails with {@link RoundEnd.Stop}, of kind TOO_MANY when not all losses can be noted. */
  Future<Void> note() {
    return calls
        .peer(() -> state.peer.holdings().lost().recover(PeerLosses::unlessOlder))
        .compose(this::note);
  }

  /** A node of an earlier release tells nothing. */
  private static Future<Lost> unlessOlder(Throwable failure) {
    return BackpackException.of(failure).code() == ErrorCode.NOT_FOUND
        ? Future.succeededFuture(NOTHING)
        : Future.failedFuture(failure);
  }

  private Future<Void> note(Lost lost) {
    Map<Integer, List<Held>> slots = new LinkedHashMap<>();
    for (Held each : lost.entries()) {
      slots.computeIfAbsent(Held.slot(each.hash()), slot -> new ArrayList<>()).add(each);
    }
    Promise<Void> done = Promise.promise();
    nextPage(slots, List.copyOf(slots.keySet()), 0, done);
    return done.future()
        .map(
            noted -> {
              if (lost.unnamed()) {
                throw tooMany("it has lost photos of which it does not know the names");
              }
              if (lost.more()) {
                throw tooMany("it has lost more than " + lost.entries().size() + " photos");
              }
              return null;
            });
  }

  private static RoundEnd.Stop tooMany(String reason) {
    return new RoundEnd.Stop(Kind.TOO_MANY, reason);
  }

  private void nextPage(
      Map<Integer, List<Held>> lost, List<Integer> slots, int from, Promise<Void> done) {
    if (from >= slots.size()) {
      done.complete();
      return;
    }
    int end = Math.min(slots.size(), from + Holdings.MAX_SLOTS);
    List<Integer> page = slots.subList(from, end);
    calls
        .here(Kind.NODE_AWAY, () -> own.holdings().list(page))
        .map(
            ours -> {
              List<Held> theirs = new ArrayList<>();
              page.forEach(slot -> theirs.addAll(lost.get(slot)));
              Difference.of(ours, theirs).lacking().forEach(this::remember);
              return null;
            })
        .onSuccess(noted -> nextPage(lost, slots, end, done))
        .onFailure(done::fail);
  }

  private void remember(Held held) {
    if (!failures.add(
        new Failures.Failure(held, Set.of(state.id), "", "the node had it and has lost it"))) {
      throw tooMany("more than " + failures.size() + " photos are lost or cannot be copied");
    }
  }
}
