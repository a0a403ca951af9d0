package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * When all entries of the index are gone through for what is lost in places without names: once for
 * new places, while those who ask wait for a while; and again, behind the back of those who ask,
 * where more was found than is kept in mind. A walk keeps Redis busy, so one that takes long is not
 * often followed by another. Safe for use by any thread.
 */
final class LostWalks {
  /** A walk that takes no longer may be followed by the next one at once. */
  private static final long SHORT_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Between two walks to the same places, in times of what one takes. */
  private static final int PAUSE = 10;

  /** So long after a walk what it found is told, in times of what it took. */
  private static final int LATELY = 4;

  private final Function<Set<LostPlace>, Future<LostWalk>> walk;
  private final Limits limits;
  private final LongSupplier nanoTime;

  // Guarded by this.
  private LostWalk last = LostWalk.NONE;
  private Future<LostWalk> walking = Future.succeededFuture(last);
  private boolean busy;
  private long tookNanos;
  private long endedNanos;

  /**
   * Bounds.
   *
   * @param remembered hashes that are kept in mind
   * @param patience of who asks for places that no walk has seen
   * @param pause at least between two walks to the same places
   */
  record Limits(int remembered, Duration patience, Duration pause) {
    static final Limits DEFAULT =
        new Limits(100_000, Duration.ofSeconds(4), Duration.ofSeconds(10));
  }

  /**
   * @param walk goes through all entries
   */
  LostWalks(Function<Set<LostPlace>, Future<LostWalk>> walk, Limits limits, LongSupplier nanoTime) {
    this.walk = walk;
    this.limits = limits;
    this.nanoTime = nanoTime;
  }

  /**
   * What was found to be lost in these places, and in others.
   *
   * @return what the last walk found, which may not {@linkplain LostWalk#covers cover} them, while
   *     one walk follows another because of ever new places; fails with {@link ErrorCode#NOT_READY}
   *     when that is not known yet: a walk takes longer than anybody waits, and goes on
   */
  Future<LostWalk> of(Set<LostPlace> places) {
    return knownOrWalking(places)
        // A walk that was under way may have begun before these places were known.
        .compose(
            found -> found.covers(places) ? Future.succeededFuture(found) : knownOrWalking(places))
        .compose(
            found ->
                found.covers(places)
                    ? Future.succeededFuture(found)
                    : Future.<LostWalk>failedFuture(notYet()))
        .recover(this::lately);
  }

  /** A disk that dies shows new places as fast as they are gone through. */
  private synchronized Future<LostWalk> lately(Throwable failure) {
    boolean lately = nanoTime.getAsLong() - endedNanos < LATELY * tookNanos;
    boolean waiting = BackpackException.of(failure).code() == ErrorCode.NOT_READY;
    return waiting && lately && !last.places().isEmpty()
        ? Future.succeededFuture(last)
        : Future.failedFuture(failure);
  }

  private synchronized Future<LostWalk> knownOrWalking(Set<LostPlace> places) {
    if (places.isEmpty()) {
      last = LostWalk.NONE;
      return Future.succeededFuture(last);
    }
    long rested = nanoTime.getAsLong() - endedNanos;
    if (last.covers(places)) {
      LostWalk known = last;
      if (!known.all() && !busy && rested >= Math.max(limits.pause.toNanos(), PAUSE * tookNanos)) {
        begin(places);
      }
      return Future.succeededFuture(known);
    }
    if (!busy) {
      if (tookNanos > SHORT_NANOS && rested < tookNanos) {
        return Future.failedFuture(notYet());
      }
      begin(places);
    }
    return walking
        .timeout(limits.patience.toMillis(), TimeUnit.MILLISECONDS)
        .recover(
            failure ->
                Future.failedFuture(failure instanceof TimeoutException ? notYet() : failure));
  }

  private static BackpackException notYet() {
    return new BackpackException(
        ErrorCode.NOT_READY,
        "this node is going through its index for what it has lost, ask again later");
  }

  private void begin(Set<LostPlace> places) {
    long begun = nanoTime.getAsLong();
    busy = true;
    walking = walk.apply(places).onComplete((found, failure) -> ended(begun, found));
  }

  private synchronized void ended(long begun, LostWalk found) {
    busy = false;
    endedNanos = nanoTime.getAsLong();
    tookNanos = endedNanos - begun;
    if (found != null) {
      last = found;
    }
  }
}
