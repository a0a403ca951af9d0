package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ByteRange;
import io.backpack.api.Checksum;
import io.backpack.api.ContentTypes;
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
import io.backpack.api.Streams;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * A storage node of the original Backpack as a store, for as long as it is a member of a shard
 * beside ours. It says only 201, 200 with bytes, and 404, so the rest is made here:
 *
 * <ul>
 *   <li>Photos are read as a whole, so that they have a checksum, and the version that goes with it
 *       ({@link Version#ofOriginal}).
 *   <li>An upload is compared with its checksums and with what is stored under the name first, as a
 *       node of ours does it, and read back after it: it succeeds when the same bytes come. They
 *       were handed to that node's kernel then and are not synced; who makes promises must not
 *       count them.
 *   <li>A copy is taken whatever its version, which is lost.
 *   <li>Nothing can be deleted: {@link ErrorCode#METHOD_NOT_ALLOWED}.
 * </ul>
 *
 * <p>Two uploads of a name at the same time are not told apart by the original; the later one stays
 * there. Safe for use by any thread.
 */
final class OriginalPhotoStore implements PhotoStore {
  /**
   * A photo is in memory as a whole; larger ones than nodes of ours take by default are refused.
   */
  private static final long MAX_PHOTO = 32 << 20;

  /** What stands under a name. */
  private record Stored(PhotoInfo info, Buffer bytes) {}

  private final HttpPhotoStore node;
  private final long memory;
  private final AtomicLong held = new AtomicLong();

  /**
   * @param node takes answers without version and checksum
   * @param memory bytes that are read or sent at a time; more is refused at once
   */
  OriginalPhotoStore(HttpPhotoStore node, long memory) {
    this.node = node;
    this.memory = memory;
  }

  @Override
  public Future<Photo> get(PhotoAddress address, GetOptions options) {
    return read(address, options.trace(), true)
        .map(
            stored -> {
              long size = stored.info.size();
              ByteRange range =
                  options.range().map(wanted -> wanted.resolve(size)).orElse(ByteRange.all(size));
              return Photo.of(
                  stored.info,
                  range,
                  stored.bytes.getBuffer((int) range.offset(), (int) range.end()));
            });
  }

  @Override
  public Future<PhotoInfo> stat(PhotoAddress address, Trace trace) {
    return read(address, trace, true).map(Stored::info);
  }

  /**
   * @param counted whether its memory was not taken before
   */
  private Future<Stored> read(PhotoAddress address, Trace trace, boolean counted) {
    return node.get(address, new GetOptions(Optional.empty(), trace))
        .compose(
            photo -> {
              long size = photo.info().size();
              if (size > MAX_PHOTO) {
                photo.discard();
                return Future.failedFuture(
                    new BackpackException(
                        ErrorCode.UNAVAILABLE, "the original has " + size + " bytes of this name"));
              }
              return within(counted ? size : 0, photo::bytes, photo::discard)
                  .map(bytes -> stored(address, photo.info().contentType(), bytes));
            });
  }

  private static Stored stored(PhotoAddress address, String type, Buffer bytes) {
    int crc = Checksum.crc32c(bytes);
    PhotoInfo info =
        new PhotoInfo(
            address.name(),
            bytes.length(),
            crc,
            Version.ofOriginal(crc),
            ContentTypes.decide(type, address.name(), bytes));
    return new Stored(info, bytes);
  }

  @Override
  public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
    long size = upload.length() < 0 ? MAX_PHOTO : upload.length();
    if (size > MAX_PHOTO) {
      return Future.failedFuture(
          new BackpackException(
              ErrorCode.TOO_LARGE, "the original takes " + MAX_PHOTO + " bytes at the most"));
    }
    // What is sent and what is read back.
    return within(
        2 * size, () -> bytes(upload).compose(bytes -> put(address, options, bytes)), () -> {});
  }

  private static Future<Buffer> bytes(Upload upload) {
    return upload.buffered().isPresent()
        ? Future.succeededFuture(upload.buffered().get())
        : Streams.collect(upload.stream(), MAX_PHOTO);
  }

  private Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Buffer bytes) {
    ByteBuffer data = ((BufferInternal) bytes).getByteBuf().nioBuffer();
    int crc = Checksum.crc32c(bytes);
    options.checksums().forEach(expected -> expected.check(data, crc));
    return read(address, options.trace(), false)
        .map(Optional::of)
        .recover(
            failure ->
                BackpackException.of(failure).code() == ErrorCode.NOT_FOUND
                    ? Future.succeededFuture(Optional.empty())
                    : Future.failedFuture(failure))
        .compose(
            before -> {
              if (before.isEmpty()) {
                return write(address, options, bytes);
              }
              return over(address, options, bytes, before.get());
            });
  }

  private Future<StoredPhoto> over(
      PhotoAddress address, PutOptions options, Buffer bytes, Stored before) {
    boolean same = before.bytes.equals(bytes);
    if (options.ifAbsent()) {
      return refuse(ErrorCode.PRECONDITION_FAILED, "a photo is stored", before);
    }
    if (same) {
      Version version = options.replica() ? options.version().orElseThrow() : before.info.version();
      return Future.succeededFuture(new StoredPhoto("", told(before.info, version), true));
    }
    return options.replica()
        ? write(address, options, bytes)
        : refuse(ErrorCode.EXISTS, "other bytes are stored under this name", before);
  }

  private static <T> Future<T> refuse(ErrorCode code, String message, Stored before) {
    return Future.failedFuture(new BackpackException(code, message, before.info.version()));
  }

  private Future<StoredPhoto> write(PhotoAddress address, PutOptions options, Buffer bytes) {
    PutOptions plain = PutOptions.DEFAULT.withContentType(options.contentType());
    return node.put(address, plain, Upload.of(bytes))
        .compose(answered -> read(address, options.trace(), false))
        .map(
            after -> {
              if (!after.bytes.equals(bytes)) {
                throw new BackpackException(
                    ErrorCode.UNAVAILABLE,
                    "the original answered 201 and shows other bytes than were sent");
              }
              Version version = options.version().orElse(after.info.version());
              return new StoredPhoto("", told(after.info, version), false);
            });
  }

  /** As a node of ours answers: with the version it was told. */
  private static PhotoInfo told(PhotoInfo info, Version version) {
    return new PhotoInfo(info.name(), info.size(), info.crc32c(), version, info.contentType());
  }

  @Override
  public Future<Deletion> delete(PhotoAddress address, DeleteOptions options) {
    return Future.failedFuture(
        new BackpackException(
            ErrorCode.METHOD_NOT_ALLOWED, "a node of the original Backpack cannot delete"));
  }

  /**
   * @param refused frees what was to be worked on
   */
  private <T> Future<T> within(long bytes, Supplier<Future<T>> work, Runnable refused) {
    long before = held.getAndAdd(bytes);
    if (bytes > 0 && before > 0 && before + bytes > memory) {
      held.addAndGet(-bytes);
      refused.run();
      return Future.failedFuture(
          new BackpackException(
              ErrorCode.OVERLOADED, "too many bytes wait for a node of the original"));
    }
    Future<T> done;
    try {
      done = work.get();
    } catch (RuntimeException e) {
      done = Future.failedFuture(e);
    }
    return done.onComplete(any -> held.addAndGet(-bytes));
  }
}
