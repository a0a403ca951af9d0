package io.backpack.api;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * A bounded number of bytes that uploads may hold at a time. Who finds none left waits in line,
 * without holding any; the line is bounded as well. Safe for use by any thread.
 */
public final class MemoryBudget {
  private record Waiting(long bytes, Promise<Void> promise) {}

  private final long capacity;
  private final int maxWaiting;
  private final ArrayDeque<Waiting> line = new ArrayDeque<>();
  private long used;

  /**
   * @param capacity in bytes
   * @param maxWaiting how many may wait; one more fails at once
   */
  public MemoryBudget(long capacity, int maxWaiting) {
    this.capacity = capacity;
    this.maxWaiting = maxWaiting;
  }

  /**
   * Reserves bytes, in the order of arrival.
   *
   * @return fails with {@link ErrorCode#OVERLOADED} when the line is full, {@link
   *     ErrorCode#TOO_LARGE} when it could never be granted. A waiting future that the caller no
   *     longer needs is given up with {@link #abandon}
   */
  public Future<Void> reserve(long bytes) {
    Promise<Void> promise = Promise.promise();
    synchronized (this) {
      if (bytes > capacity) {
        promise.fail(
            new BackpackException(
                ErrorCode.TOO_LARGE,
                "the upload needs " + bytes + " bytes of memory, the node has " + capacity));
      } else if (line.isEmpty() && used + bytes <= capacity) {
        used += bytes;
        promise.complete();
      } else if (line.size() >= maxWaiting) {
        promise.fail(
            new BackpackException(
                ErrorCode.OVERLOADED, "too many uploads wait for memory, try again later"));
      } else {
        line.add(new Waiting(bytes, promise));
      }
    }
    return promise.future();
  }

  /** Takes a waiting reservation out of the line and fails it; does nothing once it was granted. */
  public void abandon(Future<Void> reservation, Throwable why) {
    Promise<Void> dropped = null;
    synchronized (this) {
      for (Iterator<Waiting> each = line.iterator(); each.hasNext(); ) {
        Waiting waiting = each.next();
        if (waiting.promise.future() == reservation) {
          each.remove();
          dropped = waiting.promise;
          break;
        }
      }
    }
    if (dropped != null) {
      dropped.fail(why);
      grant();
    }
  }

  /** Gives back what {@link #reserve} granted. */
  public void release(long bytes) {
    synchronized (this) {
      used -= bytes;
    }
    grant();
  }

  private void grant() {
    while (true) {
      Promise<Void> next;
      synchronized (this) {
        Waiting head = line.peek();
        if (head == null || used + head.bytes > capacity) {
          return;
        }
        line.remove();
        used += head.bytes;
        next = head.promise;
      }
      next.complete();
    }
  }

  /** Bytes that are held now. */
  public synchronized long used() {
    return used;
  }

  /** How many wait in line. */
  public synchronized int waiting() {
    return line.size();
  }
}
