package io.backpack.coordinator;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.Shard;
import io.backpack.coordinator.NodeOrder.Use;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Asks the nodes of a shard in turn until one has the answer. "Not found" is an answer only when
 * every node of the shard said it and the map is known to be current; "deleted" is one from any
 * node, so that a delete holds from the first node that heard of it. A node that hangs is asked
 * last; now and then also beside the others, to see whether it still does. One read at a time waits
 * for it as long as for any other; the rest wait for a moment only, or every name that the others
 * do not have would keep its reader, and a place on the way to the node, for the whole time.
 *
 * @param <T> what a node answers with
 */
final class ReadOperation<T> {
  private final CoordinatorParts parts;
  private final Lane lane;
  private final PhotoAddress address;
  private final Function<Node, Future<T>> ask;
  private final Consumer<T> drop;
  private final Map<String, Future<T>> probes = new HashMap<>();
  private int nodesOfShard;
  private int knowNothing;
  private BackpackException trouble;

  /**
   * @param ask one node
   * @param drop frees an answer that came too late
   */
  ReadOperation(
      CoordinatorParts parts,
      Lane lane,
      PhotoAddress address,
      Function<Node, Future<T>> ask,
      Consumer<T> drop) {
    this.parts = parts;
    this.lane = lane;
    this.address = address;
    this.ask = ask;
    this.drop = drop;
  }

  Future<T> run() {
    ClusterMap map = parts.view().current();
    Shard shard = parts.shard(map, address.shard());
    nodesOfShard = shard.nodes().size();
    List<Node> nodes = parts.order().forReads(parts.nodes().of(map, shard));
    for (Node node : nodes.subList(Math.min(1, nodes.size()), nodes.size())) {
      if (parts.order().probe(node.id(), Use.READ, false)) {
        probe(node);
      }
    }
    return next(nodes.iterator())
        .onComplete(done -> probes.values().forEach(unneeded -> unneeded.onSuccess(drop::accept)));
  }

  /** Asks a node for whose answer nobody waits, unless the others do not have it. */
  private void probe(Node node) {
    probes.put(node.id(), ask(node, parts.settings().requestTimeout(), true));
  }

  private Future<T> next(Iterator<Node> nodes) {
    if (!nodes.hasNext()) {
      return Future.failedFuture(nothing());
    }
    Node node = nodes.next();
    // It was asked at the start of this read, and is not asked twice.
    Future<T> probed = probes.remove(node.id());
    return (probed == null ? ask(node) : probed)
        .transform(
            answer -> {
              if (answer.succeeded()) {
                return Future.succeededFuture(answer.result());
              }
              BackpackException failure = BackpackException.of(answer.cause());
              return goOn(failure) ? next(nodes) : Future.failedFuture(failure);
            });
  }

  private Future<T> ask(Node node) {
    boolean hung = parts.order().hung(node.id(), Use.READ);
    boolean probing = hung && parts.order().probe(node.id(), Use.READ, true);
    parts.order().asked(node.id(), Use.READ);
    return ask(
        node,
        hung && !probing ? parts.order().patience() : parts.settings().requestTimeout(),
        probing);
  }

  private Future<T> ask(Node node, Duration patience, boolean probing) {
    long begun = parts.nanos().getAsLong();
    return lane.within(
            patience,
            () -> ask.apply(node),
            late -> {
              parts.order().answered(node.id(), Use.READ);
              drop.accept(late);
            })
        .andThen(
            answer -> {
              if (answer.succeeded()) {
                parts.order().answered(node.id(), Use.READ);
              } else {
                note(node, BackpackException.of(answer.cause()), begun);
              }
              if (probing) {
                parts.order().probeEnded(node.id(), Use.READ);
              }
            });
  }

  /** What a failure says about the node itself. */
  private void note(Node node, BackpackException failure, long begun) {
    switch (failure.code()) {
      case NOT_FOUND, DELETED, RANGE_NOT_SATISFIABLE, BAD_NAME, BAD_REQUEST ->
          parts.order().answered(node.id(), Use.READ);
      case MISSING, DAMAGED -> parts.stats().nodeFailed(node.id());
      case OVERLOADED -> {
        // Too much to do, there or on the way there: no fault of the node, but no answer either.
      }
      case NOT_READY -> parts.order().notReady(node.id(), Use.READ);
      default -> {
        parts.order().failed(node.id(), parts.nanos().getAsLong() - begun);
        parts.stats().nodeFailed(node.id());
      }
    }
  }

  private boolean goOn(BackpackException failure) {
    switch (failure.code()) {
      case DELETED, RANGE_NOT_SATISFIABLE, BAD_NAME, BAD_REQUEST -> {
        return false;
      }
      case NOT_FOUND -> knowNothing++;
      default -> trouble = failure;
    }
    return true;
  }

  private BackpackException nothing() {
    if (nodesOfShard > 0 && knowNothing == nodesOfShard && parts.view().live()) {
      return new BackpackException(
          ErrorCode.NOT_FOUND, "no photo '" + address.name() + "' in shard " + address.shard());
    }
    parts.stats().readFailed();
    String why =
        trouble == null
            ? "the cluster map may be out of date"
            : "one says: " + trouble.getMessage();
    return new BackpackException(
        trouble != null && trouble.code() == ErrorCode.DAMAGED
            ? ErrorCode.MISSING
            : ErrorCode.UNAVAILABLE,
        "not all nodes of shard " + address.shard() + " can tell; " + why);
  }
}
