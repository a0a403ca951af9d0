package io.backpack.volume;

import java.util.concurrent.TimeUnit;

/**
 * When a directory whose writes fail may be tried again: at once after the first failure, later
 * after each further one in a row, at most a minute later. One thread tells, any thread asks.
 */
final class Backoff {
  private static final int MAX_SECONDS = 60;
  private static final int MAX_DOUBLINGS = 6;

  private int failures;
  private volatile boolean waiting;
  private volatile long until;

  void failed() {
    failures++;
    if (failures > 1) {
      int doublings = Math.min(failures - 2, MAX_DOUBLINGS);
      long seconds = Math.min(MAX_SECONDS, 1L << doublings);
      until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      waiting = true;
    }
  }

  void succeeded() {
    failures = 0;
    waiting = false;
  }

  boolean tooEarly() {
    return waiting && System.nanoTime() - until < 0;
  }
}
