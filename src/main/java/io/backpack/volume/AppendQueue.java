package io.backpack.volume;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What waits for the writer of one directory: needles, and orders to seal the open volume once they
 * are written. Safe for use by any thread; one thread takes out.
 */
final class AppendQueue {
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<PendingAppend> needles = new ArrayDeque<>();
  private final List<CompletableFuture<Void>> rolls = new ArrayList<>();
  private final AtomicLong bytes = new AtomicLong();
  private boolean closing;

  /** False when it is being closed. */
  boolean add(PendingAppend needle) {
    lock.lock();
    try {
      if (!closing) {
        needles.add(needle);
        bytes.addAndGet(needle.length());
        changed.signal();
      }
      return !closing;
    } finally {
      lock.unlock();
    }
  }

  /** False when it is being closed. */
  boolean addRoll(CompletableFuture<Void> roll) {
    lock.lock();
    try {
      if (!closing) {
        rolls.add(roll);
        changed.signal();
      }
      return !closing;
    } finally {
      lock.unlock();
    }
  }

  /** Bytes of needles that were added and did not leave yet. */
  long bytes() {
    return bytes.get();
  }

  /** A needle that was taken out is answered, or waits elsewhere. */
  void left(PendingAppend needle) {
    bytes.addAndGet(-needle.length());
  }

  /** Waits a while for work; false when there is none and none will come. */
  boolean awaitWork() throws InterruptedException {
    lock.lock();
    try {
      long left = IDLE_NANOS;
      while (needles.isEmpty() && rolls.isEmpty() && !closing && left > 0) {
        left = changed.awaitNanos(left);
      }
      return !closing || !needles.isEmpty() || !rolls.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** Takes out needles into a batch, the first of them whatever its length. */
  void take(List<PendingAppend> batch, int maxNeedles, long maxBytes) {
    lock.lock();
    try {
      long taken = 0;
      while (!needles.isEmpty()
          && batch.size() < maxNeedles
          && (batch.isEmpty() || taken + needles.peek().length() <= maxBytes)) {
        PendingAppend next = needles.remove();
        taken += next.length();
        batch.add(next);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes out the orders to seal; none while needles wait. */
  List<CompletableFuture<Void>> takeRolls() {
    lock.lock();
    try {
      if (!needles.isEmpty()) {
        return List.of();
      }
      List<CompletableFuture<Void>> due = List.copyOf(rolls);
      rolls.clear();
      return due;
    } finally {
      lock.unlock();
    }
  }

  /** Takes no more; what waits can be taken out. */
  void close() {
    lock.lock();
    try {
      closing = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }
}
