package io.backpack.redis;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Waiting times between tries: doubled each time up to a limit, with half of each left to chance so
 * that clients of one server do not come back all at once. Not safe for use by several threads.
 */
public final class Backoff {
  private final long firstMillis;
  private final long limitMillis;
  private int failures;

  /**
   * @param firstMillis the first wait, at least 1
   * @param limitMillis the longest wait
   */
  public Backoff(long firstMillis, long limitMillis) {
    this.firstMillis = firstMillis;
    this.limitMillis = limitMillis;
  }

  /** The wait before the next try, in milliseconds; at least 1. */
  public long next() {
    long full = Math.min(limitMillis, firstMillis << Math.min(failures, 20));
    failures++;
    return Math.max(1, full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1));
  }

  /** A try succeeded. */
  public void reset() {
    failures = 0;
  }
}
