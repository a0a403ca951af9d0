package io.backpack.replicator;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Nodes that did not answer when a photo was to be read from them. Each is left alone for a while,
 * then asked for one copy, and so on with pauses that double until it answers: to ask a node that
 * hangs costs a whole timeout, and thousands of tasks may want to. Safe for use by any thread.
 */
final class Absences {
  /**
   * One node's.
   *
   * @param until when it may be asked again
   * @param asked whether it was, after the last pause
   */
  private record Absence(long pause, long until, boolean asked) {}

  private final Map<String, Absence> absences = new HashMap<>();
  private final long firstNanos;
  private final long maxNanos;
  private final LongSupplier nanoTime;

  Absences(Duration first, Duration max, LongSupplier nanoTime) {
    this.firstNanos = first.toNanos();
    this.maxNanos = max.toNanos();
    this.nanoTime = nanoTime;
  }

  /**
   * A node did not answer. Copies that were under way already when it was left alone say so too.
   */
  synchronized void away(String id) {
    Absence last = absences.get(id);
    if (last == null) {
      begin(id, firstNanos, false);
    } else if (last.asked()) {
      begin(id, Math.min(maxNanos, last.pause() * 2), false);
    }
  }

  private void begin(String id, long pause, boolean asked) {
    absences.put(id, new Absence(pause, nanoTime.getAsLong() + pause, asked));
  }

  /** A node answered, whatever it said. */
  synchronized void answered(String id) {
    absences.remove(id);
  }

  /** Whether a node did not answer the last time. */
  synchronized boolean contains(String id) {
    return absences.containsKey(id);
  }

  /**
   * Whether a node may be asked. When a pause is over only one caller hears that it may; the others
   * wait for what comes of that, at most for as long again.
   */
  synchronized boolean mayAsk(String id) {
    Absence last = absences.get(id);
    if (last == null) {
      return true;
    }
    if (nanoTime.getAsLong() - last.until() < 0) {
      return false;
    }
    begin(id, last.pause(), true);
    return true;
  }
}
