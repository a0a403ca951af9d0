package io.backpack.coordinator;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.cluster.Shard;
import io.backpack.coordinator.NodeOrder.Use;
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
 * node whenever one did not take it, until there are enough or no node is left. Stops early when a
 * node says what no other node could change.
 *
 * <p>Nodes that hang are passed over; one upload at a time is sent to such a node beside the
 * others, and waits for it a moment at most. Who gets nowhere that way may {@link #insist}. A body
 * that flows at the pace of all its readers cannot leave one behind; now and then it is sent to
 * such a node like to others.
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
  private final Queue<Node> candidates = new ArrayDeque<>();
  private final Queue<Node> passedOver = new ArrayDeque<>();
  private final List<Node> probed = new ArrayList<>();
  private final List<PutOutcome> outcomes = new ArrayList<>();
  private Promise<ShardResult> promise = Promise.promise();
  private long patience = -1;
  private boolean insisting;
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
    this.name = name;
    this.options = options;
    this.body = body;
    this.wanted = wanted;
  }

  /** Never fails: failures are outcomes. */
  Future<ShardResult> run() {
    // A body that flows cannot be sent a second time to a node that was passed over at first.
    insisting = !body.complete() && parts.settings().copiesStrict();
    for (Node node : nodes) {
      boolean hung = parts.order().hung(node.id(), Use.WRITE);
      boolean due = !body.complete() && !parts.order().suspect(node.id());
      (hung && !due && !insisting ? passedOver : candidates).add(node);
    }
    advance();
    return promise.future();
  }

  /** Whether copies are missing that nodes may make which were not waited for. */
  boolean canInsist() {
    boolean left = !passedOver.isEmpty() || !probed.isEmpty();
    return left && !insisting && !stopped && holders < wanted && body.reusable();
  }

  /** After {@link #run}: asks nodes that hang like all others, and waits for them. */
  Future<ShardResult> insist() {
    insisting = true;
    promise = Promise.promise();
    candidates.addAll(passedOver);
    passedOver.clear();
    advance();
    return promise.future();
  }

  private void advance() {
    if (promise.future().isComplete()) {
      return;
    }
    body.hold();
    while (missing() > 0 && !candidates.isEmpty()) {
      Node node = candidates.remove();
      parts.order().asked(node.id(), Use.WRITE);
      inFlight++;
      send(node, parts.order().probe(node.id(), Use.WRITE, false), false);
    }
    for (Node node : List.copyOf(passedOver)) {
      boolean useful = body.complete() && !stopped;
      if (useful && parts.order().probe(node.id(), Use.WRITE, missing() > 0)) {
        passedOver.remove(node);
        probed.add(node);
        send(node, true, true);
      }
    }
    body.flow();
    if (inFlight == 0) {
      conclude();
    }
  }

  /** Copies that nobody is at work on. */
  private int missing() {
    int expected = holders + inFlight + (insisting ? probed.size() : 0);
    return stopped || !body.reusable() ? 0 : wanted - expected;
  }

  private void conclude() {
    if (probed.isEmpty() || holders >= wanted) {
      complete();
    } else if (!insisting && patience < 0) {
      patience = lane.after(parts.order().patience(), this::waitedEnough);
    }
  }

  private void waitedEnough() {
    if (!insisting) {
      complete();
    }
  }

  private void complete() {
    if (patience >= 0) {
      lane.cancel(patience);
    }
    List<PutOutcome> all = new ArrayList<>(outcomes);
    probed.forEach(node -> all.add(PutOutcome.of(node, Lane.noAnswer(parts.order().patience()))));
    if (holders < wanted) {
      passedOver.forEach(node -> all.add(PutOutcome.of(node, hangs(node))));
    }
    promise.tryComplete(new ShardResult(shard, nodes, wanted, all));
  }

  private static BackpackException hangs(Node node) {
    return new BackpackException(
        ErrorCode.OVERLOADED, "node " + node.id() + " hangs, and is asked by others already");
  }

  /**
   * @param probe whether the node hangs, and others leave it to this upload to find out
   * @param beside whether it is not waited for
   */
  private void send(Node node, boolean probe, boolean beside) {
    long begun = parts.nanos().getAsLong();
    boolean whole = body.complete();
    BodyBranch branch = whole ? null : body.branch();
    (whole ? sendWhole(node) : sendStream(node, branch))
        .onComplete(
            result -> {
              PutOutcome outcome =
                  result.succeeded()
                      ? PutOutcome.of(node, result.result())
                      : PutOutcome.of(node, result.cause());
              // A body may flow for long before anything is wrong.
              note(outcome, whole ? parts.nanos().getAsLong() - begun : branch.waitedNanos());
              if (probe) {
                parts.order().probeEnded(node.id(), Use.WRITE);
              }
              if (beside) {
                probed.remove(node);
              } else {
                inFlight--;
              }
              settle(outcome);
            });
  }

  private Future<StoredPhoto> sendWhole(Node node) {
    return lane.within(
        parts.settings().requestTimeout(),
        () -> node.store().put(PhotoAddress.of(name), options, body.whole()));
  }

  private Future<StoredPhoto> sendStream(Node node, BodyBranch branch) {
    Duration timeout = parts.settings().requestTimeout();
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

  /** What it says about the node itself. */
  private void note(PutOutcome outcome, long tookNanos) {
    if (outcome.faulty() && body.failure() == null) {
      // Once per outage: each upload that follows would say the same.
      if (parts.order().failed(outcome.node().id(), tookNanos)) {
        LOG.warn(
            "shard {}: node {} did not take an upload: {}",
            shard.id(),
            outcome.node().id(),
            outcome.failure().getMessage());
      }
      parts.stats().nodeFailed(outcome.node().id());
    } else if (!outcome.faulty() && !outcome.overloaded()) {
      // Where the client broke off nothing is known: the node may as well hang.
      parts.order().answered(outcome.node().id(), Use.WRITE);
    }
  }

  private void settle(PutOutcome outcome) {
    outcomes.add(outcome);
    if (outcome.holds()) {
      holders++;
    }
    switch (outcome.kind()) {
      case CONFLICT, OLDER, CLIENT_ERROR -> stopped = true;
      default -> {}
    }
    advance();
  }
}
