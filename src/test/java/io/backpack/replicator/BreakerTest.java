package io.backpack.replicator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BreakerTest {
  private final AtomicLong now = new AtomicLong();
  private final Breaker breaker =
      new Breaker(Duration.ofMillis(100), Duration.ofMillis(400), now::get);

  private void pass(long millis) {
    now.addAndGet(millis * 1_000_000);
  }

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      breaker.failed();
    }
  }

  @Test
  void oneFailureDoesNotOpenIt() {
    fail(Breaker.FAILURES_TO_OPEN - 1);
    assertFalse(breaker.isOpen());
    breaker.succeeded();
    fail(Breaker.FAILURES_TO_OPEN - 1);
    assertFalse(breaker.isOpen(), "only failures in a row count");
  }

  @Test
  void itPausesThenProbesThenCloses() {
    fail(Breaker.FAILURES_TO_OPEN);
    assertTrue(breaker.isOpen());
    assertFalse(breaker.probing());
    pass(101);
    assertTrue(breaker.probing());
    breaker.succeeded();
    assertFalse(breaker.isOpen());
    assertFalse(breaker.probing());
  }

  @Test
  void thePauseDoublesWithEachProbeThatFailsUpToTheMost() {
    fail(Breaker.FAILURES_TO_OPEN);
    long[] pauses = {100, 200, 400, 400};
    for (long pause : pauses) {
      long wait = breaker.millisToProbe();
      assertTrue(wait > pause * 3 / 4 - 2 && wait <= pause + 1, wait + " of " + pause);
      pass(wait);
      fail(1);
    }
  }

  /** Three days of a clock that only the breaker moves. */
  @Test
  void aTargetThatIsDownForDaysIsTriedOnceInAPause() {
    Breaker days = new Breaker(Duration.ofMillis(200), Duration.ofSeconds(30), now::get);
    for (int i = 0; i < Breaker.FAILURES_TO_OPEN; i++) {
      days.failed();
    }
    long end = Duration.ofDays(3).toNanos();
    int probes = 0;
    while (now.get() < end) {
      pass(days.millisToProbe());
      assertTrue(days.probing());
      days.failed();
      probes++;
    }
    // 30 seconds, less a quarter so that replicators do not knock together.
    assertTrue(probes >= 3 * 2880 && probes <= 3 * 3840 + 10, probes + " probes");
  }

  @Test
  void copiesBegunBeforeThePauseDoNotProlongIt() {
    fail(Breaker.FAILURES_TO_OPEN);
    long wait = breaker.millisToProbe();
    fail(20);
    assertEquals(wait, breaker.millisToProbe());
  }
}
