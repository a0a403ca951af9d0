package io.backpack.bench;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits for what a program does. */
final class Waiting {
  private Waiting() {}

  /** A condition that is looked at again and again. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws IOException;
  }

  /** Waits until it holds, and fails after so many seconds. */
  static void until(String what, long seconds, Condition condition) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!condition.holds()) {
      if (System.nanoTime() - end > 0) {
        throw new IOException(what + ": not within " + seconds + " s");
      }
      pause(5);
    }
  }

  static void pause(long millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }
}
