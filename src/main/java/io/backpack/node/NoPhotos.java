package io.backpack.node;

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

/**
 * The store of a role that has none: every request is {@link ErrorCode#FORBIDDEN}.
 *
 * @param why for the answer
 */
record NoPhotos(String why) implements PhotoStore {
  private <T> Future<T> refused() {
    return Future.failedFuture(new BackpackException(ErrorCode.FORBIDDEN, why));
  }

  @Override
  public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
    return refused();
  }

  @Override
  public Future<Photo> get(PhotoAddress address, GetOptions options) {
    return refused();
  }

  @Override
  public Future<PhotoInfo> stat(PhotoAddress address, Trace trace) {
    return refused();
  }

  @Override
  public Future<Deletion> delete(PhotoAddress address, DeleteOptions options) {
    return refused();
  }
}
