package io.backpack.repair;

import io.backpack.api.Version;
import java.util.Optional;

/**
 * Whether a name that is not known here may be known to a peer, and whether a photo that is known
 * here may have been deleted. Changed on one context, asked by any thread.
 */
final class Doubts {
  private final Failures failures;

  private final Untaken untaken;

  private volatile boolean serving;

  /** Empty when every peer was compared. */
  private volatile String waiting = "this node has just started";

  Doubts(Failures failures, Untaken untaken) {
    this.failures = failures;
    this.untaken = untaken;
  }

  /** What is waited for before all names are known; empty for nothing. */
  void waitFor(String what) {
    waiting = what;
  }

  String waiting() {
    return waiting;
  }

  /** The deletes of the peers are here, or not. */
  void serve(boolean now) {
    serving = now;
  }

  boolean serves() {
    return serving && !untaken.tooMany();
  }

  /** The same without any exception: {@link #withholds} need not be asked. */
  boolean servesAll() {
    return serving && !untaken.any();
  }

  /** Whether a photo that was found is deleted by what could not be taken over. */
  boolean withholds(long hash, Version found) {
    return untaken.deletes(hash, found);
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
        : Optional.of("node " + failure.nodes() + " has it, and could not give it, or has lost it");
  }
}
