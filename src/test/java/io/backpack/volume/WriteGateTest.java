package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.volume.DirectoryInfo.State;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How a directory goes out of writing and comes back; time is told. */
class WriteGateTest {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // It may overflow.
  private final WriteGate gate = new WriteGate(false, now::get);

  private void fail() {
    gate.failed(State.FAILING, "told to fail");
  }

  @Test
  void onlyAProbeOpensItAgain() {
    assertTrue(gate.open() && gate.sound() && !gate.probeDue());
    fail();
    assertFalse(gate.open() || gate.sound());
    assertEquals(State.FAILING, gate.standing().state());
    assertTrue(gate.probeDue(), "at once after the first failure");
    now.addAndGet(WriteGate.LONGEST_PAUSE_NANOS * 10);
    assertFalse(gate.open(), "not by time alone");
    gate.probed();
    assertTrue(gate.open() && gate.sound() && !gate.probeDue());
    assertEquals("", gate.standing().reason());
  }

  @Test
  void thePausesDoubleUpToTheLongest() {
    fail();
    long pause = WriteGate.FIRST_PAUSE_NANOS;
    for (int i = 0; i < 20; i++) {
      assertTrue(gate.probeDue());
      fail();
      now.addAndGet(pause - 1);
      assertFalse(gate.probeDue());
      now.addAndGet(1);
      pause = Math.min(2 * pause, WriteGate.LONGEST_PAUSE_NANOS);
    }
    assertEquals(WriteGate.LONGEST_PAUSE_NANOS, pause);
  }

  @Test
  void aProbeThatSucceedsDoesNotMakeTheNextPauseShort() {
    for (int i = 0; i < 5; i++) {
      fail();
      gate.probed();
    }
    fail();
    now.addAndGet(WriteGate.FIRST_PAUSE_NANOS * 8);
    assertFalse(gate.probeDue());
    now.addAndGet(WriteGate.FIRST_PAUSE_NANOS * 8);
    assertTrue(gate.probeDue());
    gate.probed();
    now.addAndGet(WriteGate.QUIET_NANOS);
    fail();
    assertTrue(gate.probeDue(), "forgiven after a quiet minute");
  }

  @Test
  void aFullOneOpensOnlyAboveTheMargin() {
    gate.space(1, 0);
    assertTrue(gate.open());
    gate.space(12, 100);
    assertTrue(gate.open());
    gate.space(11, 100);
    assertEquals(State.FULL, gate.standing().state());
    assertTrue(gate.sound() && !gate.probeDue(), "it takes deletes");
    gate.space(100, 100);
    assertFalse(gate.open());
    gate.space(101, 100);
    assertTrue(gate.open());
    gate.space(12, 100);
    assertTrue(gate.open());
  }

  @Test
  void aDiskThatSaysItIsFullNeedsRoomAndAProbe() {
    gate.failed(State.FULL, "No space left on device");
    assertFalse(gate.sound());
    gate.space(50, 100);
    gate.probed();
    assertEquals(State.FULL, gate.standing().state());
    assertTrue(gate.sound());
    gate.space(101, 100);
    assertTrue(gate.open());
  }

  @Test
  void oneThatWasReadOnlyAtTheStartStaysSo() {
    WriteGate readOnly = new WriteGate(true, now::get);
    readOnly.space(1000, 0);
    now.addAndGet(WriteGate.LONGEST_PAUSE_NANOS);
    assertFalse(readOnly.open() || readOnly.sound() || readOnly.probeDue());
    assertEquals(State.READ_ONLY, readOnly.standing().state());
  }

  @Test
  void manyReadErrorsInAShortTimeAreSaid() {
    ReadErrors errors = new ReadErrors(now::get);
    for (int i = 1; i < ReadErrors.MANY; i++) {
      errors.add();
    }
    assertEquals("", errors.reason());
    errors.add();
    assertTrue(errors.reason().startsWith("10 reads failed"), errors.reason());
    now.addAndGet(ReadErrors.WINDOW_NANOS);
    assertEquals("", errors.reason());
    errors.add();
    assertEquals("", errors.reason());
    assertEquals(ReadErrors.MANY + 1, errors.total());
  }
}
