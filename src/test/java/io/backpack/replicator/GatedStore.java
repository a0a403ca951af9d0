package io.backpack.replicator;

import io.backpack.api.DeleteOptions;
import io.backpack.api.Deletion;
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
import io.vertx.core.Promise;
import java.util.concurrent.atomic.AtomicInteger;

/** A store whose uploads wait until a test opens the gate. */
final class GatedStore implements PhotoStore {
  private final PhotoStore store;
  private final Promise<Void> gate = Promise.promise();
  private final AtomicInteger waiting = new AtomicInteger();

  GatedStore(PhotoStore store) {
    this.store = store;
  }

  int waiting() {
    return waiting.get();
  }

  void open() {
    gate.complete();
  }

  @Override
  public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
    waiting.incrementAndGet();
    return gate.future().compose(opened -> store.put(address, options, upload));
  }

  @Override
  public Future<Photo> get(PhotoAddress address, GetOptions options) {
    return store.get(address, options);
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
