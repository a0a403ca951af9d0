package io.backpack.replicator;

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
import java.util.EnumSet;
import java.util.Set;

/** A node that was away, and whether it answers again. */
final class AnswerWatch implements PhotoStore {
  /** What only a node says that can look for a photo. */
  private static final Set<ErrorCode> KNOWING =
      EnumSet.of(ErrorCode.NOT_FOUND, ErrorCode.DELETED, ErrorCode.DAMAGED, ErrorCode.MISSING);

  private final PhotoStore store;
  private final Runnable answered;

  AnswerWatch(PhotoStore store, Runnable answered) {
    this.store = store;
    this.answered = answered;
  }

  @Override
  public Future<Photo> get(PhotoAddress address, GetOptions options) {
    return store
        .get(address, options)
        .onComplete(
            read -> {
              boolean knows =
                  read.succeeded()
                      || read.cause() instanceof BackpackException failure
                          && KNOWING.contains(failure.code());
              if (knows) {
                answered.run();
              }
            });
  }

  @Override
  public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
    return store.put(address, options, upload);
  }

  @Override
  public Future<PhotoInfo> stat(PhotoAddress address, Trace trace) {
    return store.stat(address, trace);
  }

  @Override
  public Future<Deletion> delete(PhotoAddress address, DeleteOptions options) {
    return store.delete(address, options);
  }
}
