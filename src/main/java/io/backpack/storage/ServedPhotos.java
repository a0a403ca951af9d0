package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.DeleteOptions;
import io.backpack.api.Deletion;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.PhotoStore;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.http.ReadyPhoto;
import io.backpack.http.ReadyPhotos;
import io.vertx.core.Future;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/**
 * The photos of a node for everybody but its own repair: none is shown while it may have been
 * deleted without the node's knowledge, or by a delete that the node cannot take over. Uploads,
 * copies and deletes are taken all the same.
 */
final class ServedPhotos implements PhotoStore, ReadyPhotos {
  private final PhotoStore store;
  private final ReadyPhotos ready;
  private final PeerRepair repair;

  private final ToLongFunction<PhotoName> hash;

  ServedPhotos(
      PhotoStore store, ReadyPhotos ready, PeerRepair repair, ToLongFunction<PhotoName> hash) {
    this.hash = hash;
    this.store = store;
    this.ready = ready;
    this.repair = repair;
  }

  /** While any is withheld all take the longer way, where the version is looked at. */
  @Override
  public ReadyPhoto find(PhotoName name, boolean sound) {
    return repair.servesAll() ? ready.find(name, sound) : null;
  }

  @Override
  public boolean fetch(PhotoName name, boolean sound, Consumer<ReadyPhoto> then) {
    return repair.servesAll() && ready.fetch(name, sound, then);
  }

  @Override
  public Future<Photo> get(PhotoAddress address, GetOptions options) {
    if (repair.servesAll()) {
      return store.get(address, options);
    }
    return repair.serves()
        ? store.get(address, options).compose(photo -> unlessDeleted(address, photo))
        : refused();
  }

  @Override
  public Future<PhotoInfo> stat(PhotoAddress address, Trace trace) {
    if (repair.servesAll()) {
      return store.stat(address, trace);
    }
    return repair.serves()
        ? store
            .stat(address, trace)
            .compose(info -> withheld(address, info) ? untaken() : Future.succeededFuture(info))
        : refused();
  }

  private Future<Photo> unlessDeleted(PhotoAddress address, Photo photo) {
    if (withheld(address, photo.info())) {
      photo.discard();
      return untaken();
    }
    return Future.succeededFuture(photo);
  }

  private boolean withheld(PhotoAddress address, PhotoInfo info) {
    return repair.withholds(hash.applyAsLong(address.name()), info.version());
  }

  private static <T> Future<T> untaken() {
    return Future.failedFuture(
        new BackpackException(
            ErrorCode.NOT_READY,
            "another node has deleted this photo, and this node could not take that over yet"));
  }

  private static <T> Future<T> refused() {
    return Future.failedFuture(
        new BackpackException(
            ErrorCode.NOT_READY,
            "this node was away, and is asking its peers what was deleted meanwhile"));
  }

  @Override
  public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
    return store.put(address, options, upload);
  }

  @Override
  public Future<Deletion> delete(PhotoAddress address, DeleteOptions options) {
    return store.delete(address, options);
  }
}
