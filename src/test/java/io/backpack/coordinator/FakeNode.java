package io.backpack.coordinator;

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
import io.backpack.api.Streams;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.testing.InMemoryPhotoStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** A node in memory that misbehaves as a test wants it. */
final class FakeNode implements PhotoStore {
  /** What it does with an upload. */
  enum Puts {
    /** Waits for {@link #gate}, then does what it should. */
    WORK,
    /** Waits for {@link #gate}, then takes everything and keeps nothing. */
    DISCARD,
    /** Takes nothing and never answers. */
    HANG,
    /** Stores it, but the answer is lost. */
    STORE_AND_LOSE_ANSWER,
    /** Takes half of {@link #dieAfter} and more bytes, then is gone. */
    DIE,
    /** Takes {@link #dieAfter} bytes, then takes no more and never answers. */
    STALL
  }

  final InMemoryPhotoStore disk;
  final AtomicInteger puts = new AtomicInteger();
  final AtomicInteger reads = new AtomicInteger();
  final AtomicInteger deletes = new AtomicInteger();
  final List<PutOptions> putOptions = new CopyOnWriteArrayList<>();
  final List<Long> streamFailures = new CopyOnWriteArrayList<>();
  volatile Puts onPut = Puts.WORK;
  volatile boolean refusesCopies;
  volatile boolean hangReads;
  volatile Future<Void> readGate = Future.succeededFuture();
  volatile boolean hangDeletes;
  volatile long dieAfter;
  volatile Runnable onStreamFailure = () -> {};
  volatile Future<Void> gate = Future.succeededFuture();
  final AtomicReference<BackpackException> nextDeleteFailure = new AtomicReference<>();
  volatile Optional<BackpackException> putFailure = Optional.empty();
  volatile Optional<BackpackException> readFailure = Optional.empty();

  FakeNode(int stamper) {
    this.disk = new InMemoryPhotoStore(stamper, 64 << 20);
  }

  /** Makes everything fail with this code. */
  void down(ErrorCode code) {
    disk.fail(new BackpackException(code, "the node is down"));
  }

  @Override
  public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
    puts.incrementAndGet();
    putOptions.add(options);
    if (putFailure.isPresent()) {
      return Future.failedFuture(putFailure.get());
    }
    if (refusesCopies && options.replica()) {
      return Future.failedFuture(new BackpackException(ErrorCode.UNAVAILABLE, "gone"));
    }
    return switch (onPut) {
      case WORK -> gate.compose(open -> disk.put(address, options, upload));
      case DISCARD ->
          gate.compose(open -> Streams.collect(upload.stream(), Long.MAX_VALUE))
              .map(
                  bytes ->
                      new StoredPhoto(
                          "",
                          new PhotoInfo(
                              address.name(),
                              bytes.length(),
                              0,
                              options.version().orElseThrow(),
                              "image/jpeg"),
                          false));
      case HANG -> Promise.<StoredPhoto>promise().future();
      case STORE_AND_LOSE_ANSWER ->
          disk.put(address, options, upload)
              .compose(
                  stored ->
                      Future.failedFuture(
                          new BackpackException(ErrorCode.UNAVAILABLE, "connection reset")));
      case DIE, STALL -> consume(upload, onPut == Puts.DIE);
    };
  }

  private Future<StoredPhoto> consume(Upload upload, boolean die) {
    Promise<StoredPhoto> promise = Promise.promise();
    AtomicLong taken = new AtomicLong();
    upload.stream()
        .exceptionHandler(
            failure -> {
              streamFailures.add(taken.get());
              onStreamFailure.run();
            })
        .handler(
            chunk -> {
              if (taken.addAndGet(chunk.length()) >= dieAfter) {
                upload.stream().pause();
                if (die) {
                  promise.tryFail(new BackpackException(ErrorCode.UNAVAILABLE, "gone"));
                }
              }
            });
    upload.stream().resume();
    return promise.future();
  }

  @Override
  public Future<Photo> get(PhotoAddress address, GetOptions options) {
    reads.incrementAndGet();
    return hangReads
        ? Promise.<Photo>promise().future()
        : readFailure
            .<Future<Photo>>map(Future::failedFuture)
            .orElseGet(() -> readGate.compose(open -> disk.get(address, options)));
  }

  @Override
  public Future<PhotoInfo> stat(PhotoAddress address, Trace trace) {
    return hangReads
        ? Promise.<PhotoInfo>promise().future()
        : readFailure
            .<Future<PhotoInfo>>map(Future::failedFuture)
            .orElse(disk.stat(address, trace));
  }

  @Override
  public Future<Deletion> delete(PhotoAddress address, DeleteOptions options) {
    deletes.incrementAndGet();
    BackpackException failure = nextDeleteFailure.getAndSet(null);
    if (failure != null) {
      return Future.failedFuture(failure);
    }
    return hangDeletes ? Promise.<Deletion>promise().future() : disk.delete(address, options);
  }

  /** What is stored, read past everything that misbehaves. */
  Optional<PhotoInfo> stored(PhotoName name) {
    Future<PhotoInfo> info = disk.stat(PhotoAddress.of(name), Trace.NONE);
    return info.succeeded() ? Optional.of(info.result()) : Optional.empty();
  }

  /** The version of the tombstone, when there is one. */
  Optional<Version> tombstone(PhotoName name) {
    Future<PhotoInfo> info = disk.stat(PhotoAddress.of(name), Trace.NONE);
    return info.failed() && info.cause() instanceof BackpackException failure
        ? failure.version()
        : Optional.empty();
  }

  /** The versions of the uploads it was sent. */
  List<Version> versions() {
    List<Version> versions = new ArrayList<>();
    putOptions.forEach(options -> options.version().ifPresent(versions::add));
    return versions;
  }
}
