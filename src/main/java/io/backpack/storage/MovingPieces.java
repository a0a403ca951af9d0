package io.backpack.storage;

import io.backpack.storage.NeedleStream.Blocks;
import io.backpack.storage.NeedleStream.Pieces;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.function.BiPredicate;
import java.util.function.Supplier;

/**
 * The pieces of a photo that may be moved to another volume while it is read: who finds its volume
 * gone looks the photo up again and goes on there.
 *
 * @param <T> where the photo is
 */
final class MovingPieces<T> implements Pieces {
  /** A place, and how it is read. */
  record Source<T>(T place, Blocks blocks) {}

  private final DiskReads reads;
  private final BiPredicate<T, Throwable> gone;
  private final Supplier<Future<Source<T>>> again;
  private Source<T> source;

  /**
   * @param gone whether a read failed because nothing is in the place any more
   * @param again finds where the same bytes are now; fails when they are nowhere
   */
  MovingPieces(
      DiskReads reads,
      Source<T> first,
      BiPredicate<T, Throwable> gone,
      Supplier<Future<Source<T>>> again) {
    this.reads = reads;
    this.source = first;
    this.gone = gone;
    this.again = again;
  }

  @Override
  public Future<ByteBuffer> read(long offset, int length) {
    return read(offset, length, CurrentNeedles.TRIES);
  }

  private Future<ByteBuffer> read(long offset, int length, int tries) {
    Source<T> now = source;
    return reads
        .run(() -> now.blocks().read(offset, length))
        .recover(
            failure ->
                tries > 0 && gone.test(now.place(), failure)
                    ? again
                        .get()
                        .compose(
                            found -> {
                              source = found;
                              return read(offset, length, tries - 1);
                            })
                    : Future.failedFuture(failure));
  }
}
