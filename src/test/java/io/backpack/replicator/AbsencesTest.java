package io.backpack.replicator;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AbsencesTest {
  private final AtomicLong now = new AtomicLong();
  private final Absences absences =
      new Absences(Duration.ofMillis(100), Duration.ofMillis(400), now::get);

  private void pass(long millis) {
    now.addAndGet(millis * 1_000_000);
  }

  @Test
  void whoAnsweredIsAsked() {
    assertTrue(absences.mayAsk("1"));
    absences.away("1");
    assertFalse(absences.mayAsk("1"));
    assertTrue(absences.mayAsk("2"));
    absences.answered("1");
    assertTrue(absences.mayAsk("1"));
    assertFalse(absences.contains("1"));
  }

  @Test
  void oneAtATimeAsksAfterThePause() {
    absences.away("1");
    pass(100);
    assertTrue(absences.mayAsk("1"));
    assertFalse(absences.mayAsk("1"), "another one does already");
    pass(100);
    assertTrue(absences.mayAsk("1"), "nothing was heard of the first");
    assertTrue(absences.contains("1"));
  }

  @Test
  void thePauseDoublesWithEachThatAsksInVain() {
    absences.away("1");
    for (long pause : new long[] {100, 200, 400, 400}) {
      pass(pause - 1);
      assertFalse(absences.mayAsk("1"));
      pass(1);
      assertTrue(absences.mayAsk("1"));
      // All that were under way say the same.
      absences.away("1");
      absences.away("1");
      absences.away("1");
    }
  }
}
