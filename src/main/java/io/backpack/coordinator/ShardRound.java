package io.backpack.coordinator;

import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.cluster.Shard;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends one body to nodes of one shard: to as many at a time as copies are missing, and to the next
 * node whenever one did not take it, until there are enough or no node is left. Nodes of the
 * original are sent it as well, but do not count. Stops early when a node says what no other node
 * could change.
 */
final class ShardRound {
  private static final Logger LOG = LoggerFactory.getLogger(ShardRound.class);
  private static final int CHECKS_PER_TIMEOUT = 8;

  private final CoordinatorParts parts;
  private final Lane lane;
  private final Shard shard;
  private final PhotoName name;
  private final PutOptions options;
  private final UploadBody body;
  private final int wanted;
  private final List<Node> nodes;
  private final Queue<Node> candidates;
  private final List<PutOutcome> outcomes = new ArrayList<>();
  private final Promise<ShardResult> promise = Promise.promise();
  private int inFlight;
  private int holders;
  private boolean stopped;

  /**
   * @param nodes of the shard, in the order in which to ask them
   * @param wanted copies, at least 1
   */
  ShardRound(
      CoordinatorParts parts,
      Lane lane,
      Shard shard,
      List<Node> nodes,
      PhotoName name,
      PutOptions options,
      UploadBody body,
      int wanted) {
    this.parts = parts;
    this.lane = lane;
    this.shard = shard;
    this.nodes = nodes;
    this.candidates = new ArrayDeque<>(nodes);
    this.name = name;
    this.options = options;
    this.body = body;
    this.wanted = wanted;
  }

  /** Never fails: failures are outcomes. */
  Future<ShardResult> run() {
    advance();
    return promise.future();
  }

  private void advance() {
    body.hold();
    while (!stopped && holders + inFlight < wanted && body.reusable() && !candidates.isEmpty()) {
      send(candidates.remove());
    }
    body.flow();
    if (inFlight == 0) {
      promise.tryComplete(new ShardResult(shard, nodes, wanted, outcomes));
    }
  }

  private void send(Node node) {
    inFlight++;
    parts.order().asked(node.id());
    Future<StoredPhoto> answer = body.complete() ? sendWhole(node) : sendStream(node);
    answer.onComplete(
        result ->
            settle(
                result.succeeded()
                    ? PutOutcome.of(node, result.result())
                    : PutOutcome.of(node, result.cause())));
  }

  private Future<StoredPhoto> sendWhole(Node node) {
    return lane.within(
        parts.settings().requestTimeout(),
        () -> node.store().put(PhotoAddress.of(name), options, body.whole()));
  }

  private Future<StoredPhoto> sendStream(Node node) {
    Duration timeout = parts.settings().requestTimeout();
    BodyBranch branch = body.branch();
    Promise<StoredPhoto> answer = Promise.promise();
    long watchdog =
        lane.every(
            timeout.dividedBy(CHECKS_PER_TIMEOUT),
            () -> {
              if (branch.blockedNanos() > timeout.toNanos()) {
                branch.fail(Lane.noAnswer(timeout));
                answer.tryFail(Lane.noAnswer(timeout));
              }
            });
    lane.bringStarted(() -> node.store().put(PhotoAddress.of(name), options, body.upload(branch)))
        .onComplete(
            result -> {
              if (result.succeeded()) {
                answer.tryComplete(result.result());
              } else {
                answer.tryFail(result.cause());
              }
            });
    return answer
        .future()
        .andThen(
            result -> {
              lane.cancel(watchdog);
              body.drop(branch);
            });
  }

  private void settle(PutOutcome outcome) {
    inFlight--;
    outcomes.add(outcome);
    if (outcome.faulty() && body.failure() == null) {
      // Once per outage: each upload that follows would say the same.
      if (parts.order().failed(outcome.node().id())) {
        LOG.warn(
            "shard {}: node {} did not take an upload: {}",
            shard.id(),
            outcome.node().id(),
            outcome.failure().getMessage());
      }
      parts.stats().nodeFailed(outcome.node().id());
    } else if (!outcome.faulty() && !outcome.overloaded()) {
      // Where the client broke off nothing is known: the node may as well hang.
      parts.order().answered(outcome.node().id());
    }
    if (outcome.holds() && !outcome.node().original()) {
      holders++;
    }
    switch (outcome.kind()) {
      case CONFLICT, OLDER, CLIENT_ERROR -> stopped = true;
      default -> {}
    }
    advance();
  }
}
