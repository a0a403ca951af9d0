package io.backpack.repair;

import io.backpack.repair.RoundEnd.Kind;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does before it gives out photos that it has: takes over the deletes of all peers that
 * answer, of all at a time. A peer that does not answer twice is not waited for, one that is not
 * ready for as long as an answer may take. While the node itself is not ready it tries again as
 * long as a peer is there that could give out photos in its place. For peers that come later, or
 * were out of reach with ZooKeeper, all of this lasts a moment at the most, since all nodes of a
 * shard may be doing it. Lives on one context.
 */
final class FirstDeletes {
  private static final Logger LOG = LoggerFactory.getLogger(FirstDeletes.class);

  private final Vertx vertx;
  private final Context context;
  private final String node;
  private final Function<PeerState, PeerDeletes> deletes;
  private final Predicate<PeerState> wanted;
  private final Duration patience;
  private final Tuning tuning;
  private final Runnable over;

  /** Those that photos wait for. */
  private final Map<PeerState, Question> open = new HashMap<>();

  private boolean told;

  /** One peer that is being asked; what comes of an earlier question counts no more. */
  private static final class Question {
    final boolean brief;
    final long patientUntil;
    boolean failed;

    Question(boolean brief, long patientUntil) {
      this.brief = brief;
      this.patientUntil = patientUntil;
    }
  }

  /**
   * @param deletes of a peer
   * @param wanted whether a peer still is one, and the node is not being stopped
   * @param patience with a peer that is not ready
   * @param over called each time that nothing is waited for any more
   */
  FirstDeletes(
      Vertx vertx,
      Context context,
      String node,
      Function<PeerState, PeerDeletes> deletes,
      Predicate<PeerState> wanted,
      Duration patience,
      Tuning tuning,
      Runnable over) {
    this.vertx = vertx;
    this.context = context;
    this.node = node;
    this.deletes = deletes;
    this.wanted = wanted;
    this.patience = patience;
    this.tuning = tuning;
    this.over = over;
  }

  boolean running() {
    return !open.isEmpty();
  }

  /** Begins, anew if it runs. Is over at once without peers. */
  void begin(Collection<PeerState> peers) {
    open.clear();
    told = false;
    start(peers, false);
    if (peers.isEmpty()) {
      over.run();
    }
  }

  /** Begins for further peers; for a moment only unless {@link #begin} is not over yet. */
  void beginLate(Collection<PeerState> peers) {
    boolean brief = open.values().stream().allMatch(question -> question.brief);
    start(peers, brief);
  }

  private void start(Collection<PeerState> peers, boolean brief) {
    long end = System.nanoTime() + patience.toNanos();
    for (PeerState peer : peers) {
      peer.deletesWanted = false;
      peer.ahead = true;
      Question question = new Question(brief, end);
      open.put(peer, question);
      if (brief) {
        vertx.setTimer(
            tuning.refusal().toMillis(), id -> context.runOnContext(v -> done(peer, question)));
      }
    }
    peers.forEach(peer -> ask(peer, open.get(peer)));
  }

  private void done(PeerState peer, Question question) {
    if (open.remove(peer, question) && open.isEmpty()) {
      over.run();
    }
  }

  private void ask(PeerState peer, Question question) {
    deletes
        .apply(peer)
        .run()
        .onComplete(
            asked -> {
              peer.deletesFetched |= asked.succeeded();
              if (open.get(peer) != question) {
                return;
              }
              if (asked.failed() && wanted.test(peer)) {
                failed(peer, question, asked.cause());
              } else {
                done(peer, question);
              }
            });
  }

  private void failed(PeerState peer, Question question, Throwable cause) {
    boolean again = again(peer, question, cause);
    boolean away = cause instanceof RoundEnd.Stop stop && stop.end().kind() == Kind.PEER_AWAY;
    question.failed = away;
    if (again) {
      long pause = (away ? tuning.firstPause() : tuning.nodePause()).toMillis();
      vertx.setTimer(pause, id -> context.runOnContext(v -> askAgain(peer, question)));
    } else {
      peer.ahead = false;
      done(peer, question);
    }
  }

  private void askAgain(PeerState peer, Question question) {
    if (open.get(peer) == question) {
      ask(peer, question);
    }
  }

  private boolean again(PeerState peer, Question question, Throwable cause) {
    if (!(cause instanceof RoundEnd.Stop stop)) {
      LOG.error("the deletes of node {} could not be fetched", peer.id, cause);
      return false;
    }
    boolean patient = System.nanoTime() - question.patientUntil < 0;
    switch (stop.end().kind()) {
      case NOT_READY, NODE_AWAY -> {
        if (!patient && !told) {
          told = true;
          LOG.warn(
              "node {} gives out no photos before it has the deletes of node {}: {}",
              node,
              peer.id,
              stop.end().reason());
        }
        return true;
      }
      case PEER_NOT_READY -> {
        return patient;
      }
      case PEER_AWAY -> {
        // A connection that was kept too long breaks at its next use.
        return patient && !question.failed;
      }
      default -> {
        // What a disk does not take is withheld alone.
        return false;
      }
    }
  }
}
