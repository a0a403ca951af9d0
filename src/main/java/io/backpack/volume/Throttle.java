package io.backpack.volume;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A pace of so many bytes a second, as a token bucket: work may run ahead by a quarter of a second.
 * One thread works by it; any thread may change its rate, cancel it or see how far it has come.
 */
public final class Throttle implements Pace {
  /** No limit. */
  public static final long UNLIMITED = Long.MAX_VALUE;

  /** A cancelled one, or one whose rate was raised, goes on after at most so long. */
  private static final long SLICE_NANOS = 50_000_000;

  private static final double SECOND = 1e9;
  private static final double BURST_SECONDS = 0.25;

  /** Time, and how to let some of it pass; what a test replaces. */
  public interface Time {
    /** That of the machine. */
    Time SYSTEM =
        new Time() {
          @Override
          public long nanos() {
            return System.nanoTime();
          }

          @Override
          public void rest(long nanos) {
            LockSupport.parkNanos(nanos);
          }
        };

    /** Nanoseconds since some moment. */
    long nanos();

    /** Blocks for about so long; may return early. */
    void rest(long nanos);
  }

  private final Time time;
  private final AtomicLong done = new AtomicLong();
  private volatile long rate;
  private volatile boolean cancelled;

  // Of the working thread.
  private double credit;
  private long lastNanos;

  /**
   * @param rate in bytes a second, {@link #UNLIMITED} for as fast as it goes
   */
  public Throttle(long rate, Time time) {
    this.time = time;
    this.lastNanos = time.nanos();
    rate(rate);
  }

  /** Changes the rate from now on. */
  public void rate(long bytesPerSecond) {
    if (bytesPerSecond < 1) {
      throw new IllegalArgumentException("a rate is positive");
    }
    rate = bytesPerSecond;
  }

  /** Ends the work at its next step. */
  public void cancel() {
    cancelled = true;
  }

  public boolean cancelled() {
    return cancelled;
  }

  /** Bytes of work so far. */
  public long done() {
    return done.get();
  }

  @Override
  public boolean proceed(long bytes) {
    done.addAndGet(bytes);
    refill();
    credit -= bytes;
    while (credit < 0 && !cancelled) {
      long speed = rate;
      if (speed == UNLIMITED) {
        credit = 0;
        break;
      }
      double nanos = -credit / speed * SECOND;
      time.rest((long) Math.min(Math.max(nanos, 1), SLICE_NANOS));
      refill();
    }
    return !cancelled;
  }

  private void refill() {
    long now = time.nanos();
    double speed = rate;
    double earned = (now - lastNanos) / SECOND * speed;
    lastNanos = now;
    credit = Math.min(credit + earned, speed * BURST_SECONDS);
  }
}
