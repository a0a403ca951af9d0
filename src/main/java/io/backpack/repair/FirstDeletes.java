package io.backpack.repair;

import io.backpack.repair.RoundEnd.Kind;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Collection;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does before it gives out photos that it has: takes over the deletes of all peers that
 * answer, of all at a time. A peer that does not answer is not waited for, one that is not ready
 * for as long as an answer may take. While the node itself is not ready, or cannot write, it tries
 * again as long as a peer is there that could give out photos in its place. Lives on one context.
 */
final class FirstDeletes {
  private static final Logger LOG = LoggerFactory.getLogger(FirstDeletes.class);

  private final Vertx vertx;
  private final Context context;
  private final String node;
  private final Function<PeerState, PeerDeletes> deletes;
  private final Predicate<PeerState> wanted;
  private final Duration patience;
  private final Duration pause;

  /** Peers that are being asked. */
  private int open;

  /** What an earlier call of {@link #begin} still does counts no more. */
  private int tries;

  private boolean told;

  /**
   * @param deletes of a peer
   * @param wanted whether a peer still is one, and the node is not being stopped
   * @param patience with a peer that is not ready
   * @param pause between two tries
   */
  FirstDeletes(
      Vertx vertx,
      Context context,
      String node,
      Function<PeerState, PeerDeletes> deletes,
      Predicate<PeerState> wanted,
      Duration patience,
      Duration pause) {
    this.vertx = vertx;
    this.context = context;
    this.node = node;
    this.deletes = deletes;
    this.wanted = wanted;
    this.patience = patience;
    this.pause = pause;
  }

  boolean running() {
    return open > 0;
  }

  /**
   * Begins, anew if it runs.
   *
   * @param over called once at the end, at once without peers; not when this is called again before
   */
  void begin(Collection<PeerState> peers, Runnable over) {
    tries++;
    told = false;
    open = peers.size();
    if (open == 0) {
      over.run();
      return;
    }
    long end = System.nanoTime() + patience.toNanos();
    peers.forEach(peer -> ask(peer, tries, end, over));
  }

  private void ask(PeerState peer, int mine, long end, Runnable over) {
    deletes
        .apply(peer)
        .run()
        .onComplete(
            asked -> {
              if (mine != tries) {
                return;
              }
              if (asked.failed() && wanted.test(peer) && again(peer, asked.cause(), end)) {
                vertx.setTimer(
                    pause.toMillis(),
                    id -> context.runOnContext(v -> askAgain(peer, mine, end, over)));
              } else {
                open--;
                if (open == 0) {
                  over.run();
                }
              }
            });
  }

  private void askAgain(PeerState peer, int mine, long end, Runnable over) {
    if (mine == tries) {
      ask(peer, mine, end, over);
    }
  }

  private boolean again(PeerState peer, Throwable cause, long end) {
    if (!(cause instanceof RoundEnd.Stop stop)) {
      LOG.error("the deletes of node {} could not be fetched", peer.id, cause);
      return false;
    }
    Kind kind = stop.end().kind();
    boolean patient = System.nanoTime() - end < 0;
    boolean own = kind == Kind.NOT_READY || kind == Kind.NODE_AWAY;
    if (own && !patient && !told) {
      told = true;
      LOG.warn(
          "node {} gives out no photos before it has the deletes of node {}: {}",
          node,
          peer.id,
          stop.end().reason());
    }
    return own || kind == Kind.PEER_NOT_READY && patient;
  }
}
