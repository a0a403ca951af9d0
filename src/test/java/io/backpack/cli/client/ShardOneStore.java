package io.backpack.cli.client;

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

/** A store as a coordinator is one: it says that everything went to shard 1. */
record ShardOneStore(PhotoStore store) implements PhotoStore {
  @Override
  public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
    return store
        .put(address, options, upload)
        .map(stored -> new StoredPhoto("1", stored.info(), stored.unchanged()));
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
