package io.backpack.coordinator;

import io.backpack.api.BackpackException;
import io.backpack.api.DeleteOptions;
import io.backpack.api.Deletion;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoStore;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Optional;

/**
 * All shards of a cluster as one store. An upload goes to the shard its address names, or to one
 * that is chosen for it; everything else names its shard.
 *
 * <p>What a success means is said at {@link PhotoStore}; here "durable" is on the disks of {@code
 * coordinator.copies} nodes, or of at least one with the other copies queued. The store stamps the
 * versions: one in the options of a caller is not used.
 */
final class CoordinatorPhotoStore implements PhotoStore {
  private final Vertx vertx;
  private final CoordinatorParts parts;

  CoordinatorPhotoStore(Vertx vertx, CoordinatorParts parts) {
    this.vertx = vertx;
    this.parts = parts;
  }

  @Override
  public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
    long started = parts.nanos().getAsLong();
    Lane lane = Lane.of(vertx);
    PutOptions own =
        new PutOptions(
            options.contentType(),
            Optional.empty(),
            false,
            options.ifAbsent(),
            options.checksums(),
            options.trace());
    return lane.call(() -> new PutOperation(parts, lane, address, own, upload).run(upload.length()))
        .onSuccess(
            stored ->
                parts
                    .stats()
                    .uploaded(
                        stored.shard(), stored.info().size(), parts.nanos().getAsLong() - started))
        .onFailure(this::countFailedUpload);
  }

  private void countFailedUpload(Throwable cause) {
    if (BackpackException.of(cause).code().status() >= ErrorCode.INTERNAL.status()) {
      parts.stats().uploadFailed();
    } else {
      parts.stats().uploadRefused();
    }
  }

  @Override
  public Future<Photo> get(PhotoAddress address, GetOptions options) {
    long started = parts.nanos().getAsLong();
    Lane lane = Lane.of(vertx);
    PhotoAddress onNode = PhotoAddress.of(address.name());
    return lane.call(
            () ->
                new ReadOperation<>(
                        parts,
                        lane,
                        address,
                        node -> node.store().get(onNode, options),
                        Photo::discard)
                    .run())
        .onSuccess(
            photo ->
                parts.stats().read(photo.range().length(), parts.nanos().getAsLong() - started));
  }

  @Override
  public Future<PhotoInfo> stat(PhotoAddress address, Trace trace) {
    Lane lane = Lane.of(vertx);
    PhotoAddress onNode = PhotoAddress.of(address.name());
    return lane.call(
        () ->
            new ReadOperation<PhotoInfo>(
                    parts, lane, address, node -> node.store().stat(onNode, trace), late -> {})
                .run());
  }

  @Override
  public Future<Deletion> delete(PhotoAddress address, DeleteOptions options) {
    long started = parts.nanos().getAsLong();
    Lane lane = Lane.of(vertx);
    return lane.call(() -> new DeleteOperation(parts, lane, address, options.trace()).run())
        .onSuccess(deletion -> parts.stats().deleted(parts.nanos().getAsLong() - started));
  }
}
