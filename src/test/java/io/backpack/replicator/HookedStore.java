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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** A store that counts, and does what a test wants before or after a call. */
final class HookedStore implements PhotoStore {
  final AtomicInteger gets = new AtomicInteger();
  final AtomicInteger puts = new AtomicInteger();
  volatile Function<String, Future<Void>> beforeGet = name -> Future.succeededFuture();
  volatile Function<String, Future<Void>> beforePut = name -> Future.succeededFuture();
  volatile Function<String, Future<Void>> afterPut = name -> Future.succeededFuture();
  private final PhotoStore store;

  HookedStore(PhotoStore store) {
    this.store = store;
  }

  @Override
  public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
    puts.incrementAndGet();
    String name = address.name().value();
    return beforePut
        .apply(name)
        .compose(begun -> store.put(address, options, upload))
        .compose(stored -> afterPut.apply(name).map(stored));
  }

  @Override
  public Future<Photo> get(PhotoAddress address, GetOptions options) {
    gets.incrementAndGet();
    return beforeGet.apply(address.name().value()).compose(begun -> store.get(address, options));
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
