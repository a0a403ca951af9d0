package io.backpack.cli.client;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Upload;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/**
 * Uploads files, a bounded number at a time, each streamed from the disk. What may succeed later is
 * tried a few times, which is safe since an upload may be repeated. When the server refuses the
 * token, or fails one upload after another, the rest is given up.
 */
final class Uploads {
  private static final int ATTEMPTS = 4;
  private static final long BACKOFF_MILLIS = 200;

  private final ClientSession session;
  private final int concurrency;
  private final Semaphore permits;
  private final AtomicInteger failuresInARow = new AtomicInteger();
  private volatile boolean hopeless;

  Uploads(ClientSession session, int concurrency) {
    this.session = session;
    this.concurrency = concurrency;
    this.permits = new Semaphore(concurrency);
  }

  /** Whether going on makes no sense. */
  boolean hopeless() {
    return hopeless;
  }

  /**
   * Begins an upload as soon as there is room; blocks the main thread until then.
   *
   * @param answer called with the result or the failure, on an event loop
   */
  void begin(
      Path file,
      long size,
      PhotoAddress address,
      PutOptions options,
      BiConsumer<StoredPhoto, BackpackException> answer)
      throws InterruptedException {
    permits.acquire();
    session
        .vertx()
        .runOnContext(
            none ->
                attempt(file, size, address, options, 1)
                    .onComplete(
                        (stored, failure) -> {
                          BackpackException known =
                              failure == null ? null : BackpackException.of(failure);
                          count(known);
                          try {
                            answer.accept(stored, known);
                          } finally {
                            permits.release();
                          }
                        }));
  }

  private void count(BackpackException failure) {
    if (failure == null) {
      failuresInARow.set(0);
    } else if (failure.code() == ErrorCode.UNAUTHORIZED
        || failure.code().retryable() && failuresInARow.incrementAndGet() > 2 * concurrency) {
      hopeless = true;
    }
  }

  /** Waits for all that was begun. */
  void finish() throws InterruptedException {
    permits.acquire(concurrency);
  }

  private Future<StoredPhoto> attempt(
      Path file, long size, PhotoAddress address, PutOptions options, int attempt) {
    return once(file, size, address, options)
        .recover(
            failure ->
                failure instanceof BackpackException known
                        && known.code().retryable()
                        && attempt < ATTEMPTS
                        && !hopeless
                    ? delay(session.vertx(), BACKOFF_MILLIS << attempt)
                        .compose(none -> attempt(file, size, address, options, attempt + 1))
                    : Future.failedFuture(failure));
  }

  private static Future<Void> delay(Vertx vertx, long millis) {
    Promise<Void> promise = Promise.promise();
    vertx.setTimer(millis, id -> promise.complete());
    return promise.future();
  }

  private Future<StoredPhoto> once(Path file, long size, PhotoAddress address, PutOptions options) {
    return session
        .vertx()
        .fileSystem()
        .open(file.toString(), new OpenOptions().setRead(true).setWrite(false).setCreate(false))
        .recover(
            failure ->
                Future.failedFuture(
                    new BackpackException(
                        ErrorCode.BAD_REQUEST, "the file cannot be read", failure)))
        .compose(
            (AsyncFile bytes) -> {
              bytes.pause();
              return session
                  .store()
                  .put(address, options, new Upload(size, bytes))
                  .eventually(() -> bytes.close().otherwiseEmpty());
            });
  }
}
