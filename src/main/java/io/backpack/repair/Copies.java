package io.backpack.repair;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Held;
import io.backpack.api.HeldName;
import io.backpack.api.Holdings;
import io.backpack.api.PhotoAddress;
import io.backpack.api.Trace;
import io.backpack.api.Version;
import io.backpack.copy.Contexts;
import io.backpack.copy.Outcome;
import io.backpack.copy.PhotoCopier;
import io.backpack.copy.Source;
import io.backpack.repair.RoundEnd.Kind;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies photos and tombstones from one peer to this node, a few at a time and at a bounded rate.
 * What the peer cannot give, another node may. Lives on one context.
 */
final class Copies {
  private static final Logger LOG = LoggerFactory.getLogger(Copies.class);

  private final Context context;
  private final Duration answer;
  private final OwnNode own;
  private final PeerState state;
  private final Supplier<List<Source>> others;
  private final int atATime;
  private final Pacer pacer;
  private final Failures failures;
  private final RepairCounters counters;
  private final BooleanSupplier stopping;
  private final Runnable lacks;
  private final PhotoCopier copier;
  private boolean peerAway;
  private boolean again;

  /**
   * @param state of the peer
   * @param others further nodes that may have what the peer cannot give
   * @param answer how long a node may take to begin an answer
   * @param lacks told of each write that turns out not to be here
   */
  Copies(
      Context context,
      OwnNode own,
      PeerState state,
      Supplier<List<Source>> others,
      Duration answer,
      int atATime,
      Pacer pacer,
      Failures failures,
      RepairCounters counters,
      BooleanSupplier stopping,
      Runnable lacks) {
    this.context = context;
    this.answer = answer;
    this.own = own;
    this.state = state;
    this.others = others;
    this.atATime = atATime;
    this.pacer = pacer;
    this.failures = failures;
    this.counters = counters;
    this.stopping = stopping;
    this.lacks = lacks;
    this.copier =
        new PhotoCopier(context, answer, source -> peerAway |= source.id().equals(state.id));
  }

  /** How it ended when it came to its end. */
  RoundEnd end() {
    return new RoundEnd(again ? Kind.AGAIN : Kind.DONE, "");
  }

  /**
   * Copies what stands under hashes.
   *
   * @param lacking at most what one call of {@link Holdings#names} takes
   * @param names what the peer said of them
   * @return fails with {@link RoundEnd.Stop} when more is not worth trying now
   */
  Future<Void> copy(List<Held> lacking, List<HeldName> names) {
    Map<Long, Held> batch = new HashMap<>();
    lacking.forEach(held -> batch.put(held.hash(), held));
    Deque<HeldName> waiting = new ArrayDeque<>();
    Set<Long> nameless = new HashSet<>(batch.keySet());
    for (HeldName write : names) {
      long hash = own.hash().applyAsLong(write.name());
      if (batch.containsKey(hash)) {
        nameless.remove(hash);
        waiting.add(write);
      }
    }
    for (long hash : nameless) {
      failed(batch.get(hash), "", "the node cannot read its name");
    }
    List<Future<Void>> workers = new ArrayList<>();
    for (int i = 0; i < atATime; i++) {
      Promise<Void> worker = Promise.promise();
      work(waiting, batch, worker);
      workers.add(worker.future());
    }
    // All of them, also after one has failed: none may go on beside the next round.
    return Future.join(workers).mapEmpty();
  }

  private void work(Deque<HeldName> waiting, Map<Long, Held> batch, Promise<Void> done) {
    HeldName write = waiting.poll();
    if (stopping.getAsBoolean()) {
      done.fail(new RoundEnd.Stop(Kind.STOPPED, "this node is being stopped"));
      return;
    }
    if (write == null) {
      done.complete();
      return;
    }
    Future.succeededFuture(write)
        .compose(this::unlessThere)
        .onSuccess(copied -> state.lacking--)
        .recover(
            failure -> {
              if (failure instanceof Refused refused) {
                Held held = batch.get(own.hash().applyAsLong(write.name()));
                failed(held, write.name().toString(), refused.getMessage());
                return Future.succeededFuture(0L);
              }
              return Future.failedFuture(failure);
            })
        .compose(pacer::spent)
        .onSuccess(paced -> work(waiting, batch, done))
        .onFailure(
            failure -> {
              waiting.clear();
              done.fail(failure);
            });
  }

  /** One photo that could not be copied, while others can. */
  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refused(String reason) {
      super(reason, null, false, false);
    }
  }

  /**
   * Copies a write unless this node has it, or a later one, by now.
   *
   * @return bytes that were copied
   */
  private Future<Long> unlessThere(HeldName write) {
    return Contexts.on(
            context,
            own.photos()
                .stat(PhotoAddress.of(write.name()), Trace.NONE)
                .timeout(answer.toMillis(), TimeUnit.MILLISECONDS))
        .map(info -> !wins(write, info.version(), false))
        .recover(
            failure -> {
              BackpackException why = BackpackException.of(failure);
              boolean deleted = why.code() == ErrorCode.DELETED;
              // What is damaged here is as good as absent, but no earlier write takes its place.
              boolean known = deleted || why.code() == ErrorCode.MISSING;
              return Future.succeededFuture(
                  known
                      && why.version()
                          .map(
                              has ->
                                  deleted ? !wins(write, has, true) : has.isAfter(write.version()))
                          .orElse(false));
            })
        .compose(there -> there ? Future.succeededFuture(0L) : copy(write));
  }

  private static boolean wins(HeldName write, Version stands, boolean tombstone) {
    int order = write.version().compareTo(stands);
    return order > 0 || order == 0 && write.tombstone() && !tombstone;
  }

  private Future<Long> copy(HeldName write) {
    lacks.run();
    List<Source> sources = new ArrayList<>();
    sources.add(new Source(state.id, state.peer.store()));
    sources.addAll(others.get());
    return copier.copy(write, sources, own.photos()).map(outcome -> settle(write, outcome));
  }

  private long settle(HeldName write, Outcome outcome) {
    switch (outcome.kind()) {
      case COPIED, DELETED -> {
        long size = outcome.copied().map(info -> info.size()).orElse(0L);
        state.copied++;
        state.bytes += size;
        counters.copied().increment();
        counters.bytes().add(size);
        failures.remove(own.hash().applyAsLong(write.name()));
        return size;
      }
      case ALREADY_THERE -> {
        return 0;
      }
      case TARGET_AWAY -> throw new RoundEnd.Stop(Kind.NODE_AWAY, outcome.reason());
      default -> {
        if (peerAway) {
          throw new RoundEnd.Stop(Kind.PEER_AWAY, outcome.reason());
        }
        again |= outcome.kind() == Outcome.Kind.SOURCE_AWAY;
        throw new Refused(outcome.reason());
      }
    }
  }

  private void failed(Held held, String name, String reason) {
    lacks.run();
    state.failed++;
    counters.failed().increment();
    LOG.debug("node {} cannot copy '{}' from node {}: {}", own.id(), name, state.id, reason);
    if (!failures.add(new Failures.Failure(held, Set.of(state.id), name, reason))) {
      throw new RoundEnd.Stop(
          Kind.TOO_MANY, "more than " + failures.size() + " photos cannot be copied: " + reason);
    }
  }
}
