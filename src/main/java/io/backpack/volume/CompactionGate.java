package io.backpack.volume;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Lets one compaction at a time into a directory, and ends it before the directory closes. */
final class CompactionGate {
  private final Semaphore slot = new Semaphore(1);
  private volatile boolean stopping;

  /** Whether the caller may work here; then it must {@link #leave}. */
  boolean enter() {
    if (!slot.tryAcquire()) {
      return false;
    }
    if (stopping()) {
      slot.release();
      return false;
    }
    return true;
  }

  void leave() {
    slot.release();
  }

  /** Whether who is inside is to end as soon as it can. */
  boolean stopping() {
    return stopping;
  }

  /** Asks who is inside to end; nobody enters any more. */
  void stop() {
    stopping = true;
  }

  /**
   * Waits until nobody is inside, after {@link #stop}, and stays closed.
   *
   * @return false when somebody still is
   */
  boolean close(Duration patience) {
    boolean interrupted = false;
    long end = System.nanoTime() + patience.toNanos();
    try {
      while (true) {
        try {
          return slot.tryAcquire(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
