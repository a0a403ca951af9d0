package io.backpack.api;

import io.vertx.core.Future;

/**
 * Stores immutable photos by name. A storage node, a coordinator, and the clients over HTTP and the
 * event bus all implement it; one contract test serves them all.
 *
 * <p>Failures are {@link BackpackException}s. Every method may be called on any thread and never
 * blocks it; futures complete on the caller's Vert.x context when it has one.
 */
public interface PhotoStore {
  /**
   * Stores a photo. When the future succeeds, the photo is durable as the store promises (synced to
   * disk on a node; on {@code coordinator.copies} nodes for a coordinator). When it fails, nothing
   * is promised: the photo may or may not be there, and the same call may be repeated.
   *
   * @param address the shard, when not empty, forces a coordinator's choice
   */
  Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload);

  /**
   * Reads a photo. Fails with {@link ErrorCode#NOT_FOUND} only when the store knows that there is
   * none, with {@link ErrorCode#DELETED} while the tombstone of a delete is kept, and with a
   * retryable code when the answer is not known here or now.
   */
  Future<Photo> get(PhotoAddress address, GetOptions options);

  /** What {@link #get} would say, without the bytes. */
  Future<PhotoInfo> stat(PhotoAddress address, Trace trace);

  /**
   * Deletes a photo. When the future succeeds the delete is durable and stays, whatever returns.
   * Without a version in the options it fails with {@link ErrorCode#NOT_FOUND} for an unknown name
   * and {@link ErrorCode#DELETED} for one deleted before.
   */
  Future<Deletion> delete(PhotoAddress address, DeleteOptions options);
}
