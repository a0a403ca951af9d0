package io.backpack.coordinator;

import io.backpack.api.BackpackException;
import io.backpack.api.DeleteOptions;
import io.backpack.api.Deletion;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.Trace;
import io.backpack.api.Version;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.Shard;
import io.backpack.coordinator.NodeOrder.Use;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes one photo in all nodes of its shard. First all are asked what they have, which decides
 * between 204, 404 and 410 and which version the tombstone must beat; then the tombstone goes to
 * all at once, to those that know nothing of the name as well, since a copy may be on its way to
 * them. Nodes that hang are asked like all others, and waited for a moment only.
 *
 * <p>With {@code coordinator.copies-strict} as many nodes must have the tombstone on disk as an
 * upload must be on, for a 204 as for a 410: a single disk, and the queue server that had the tasks
 * for the others, may be lost together.
 */
final class DeleteOperation {
  private static final Logger LOG = LoggerFactory.getLogger(DeleteOperation.class);

  /**
   * Enough for a clock that is stepped while this runs; each try is above what the last one met.
   */
  private static final int MAX_TRIES = 5;

  private record Answer<T>(Node node, T result, BackpackException failure) {
    boolean says(ErrorCode code) {
      return failure != null && failure.code() == code;
    }
  }

  /** A tombstone on the disk of some nodes, and in the queue for the others. */
  private record Buried(Version version, List<String> on) {}

  private final CoordinatorParts parts;
  private final Lane lane;
  private final PhotoAddress address;
  private final Trace trace;
  private Shard shard;
  private List<Node> nodes;

  DeleteOperation(CoordinatorParts parts, Lane lane, PhotoAddress address, Trace trace) {
    this.parts = parts;
    this.lane = lane;
    this.address = address;
    this.trace = trace;
  }

  Future<Deletion> run() {
    ClusterMap map = parts.view().current();
    shard = parts.shard(map, address.shard());
    nodes = parts.nodes().of(map, shard);
    Optional<Node> original = nodes.stream().filter(Node::original).findFirst();
    if (original.isPresent()) {
      // It would go on to show the photo, whatever the others say.
      return fail(
          ErrorCode.METHOD_NOT_ALLOWED,
          "node "
              + original.get().id()
              + " of shard "
              + shard.id()
              + " is of the original Backpack and cannot delete: nothing in the shard can be"
              + " deleted before it has left");
    }
    PhotoAddress onNode = PhotoAddress.of(address.name());
    return askAll(Use.READ, node -> node.store().stat(onNode, trace)).compose(this::decide);
  }

  private Future<Deletion> decide(List<Answer<PhotoInfo>> answers) {
    Version highest = highestVersion(answers);
    Optional<PhotoInfo> photo =
        answers.stream().filter(answer -> answer.result() != null).map(Answer::result).findFirst();
    boolean lost =
        answers.stream()
            .anyMatch(answer -> answer.says(ErrorCode.MISSING) || answer.says(ErrorCode.DAMAGED));
    if (photo.isPresent() || lost) {
      Consumer<Version> onDisk =
          deletedBefore(answers)
              ? version -> {}
              : version -> {
                photo.ifPresent(info -> parts.sizes().add(shard.id(), -info.size()));
                parts.events().deleted(shard.id(), address.name(), version);
              };
      return bury(highest, 1, onDisk).compose(this::demandEnough);
    }
    long unknownTo = count(answers, ErrorCode.NOT_FOUND);
    long deletedAt = count(answers, ErrorCode.DELETED);
    boolean allTold = unknownTo + deletedAt == shard.nodes().size();
    if (deletedAt > 0) {
      // Who did not answer may have a later photo, and the client wants that gone as well.
      Future<Version> gone =
          allTold && deletedAt >= needed()
              ? Future.succeededFuture(highest)
              : bury(highest, 1, version -> {}).compose(this::demandEnough).map(Deletion::version);
      return gone.compose(
          version ->
              Future.failedFuture(
                  new BackpackException(
                      ErrorCode.DELETED, "the photo was deleted before", version)));
    }
    if (allTold && unknownTo > 0 && parts.view().live()) {
      return fail(ErrorCode.NOT_FOUND, "no photo '" + address.name() + "' in shard " + shard.id());
    }
    return fail(
        ErrorCode.UNAVAILABLE,
        "not all nodes of shard " + shard.id() + " can tell whether there is such a photo");
  }

  /**
   * Whether some node has a delete of what the others still show: a delete before this one was
   * counted and told, and is on its way to them.
   */
  private static boolean deletedBefore(List<Answer<PhotoInfo>> answers) {
    List<Answer<PhotoInfo>> deleted =
        answers.stream().filter(answer -> answer.says(ErrorCode.DELETED)).toList();
    List<Answer<PhotoInfo>> others =
        answers.stream().filter(answer -> !answer.says(ErrorCode.DELETED)).toList();
    return !deleted.isEmpty() && !highestVersion(others).isAfter(highestVersion(deleted));
  }

  /**
   * @param onDisk told once when some node has the tombstone, from where on the delete holds, even
   *     if it cannot be promised
   */
  private Future<Buried> bury(Version above, int attempt, Consumer<Version> onDisk) {
    Version version = parts.clock().nextAfter(above);
    PhotoAddress onNode = PhotoAddress.of(address.name());
    DeleteOptions options = new DeleteOptions(Optional.of(version), trace);
    return askAll(Use.WRITE, node -> node.store().delete(onNode, options))
        .compose(
            answers -> {
              if (answers.stream().anyMatch(answer -> answer.says(ErrorCode.OLDER_VERSION))) {
                return attempt < MAX_TRIES
                    ? bury(highestVersion(answers), attempt + 1, onDisk)
                    : fail(
                        ErrorCode.UNAVAILABLE, "the photo is written at the same time, try again");
              }
              return queue(version, answers, onDisk);
            });
  }

  private Future<Buried> queue(
      Version version, List<Answer<Deletion>> answers, Consumer<Version> onDisk) {
    List<String> done =
        answers.stream()
            .filter(answer -> answer.failure() == null)
            .map(answer -> answer.node().id())
            .toList();
    if (done.isEmpty()) {
      return fail(ErrorCode.UNAVAILABLE, "no node of shard " + shard.id() + " took the delete");
    }
    onDisk.accept(version);
    List<String> missing = shard.nodes().stream().filter(id -> !done.contains(id)).toList();
    return parts
        .tasks()
        .require(CopyTasks.tombstones(address.name(), version, missing))
        .transform(
            queued -> {
              if (queued.succeeded()) {
                if (!missing.isEmpty()) {
                  parts.pendingDeletes().add(address, version);
                }
                return Future.succeededFuture(new Buried(version, done));
              }
              LOG.warn(
                  "a delete is on {} and not queued for {}: {}",
                  done,
                  missing,
                  queued.cause().getMessage());
              return fail(
                  ErrorCode.UNAVAILABLE,
                  "nodes " + missing + " do not answer, and the delete could not be queued");
            });
  }

  /** How many nodes must have the tombstone on disk. */
  private int needed() {
    return parts.settings().copiesStrict()
        ? Math.min(parts.settings().copies(), shard.nodes().size())
        : 1;
  }

  private Future<Deletion> demandEnough(Buried buried) {
    int on = buried.on().size();
    return on >= needed()
        ? Future.succeededFuture(new Deletion(buried.version()))
        : fail(
            ErrorCode.UNAVAILABLE,
            "the delete is on the disk of "
                + on
                + " of the "
                + needed()
                + " nodes it must be on; it will be carried out on the others, ask again to know"
                + " when");
  }

  private <T> Future<List<Answer<T>>> askAll(Use use, Function<Node, Future<T>> ask) {
    List<Future<Answer<T>>> asked = new ArrayList<>();
    long begun = parts.nanos().getAsLong();
    long well = nodes.stream().filter(node -> !parts.order().hung(node.id(), use)).count();
    boolean dispensable = use == Use.READ || !parts.settings().copiesStrict() || well >= needed();
    for (Node node : nodes) {
      Duration patience =
          dispensable && parts.order().hung(node.id(), use)
              ? parts.order().patience()
              : parts.settings().requestTimeout();
      asked.add(
          lane.within(
                  patience, () -> ask.apply(node), late -> parts.order().answered(node.id(), use))
              .transform(result -> Future.succeededFuture(answer(node, use, result, begun))));
    }
    return asked.isEmpty()
        ? Future.succeededFuture(List.of())
        : Future.all(asked).map(all -> asked.stream().map(Future::result).toList());
  }

  private <T> Answer<T> answer(Node node, Use use, AsyncResult<T> result, long begun) {
    if (result.succeeded()) {
      parts.order().answered(node.id(), use);
      return new Answer<>(node, result.result(), null);
    }
    BackpackException failure = BackpackException.of(result.cause());
    switch (failure.code()) {
      case NOT_FOUND, DELETED, OLDER_VERSION, MISSING, DAMAGED ->
          parts.order().answered(node.id(), use);
      case OVERLOADED -> {
        // Too much to do, there or on the way there: no fault of the node, but no answer either.
      }
      case NOT_READY -> parts.order().notReady(node.id(), use);
      default -> {
        parts.order().failed(node.id(), parts.nanos().getAsLong() - begun);
        parts.stats().nodeFailed(node.id());
      }
    }
    return new Answer<>(node, null, failure);
  }

  private static Version highestVersion(List<? extends Answer<?>> answers) {
    Version highest = Version.NONE;
    for (Answer<?> answer : answers) {
      Version version = Version.NONE;
      if (answer.result() instanceof PhotoInfo info) {
        version = info.version();
      } else if (answer.result() instanceof Deletion deletion) {
        version = deletion.version();
      } else if (answer.failure() != null) {
        version = answer.failure().version().orElse(Version.NONE);
      }
      highest = version.isAfter(highest) ? version : highest;
    }
    return highest;
  }

  private static long count(List<? extends Answer<?>> answers, ErrorCode code) {
    return answers.stream().filter(answer -> answer.says(code)).count();
  }

  private static <T> Future<T> fail(ErrorCode code, String message) {
    return Future.failedFuture(new BackpackException(code, message));
  }
}
