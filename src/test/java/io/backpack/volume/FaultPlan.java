package io.backpack.volume;

import java.nio.file.Path;
import java.util.Set;

/** One fate for the n-th of certain operations, or for all from the n-th on; counts them. */
final class FaultPlan implements Fates {
  private final Set<Operation> operations;
  private final long nth;
  private final Fate fate;
  private final boolean lasting;
  private long seen;
  private boolean fired;

  FaultPlan(Set<Operation> operations, long nth, Fate fate, boolean lasting) {
    this.operations = Set.copyOf(operations);
    this.nth = nth;
    this.fate = fate;
    this.lasting = lasting;
  }

  /** Only counts. */
  static FaultPlan count(Set<Operation> operations) {
    return new FaultPlan(operations, Long.MAX_VALUE, Fate.DONE, false);
  }

  @Override
  public synchronized Fate of(Operation operation, Path file) {
    if (!operations.contains(operation)) {
      return Fate.DONE;
    }
    seen++;
    if (lasting ? seen < nth : seen != nth) {
      return Fate.DONE;
    }
    fired = true;
    return fate;
  }

  @Override
  public synchronized boolean full() {
    return fired && lasting && fate == Fate.FULL;
  }

  /** Whether somebody was told that there is no space. */
  synchronized boolean wasFull() {
    return full();
  }

  synchronized long seen() {
    return seen;
  }

  synchronized boolean fired() {
    return fired;
  }

  @Override
  public synchronized String toString() {
    return fate + " at " + operations + " number " + nth + (lasting ? " and all later ones" : "");
  }
}
