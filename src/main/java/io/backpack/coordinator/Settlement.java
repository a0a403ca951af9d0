package io.backpack.coordinator;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Version;
import io.backpack.coordinator.NodeOrder.Use;
import io.backpack.coordinator.PutOutcome.Kind;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What follows once it is clear which shard has an upload: its nodes agree on one version, the
 * missing copies are queued, and the books are kept.
 */
final class Settlement {
  private final CoordinatorParts parts;
  private final Lane lane;
  private final PhotoName name;
  private final UploadBody body;

  Settlement(CoordinatorParts parts, Lane lane, PhotoName name, UploadBody body) {
    this.parts = parts;
    this.lane = lane;
    this.name = name;
    this.body = body;
  }

  /**
   * Answers the client. With enough copies of the winning version on disk the missing ones are
   * offered to the queue; with fewer the queue must have them.
   */
  Future<StoredPhoto> settle(ShardResult result, PutOptions options) {
    PhotoInfo info = result.winner();
    return align(result, options, info)
        .compose(
            holders -> {
              List<String> missing = result.others(holders);
              var tasks = CopyTasks.copies(name, info.version(), holders, missing);
              if (holders.size() >= result.wanted()) {
                parts.tasks().offer(tasks);
                return Future.succeededFuture();
              }
              if (parts.settings().copiesStrict()) {
                return Future.<Void>failedFuture(
                    new BackpackException(
                        ErrorCode.NO_SHARD_AVAILABLE,
                        "too few nodes have the photo, and fewer copies are not allowed"));
              }
              return parts
                  .tasks()
                  .require(tasks)
                  .onSuccess(queued -> parts.stats().uploadDegraded())
                  .recover(
                      cause ->
                          Future.failedFuture(
                              new BackpackException(
                                  ErrorCode.NO_SHARD_AVAILABLE,
                                  "too few nodes have the photo, and the missing copies could not"
                                      + " be queued, try again")));
            })
        .map(
            settled -> {
              boolean unchanged = !result.has(Kind.STORED);
              if (!result.has(Kind.UNCHANGED)) {
                parts.sizes().add(result.shard().id(), info.size());
              }
              if (!unchanged) {
                parts.events().stored(result.shard().id(), info);
              }
              return new StoredPhoto(result.shard().id(), info, unchanged);
            });
  }

  /**
   * Gives nodes that had the same bytes under a lower version the winning one, so that what could
   * still hit the lower one, as a delete on its way, cannot take a copy that was counted; and nodes
   * that refused the upload for a photo which was deleted.
   *
   * @return ids of the nodes with the winning version
   */
  private Future<List<String>> align(ShardResult result, PutOptions options, PhotoInfo info) {
    List<String> holders = new ArrayList<>(result.holdersOf(info.version()));
    List<Future<Void>> writes = new ArrayList<>();
    PutOptions replica = options.withContentType(info.contentType()).asReplica(info.version());
    for (PutOutcome outcome : result.outcomes()) {
      Node node = outcome.node();
      boolean behind = outcome.holds() || outcome.kind() == Kind.CONFLICT;
      if (!behind || holders.contains(node.id()) || !body.complete()) {
        continue;
      }
      writes.add(
          lane.within(
                  parts.settings().requestTimeout(),
                  () -> node.store().put(PhotoAddress.of(name), replica, body.whole()))
              .transform(
                  written -> {
                    if (written.succeeded()) {
                      holders.add(node.id());
                    }
                    return Future.succeededFuture();
                  }));
    }
    return writes.isEmpty()
        ? Future.succeededFuture(holders)
        : Future.join(writes).map(aligned -> holders);
  }

  /**
   * Whether what some node still has was deleted: as those say that took the upload over the
   * tombstone, as this coordinator remembers, or as nodes say that did not take part. Those that
   * failed a moment ago are not asked, and those that hang not waited for, which would cost another
   * timeout.
   *
   * @param stored the version found
   * @return the version of a later delete, or {@link Version#NONE}
   */
  Future<Version> laterDelete(ShardResult result, Version stored) {
    Version replaced = result.replaced();
    Version remembered = parts.pendingDeletes().of(new PhotoAddress(result.shard().id(), name));
    Version known = replaced.isAfter(remembered) ? replaced : remembered;
    if (known.isAfter(Version.NONE) && !stored.isAfter(known)) {
      return Future.succeededFuture(known);
    }
    List<Future<Version>> asked = new ArrayList<>();
    for (Node node : result.unasked()) {
      if (!parts.order().failing(node.id(), Use.READ)) {
        Duration patience =
            parts.order().hung(node.id(), Use.READ)
                ? parts.order().patience()
                : parts.settings().requestTimeout();
        asked.add(
            lane.within(patience, () -> node.store().stat(PhotoAddress.of(name), Trace.NONE))
                .transform(
                    answer ->
                        Future.succeededFuture(
                            answer.failed() ? deletion(answer.cause(), stored) : Version.NONE)));
      }
    }
    return asked.isEmpty()
        ? Future.succeededFuture(Version.NONE)
        : Future.join(asked)
            .map(
                all ->
                    asked.stream()
                        .map(Future::result)
                        .max(Version::compareTo)
                        .orElse(Version.NONE));
  }

  private static Version deletion(Throwable cause, Version stored) {
    BackpackException failure = BackpackException.of(cause);
    return failure.code() == ErrorCode.DELETED
        ? failure.version().filter(version -> !stored.isAfter(version)).orElse(Version.NONE)
        : Version.NONE;
  }
}
