package io.backpack.repair;

import java.util.Optional;

/**
 * Whether a name that is not known here may be known to a peer. Changed on one context, asked by
 * any thread.
 */
final class Doubts {
  private final Failures failures;

  /** Empty when every peer was compared. */
  private volatile String waiting = "this node has just started";

  Doubts(Failures failures) {
    this.failures = failures;
  }

  /** What is waited for before all names are known; empty for nothing. */
  void waitFor(String what) {
    waiting = what;
  }

  boolean sure() {
    return waiting.isEmpty();
  }

  Optional<String> of(long hash) {
    String why = waiting;
    if (!why.isEmpty()) {
      return Optional.of(why);
    }
    Failures.Failure failure = failures.get(hash);
    return failure == null
        ? Optional.empty()
        : Optional.of("node " + failure.peer() + " has it, and could not give it");
  }
}
