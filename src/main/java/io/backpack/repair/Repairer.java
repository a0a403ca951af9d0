package io.backpack.repair;

import io.backpack.api.Version;
import io.backpack.cluster.ClusterView;
import io.backpack.cluster.Server;
import io.backpack.copy.Contexts;
import io.backpack.metrics.Metrics;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one node complete: compares it with each of its peers at the start, when the map gives it
 * other peers or is back after it was out of reach, when the process was stopped for a while, when
 * it is asked to, when damage was found, and from time to time; and copies what it lacks. Runs on
 * one context; every public method may be called from any thread.
 */
public final class Repairer {
  private static final Logger LOG = LoggerFactory.getLogger(Repairer.class);
  private static final long CLOSE_SECONDS = 5;
  private static final double JITTER = 0.2;

  /** A peer that is away so long is worth a line. */
  private static final long TOLD_MILLIS = 3000;

  private final Vertx vertx;
  private final Context context;
  private final OwnNode own;
  private final ClusterView cluster;
  private final RepairSettings settings;
  private final Tuning tuning;
  private final RepairCounters counters;
  private final Failures failures;
  private final Untaken untaken;
  private final Pacer pacer;
  private final Doubts doubts;
  private final Peers peers;
  private final RepairStatus status;
  private final MapWatch map;
  private final FirstDeletes firstDeletes;
  private final Promise<Void> ended = Promise.promise();
  private volatile boolean stopping;
  private boolean running;

  /** A round was asked for, with or without peers. */
  private boolean asked;

  private PeerState current;

  /** Those of the round that come after the current one. */
  private final Deque<PeerState> rest = new ArrayDeque<>();

  private long rounds;
  private long damageSeen;
  private long regularNanos;
  private long timer = -1;

  /** When the timer is to call. */
  private long wakeNanos;

  private Repairer(
      Vertx vertx,
      OwnNode own,
      ClusterView cluster,
      Function<Server, RepairPeer> reach,
      RepairSettings settings,
      Tuning tuning,
      Metrics metrics) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.own = own;
    this.cluster = cluster;
    this.settings = settings;
    this.tuning = tuning;
    this.counters = RepairCounters.of(metrics);
    this.failures = new Failures(tuning.maxFailed());
    this.untaken = new Untaken(tuning.maxFailed());
    this.doubts = new Doubts(failures, untaken);
    this.pacer = new Pacer(vertx, settings.rate());
    this.peers = new Peers(own.id(), reach);
    this.status = new RepairStatus(own.id(), peers, failures, doubts, settings.rate(), metrics);
    this.map = new MapWatch(cluster, tuning.blip());
    this.firstDeletes =
        new FirstDeletes(
            vertx,
            context,
            own.id(),
            this::deletes,
            peer -> !stopping && peers.contains(peer),
            settings.answer(),
            tuning,
            this::served);
  }

  /**
   * Begins.
   *
   * @param reach makes the connection to another node; called once for each address
   */
  public static Repairer start(
      Vertx vertx,
      OwnNode own,
      ClusterView cluster,
      Function<Server, RepairPeer> reach,
      RepairSettings settings,
      Metrics metrics) {
    return start(vertx, own, cluster, reach, settings, Tuning.DEFAULT, metrics);
  }

  static Repairer start(
      Vertx vertx,
      OwnNode own,
      ClusterView cluster,
      Function<Server, RepairPeer> reach,
      RepairSettings settings,
      Tuning tuning,
      Metrics metrics) {
    Repairer repairer = new Repairer(vertx, own, cluster, reach, settings, tuning, metrics);
    cluster.onChange(map -> repairer.context.runOnContext(v -> repairer.wake()));
    repairer.context.runOnContext(v -> repairer.begin());
    return repairer;
  }

  private void begin() {
    damageSeen = own.damage().getAsLong();
    regularNanos = nextRegular();
    wakeNanos = System.nanoTime();
    followMap();
    fetchDeletes();
    wake();
  }

  /** Until they are here, or the peers that have them are away, no photo is given out. */
  private void fetchDeletes() {
    doubts.serve(false);
    firstDeletes.begin(peers.telling());
  }

  /** The same for a moment, for peers that have come or are back. */
  private void fetchLateDeletes() {
    List<PeerState> late = peers.wantingDeletes();
    if (!late.isEmpty()) {
      doubts.serve(false);
      firstDeletes.beginLate(late);
    }
  }

  private void served() {
    doubts.serve(true);
    context.runOnContext(v -> wake());
  }

  private PeerDeletes deletes(PeerState peer) {
    return new PeerDeletes(
        context,
        own,
        peer,
        settings.answer(),
        tuning,
        counters,
        () -> stopping,
        untaken,
        failures,
        () -> lacking(peer));
  }

  /** Nodes that were started together do not all compare themselves at the same time. */
  private long nextRegular() {
    double jitter = 1 + JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
    return System.nanoTime() + (long) (settings.interval().toNanos() * jitter);
  }

  /**
   * Why a name that is not known here may be known to another node, for who is about to say that
   * there is none; empty when the node has all that its peers have.
   *
   * @param hash of the name
   */
  public Optional<String> doubt(long hash) {
    return doubts.of(hash);
  }

  /**
   * Whether photos that are found may be given out, but for those that are {@linkplain #withholds
   * withheld}. Not before the deletes that the peers know were fetched, at the start and after the
   * process was stopped for a while; and not for a moment when peers have come or are back.
   */
  public boolean serves() {
    return doubts.serves();
  }

  /** Whether {@link #serves}, and none is withheld. Two volatile reads. */
  public boolean servesAll() {
    return doubts.servesAll();
  }

  /**
   * Whether a photo that is found is deleted by a delete that this node could not take over.
   *
   * @param hash of its name
   */
  public boolean withholds(long hash, Version found) {
    return doubts.withholds(hash, found);
  }

  /** Whether {@link #doubt} is empty for all names but those that could not be copied. */
  public boolean sure() {
    return doubts.sure();
  }

  /** Whether the node is known to have all that its peers have. */
  public boolean complete() {
    return status.complete();
  }

  /** The body of {@code /_/repair}. */
  public Future<JsonObject> status() {
    Promise<JsonObject> json = Promise.promise();
    context.runOnContext(
        v -> {
          note();
          json.complete(status.toJson(rounds, running));
        });
    return Contexts.on(vertx.getOrCreateContext(), json.future());
  }

  /**
   * Begins a round with all peers at once, or as soon as the one that runs has ended. Who asks has
   * a reason to, so until then the node is in doubt.
   *
   * @return the {@code rounds} of the status from which on this round has ended
   */
  public Future<Long> request() {
    Promise<Long> target = Promise.promise();
    context.runOnContext(
        v -> {
          asked = true;
          peers.doubt();
          target.complete(rounds + (running ? 2 : 1));
          wake();
        });
    return Contexts.on(vertx.getOrCreateContext(), target.future());
  }

  /** Begins what is due, and sees to it that this is called again. */
  private void wake() {
    if (stopping) {
      return;
    }
    // What happens to the process from here on shows at the next call.
    long now = System.nanoTime();
    followMap();
    if (now - wakeNanos > tuning.stopped().toNanos()) {
      if (!peers.ids().isEmpty()) {
        LOG.warn("node {} was stopped for a while: it asks its peers what it missed", own.id());
      }
      peers.doubt();
      note();
      fetchDeletes();
    } else {
      fetchLateDeletes();
    }
    long damage = own.damage().getAsLong();
    if (damage > damageSeen) {
      LOG.info("node {} asks its peers for what is damaged here", own.id());
      peers.dueNow();
    }
    damageSeen = damage;
    if (!settings.interval().isZero() && System.nanoTime() - regularNanos >= 0) {
      regularNanos = nextRegular();
      peers.dueNow();
    }
    List<PeerState> due = peers.due();
    if (running) {
      ahead(due);
    }
    boolean busy = running || firstDeletes.running();
    if (!busy && (asked || !due.isEmpty())) {
      busy = true;
      round(due);
    }
    note();
    vertx.cancelTimer(timer);
    long most = (map.live() ? tuning.watch() : tuning.nodePause()).toMillis();
    long millis = busy ? most : peers.millisToDue(most);
    wakeNanos = now + millis * 1_000_000;
    timer = vertx.setTimer(millis, id -> context.runOnContext(v -> wake()));
  }

  private void followMap() {
    boolean seen = map.seen();
    if (map.back()) {
      peers.doubt();
      if (seen) {
        peers.wantDeletes();
      } else if (!firstDeletes.running()) {
        peers.wantMissedDeletes();
      }
    }
    peers.follow(cluster.current(), map.live());
    failures.retainPeers(peers.ids());
    untaken.retainPeers(peers.ids());
  }

  private void round(List<PeerState> due) {
    running = true;
    asked = false;
    rest.addAll(due);
    ahead(due.subList(Math.min(1, due.size()), due.size()));
    FailureCheck.run(context, own, failures, settings.answer().toMillis())
        .onComplete(checked -> nextPeer());
  }

  /** The deletes of peers do not wait for the photos of others. */
  private void ahead(List<PeerState> due) {
    for (PeerState peer : due) {
      if (!peer.ahead) {
        peer.ahead = true;
        deletes(peer)
            .run()
            .onFailure(
                failure -> {
                  peer.ahead = false;
                  peer.why = failure.getMessage();
                  retry(peer);
                });
      }
    }
  }

  private void nextPeer() {
    current = null;
    PeerState peer = rest.poll();
    while (peer != null && !peers.contains(peer)) {
      peer = rest.poll();
    }
    if (stopping || peer == null) {
      rest.clear();
      roundEnded();
      return;
    }
    compare(peer);
  }

  private void compare(PeerState peer) {
    current = peer;
    peer.due = false;
    peer.ahead = false;
    Copies copies =
        new Copies(
            context,
            own,
            peer,
            () -> peers.sourcesBeside(peer),
            settings.answer(),
            tuning.copies(),
            pacer,
            failures,
            counters,
            () -> stopping,
            () -> lacking(peer));
    Calls calls = new Calls(context, settings.answer());
    new PeerRound(
            calls,
            own,
            peer,
            tuning,
            deletes(peer),
            copies,
            new PeerLosses(own, peer, calls, failures),
            () -> stopping)
        .run()
        .onComplete(
            end -> {
              settle(peer, end.result());
              nextPeer();
            });
    note();
  }

  /** What was missed once was not all, perhaps: nobody counts as compared before in this round. */
  private void lacking(PeerState peer) {
    if (peer.compared) {
      peer.compared = false;
      rest.forEach(other -> other.compared = false);
      note();
    }
  }

  private void settle(PeerState peer, RoundEnd end) {
    peer.why = end.reason();
    switch (end.kind()) {
      case DONE, AGAIN -> {
        peer.ended();
        askBack(peer);
        if (end.kind() == RoundEnd.Kind.AGAIN || untaken.of(peer.id)) {
          retry(peer);
        } else {
          peer.pauseMillis = 0;
          peer.told = false;
        }
      }
      case NOT_READY -> {
        peer.phase = PeerState.Phase.WAITING;
        peer.due = true;
        peer.retryNanos = System.nanoTime() + tuning.nodePause().toNanos();
      }
      default -> {
        peer.phase = PeerState.Phase.WAITING;
        peer.compared &= end.kind() != RoundEnd.Kind.TOO_MANY;
        retry(peer);
      }
    }
  }

  private void retry(PeerState peer) {
    long first = tuning.firstPause().toMillis();
    peer.pauseMillis =
        Math.min(tuning.longestPause().toMillis(), Math.max(first, 2 * peer.pauseMillis));
    peer.due = true;
    peer.retryNanos = System.nanoTime() + peer.pauseMillis * 1_000_000;
    if (!peer.told && peer.pauseMillis >= TOLD_MILLIS) {
      peer.told = true;
      LOG.warn(
          "node {} cannot take over all of node {} yet, it goes on trying: {}",
          own.id(),
          peer.id,
          peer.why);
    }
  }

  /** A peer that does not know what it missed is told once that there is something. */
  private void askBack(PeerState peer) {
    if (peer.asked) {
      return;
    }
    peer.asked = true;
    if (peer.peerLacks) {
      peer.peer
          .ask()
          .get()
          .onFailure(
              failure -> LOG.debug("node {} cannot be asked: {}", peer.id, failure.getMessage()));
    }
  }

  private void roundEnded() {
    running = false;
    rounds++;
    counters.rounds().increment();
    if (stopping) {
      ended.tryComplete();
      return;
    }
    wake();
  }

  /** Tells all others how it stands. */
  private void note() {
    boolean before = doubts.sure();
    String unsure = map.doubt();
    doubts.waitFor(unsure.isEmpty() ? peers.waitingFor() : unsure);
    if (!before && doubts.sure() && !peers.ids().isEmpty()) {
      LOG.info("node {} has all that nodes {} have", own.id(), String.join(", ", peers.ids()));
    }
    status.note(doubts.sure(), running ? current : null);
  }

  /** Ends what is under way at its next step. */
  public Future<Void> close() {
    context.runOnContext(
        v -> {
          stopping = true;
          vertx.cancelTimer(timer);
          if (!running) {
            ended.tryComplete();
          }
        });
    return ended.future().timeout(CLOSE_SECONDS, TimeUnit.SECONDS).otherwiseEmpty();
  }
}
