package io.backpack.chaos;

import java.util.Random;
import java.util.Set;

/** Clocks that are wrong. */
final class ClockFaults {
  /** Nodes refuse versions of more than 10 minutes ahead. */
  private static final int MOST_SECONDS = 8 * 60;

  private ClockFaults() {}

  static Fault turn(Topology topology, Server server, Random random) {
    int seconds = random.nextInt(60, MOST_SECONDS) * (random.nextBoolean() ? 1 : -1);
    return Fault.of(
        "the clock of server " + server.number() + " is " + seconds + " s off",
        Set.of("clock"),
        () -> server.turnClock(seconds),
        () -> server.turnClock(0));
  }
}
