package io.backpack.coordinator;

import io.backpack.api.BackpackException;
import io.backpack.api.Checksum;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.coordinator.PutOutcome.Kind;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Makes a stored photo win again. When one node refuses an upload because other bytes are stored
 * under the name, and another that lacked them took it, the refused bytes have the higher version
 * and would replace the acknowledged ones everywhere. So the stored photo is written once more, to
 * every node of the shard, with a version above both.
 */
final class PhotoRestorer {
  private static final int TIMEOUTS = 3;

  private final CoordinatorParts parts;
  private final Lane lane;
  private final PhotoName name;
  private final Trace trace;
  private final int retain;

  /**
   * @param retain bytes of memory that it may use
   */
  PhotoRestorer(CoordinatorParts parts, Lane lane, PhotoName name, Trace trace, int retain) {
    this.parts = parts;
    this.lane = lane;
    this.name = name;
    this.trace = trace;
    this.retain = retain;
  }

  /** Succeeds when the stored photo has the highest version on at least one node. */
  Future<Void> restore(ShardResult result) {
    return restore(result, result.keepers().iterator());
  }

  private Future<Void> restore(ShardResult result, Iterator<PutOutcome> keepers) {
    if (!keepers.hasNext()) {
      return Future.failedFuture(
          new BackpackException(
              ErrorCode.UNAVAILABLE, "the photo stored under this name cannot be read now"));
    }
    Node keeper = keepers.next().node();
    return lane.within(
            parts.settings().requestTimeout(),
            () ->
                keeper.store().get(PhotoAddress.of(name), new GetOptions(Optional.empty(), trace)),
            Photo::discard)
        .transform(
            read -> {
              if (read.succeeded()) {
                return write(result, read.result());
              }
              BackpackException failure = BackpackException.of(read.cause());
              // Deleted since: there is nothing left that must win.
              return failure.code() == ErrorCode.DELETED
                  ? Future.succeededFuture()
                  : restore(result, keepers);
            });
  }

  private Future<Void> write(ShardResult result, Photo photo) {
    Version version = parts.clock().nextAfter(photo.info().version());
    Checksum checksum = new Checksum(Checksum.Algorithm.CRC32C, photo.info().crc32cHex());
    PutOptions options =
        new PutOptions(
            photo.info().contentType(),
            Optional.of(version),
            true,
            false,
            List.of(checksum),
            trace);
    UploadBody body =
        new UploadBody(
            lane,
            parts.nanos(),
            new Upload(photo.info().size(), photo.body()),
            retain,
            photo.info().size());
    ShardRound round =
        new ShardRound(
            parts,
            lane,
            result.shard(),
            result.nodes(),
            name,
            options,
            body,
            result.nodes().size());
    Duration limit = parts.settings().requestTimeout().multipliedBy(TIMEOUTS);
    return lane.within(limit, () -> body.fill().compose(filled -> round.run()))
        .onFailure(cause -> body.abort(BackpackException.of(cause)))
        .compose(written -> conclude(written, version));
  }

  private Future<Void> conclude(ShardResult written, Version version) {
    List<String> holders = written.holdersOf(version);
    if (holders.isEmpty() && !written.has(Kind.OLDER)) {
      return Future.failedFuture(
          new BackpackException(
              ErrorCode.UNAVAILABLE, "the photo stored under this name could not be kept"));
    }
    parts.tasks().offer(CopyTasks.copies(name, version, holders, written.others(holders)));
    return Future.succeededFuture();
  }
}
