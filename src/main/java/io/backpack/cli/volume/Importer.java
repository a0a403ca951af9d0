package io.backpack.cli.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.Checksum;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoStore;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Upload;
import io.backpack.archive.ArchivedPhoto;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Stores photos, a bounded number and a bounded amount of bytes at a time. What may succeed later
 * is tried a few times; when one photo after the other fails so, the rest is given up.
 */
final class Importer {
  /** What a photo may have where nobody says less; all of it is in memory. */
  static final long MAX_PHOTO = 1L << 30;

  /** Bytes under way, in units of 1 KiB; a larger photo goes alone. */
  private static final int MAX_KIB = 128 << 10;

  private static final int ATTEMPTS = 4;
  private static final long BACKOFF_MILLIS = 200;

  /** What became of them. */
  record Counts(long stored, long unchanged, long older, long failed, long bytes) {}

  private final PhotoStore store;
  private final Vertx vertx;
  private final int concurrency;
  private final long largest;
  private final boolean keepVersions;
  private final Consumer<String> complain;
  private final LongConsumer ended;
  private final Semaphore permits;
  private final Semaphore kib = new Semaphore(MAX_KIB);
  private final AtomicLong stored = new AtomicLong();
  private final AtomicLong unchanged = new AtomicLong();
  private final AtomicLong older = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger failuresInARow = new AtomicInteger();
  private volatile boolean hopeless;

  /**
   * @param largest bytes that the store takes as one photo
   * @param keepVersions photos that have a version are stored as copies of that version
   * @param ended takes the size of each photo when it is known what became of it; any thread
   */
  Importer(
      PhotoStore store,
      Vertx vertx,
      int concurrency,
      long largest,
      boolean keepVersions,
      Consumer<String> complain,
      LongConsumer ended) {
    this.store = store;
    this.vertx = vertx;
    this.concurrency = concurrency;
    this.largest = Math.min(largest, MAX_PHOTO);
    this.keepVersions = keepVersions;
    this.complain = complain;
    this.ended = ended;
    this.permits = new Semaphore(concurrency);
  }

  /** Whether going on makes no sense. */
  boolean hopeless() {
    return hopeless;
  }

  /** Something that cannot be a photo. */
  void refused(String what, String why) {
    failed.incrementAndGet();
    complain.accept(what + ": " + why);
  }

  /** Whether it must be passed over; it is counted then. */
  boolean tooLarge(String name, long size) {
    boolean wrong = size > largest || size == 0;
    if (wrong) {
      refused(name, size == 0 ? "a photo has at least one byte" : "larger than " + largest);
    }
    return wrong;
  }

  /** Begins to store a photo; blocks until there is room. */
  void store(ArchivedPhoto photo, byte[] data) {
    int units = Math.min(MAX_KIB, (data.length >> 10) + 1);
    permits.acquireUninterruptibly();
    kib.acquireUninterruptibly(units);
    vertx.runOnContext(
        v ->
            attempt(photo, data, 1)
                .onComplete(
                    (done, failure) -> {
                      try {
                        count(photo, data.length, done, failure);
                        ended.accept(data.length);
                      } finally {
                        kib.release(units);
                        permits.release();
                      }
                    }));
  }

  private Future<StoredPhoto> attempt(ArchivedPhoto photo, byte[] data, int attempt) {
    PutOptions options = PutOptions.DEFAULT.withContentType(photo.contentType());
    if (photo.crc32c().isPresent()) {
      options =
          options.withChecksums(
              List.of(new Checksum(Checksum.Algorithm.CRC32C, photo.crc32c().get())));
    }
    if (keepVersions && photo.version().isPresent()) {
      options = options.asReplica(photo.version().get());
    }
    return store
        .put(PhotoAddress.of(photo.name()), options, Upload.of(Buffer.buffer(data)))
        .recover(
            failure ->
                BackpackException.of(failure).code().retryable() && attempt < ATTEMPTS && !hopeless
                    ? vertx
                        .timer(BACKOFF_MILLIS << attempt, TimeUnit.MILLISECONDS)
                        .compose(waited -> attempt(photo, data, attempt + 1))
                    : Future.failedFuture(failure));
  }

  private void count(ArchivedPhoto photo, long size, StoredPhoto done, Throwable failure) {
    if (failure == null) {
      failuresInARow.set(0);
      (done.unchanged() ? unchanged : stored).incrementAndGet();
      bytes.addAndGet(size);
      return;
    }
    BackpackException why = BackpackException.of(failure);
    if (why.code() == ErrorCode.OLDER_VERSION) {
      failuresInARow.set(0);
      older.incrementAndGet();
      return;
    }
    refused(photo.name().value(), why.code() + ": " + why.getMessage());
    boolean lasting = why.code() == ErrorCode.UNAUTHORIZED || why.code() == ErrorCode.NO_SPACE;
    if (lasting || why.code().retryable() && failuresInARow.incrementAndGet() > 2 * concurrency) {
      hopeless = true;
    }
  }

  /** Waits for all that was begun. */
  Counts finish() {
    permits.acquireUninterruptibly(concurrency);
    if (hopeless) {
      complain.accept("given up: run it again, what is stored will be unchanged");
    }
    return new Counts(stored.get(), unchanged.get(), older.get(), failed.get(), bytes.get());
  }
}
