package io.backpack.volume;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The reads that a directory's disk refused. They are shown and stop nothing: what can still be
 * read is worth reading. Safe for use by any thread.
 */
final class ReadErrors {
  /** So many within {@link #WINDOW_NANOS} say that the disk is failing, not one sector of it. */
  static final int MANY = 10;

  static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final LongSupplier nanos;
  private long total;
  private long windowStart;
  private int inWindow;

  ReadErrors(LongSupplier nanos) {
    this.nanos = nanos;
  }

  synchronized void add() {
    long now = nanos.getAsLong();
    if (inWindow == 0 || now - windowStart >= WINDOW_NANOS) {
      windowStart = now;
      inWindow = 0;
    }
    inWindow++;
    total++;
  }

  /** Since the start. */
  synchronized long total() {
    return total;
  }

  /** One line when there were many of late, else empty. */
  synchronized String reason() {
    boolean many = inWindow >= MANY && nanos.getAsLong() - windowStart < WINDOW_NANOS;
    return many
        ? inWindow
            + " reads failed within minutes: look for errors of the disk in the kernel's log and"
            + " replace it"
        : "";
  }
}
