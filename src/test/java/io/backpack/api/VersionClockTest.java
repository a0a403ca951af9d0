package io.backpack.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class VersionClockTest {
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2030-01-02T03:04:05.678Z"));
  private final VersionClock clock = new VersionClock(5, now::get, Duration.ofMinutes(10));

  @Test
  void saysWhoAndWhen() {
    Version version = clock.next();
    assertEquals(5, version.stamper());
    assertEquals(now.get(), version.time());
    assertEquals(version, Version.parse(version.hex()));
    assertEquals(16, new Version(1).hex().length());
  }

  @Test
  void risesWhileTheClockStandsStillOrStepsBack() {
    Version last = clock.next();
    Set<Version> seen = new HashSet<>();
    for (int i = 0; i < 100_000; i++) {
      if (i == 50_000) {
        now.set(now.get().minusSeconds(3600));
      }
      Version next = clock.next();
      assertTrue(next.isAfter(last));
      assertTrue(seen.add(next));
      last = next;
    }
  }

  @Test
  void isAboveWhatItObserved() {
    Version ahead = new VersionClock(9, () -> now.get().plusSeconds(500), Duration.ZERO).next();
    clock.observe(ahead);
    assertTrue(clock.next().isAfter(ahead));
  }

  @Test
  void refusesWhatIsTooFarAhead() {
    Version ahead = new VersionClock(9, () -> now.get().plusSeconds(601), Duration.ZERO).next();
    BackpackException failure = assertThrows(BackpackException.class, () -> clock.observe(ahead));
    assertEquals(ErrorCode.VERSION_AHEAD, failure.code());
    assertEquals(now.get(), clock.next().time());
  }

  @Test
  void oneVersionOfAWrongClockDoesNotTakeThisOneAlong() {
    Version year =
        new VersionClock(9, () -> now.get().plusSeconds(31_536_000), Duration.ZERO).next();
    assertTrue(clock.nextAfter(year).isAfter(year));
    assertEquals(now.get(), clock.next().time());
    Version minute = new VersionClock(9, () -> now.get().plusSeconds(60), Duration.ZERO).next();
    assertTrue(clock.nextAfter(minute).isAfter(minute));
    assertTrue(clock.next().isAfter(minute));
  }

  @Test
  void comparesUnsigned() {
    assertTrue(new Version(-1).isAfter(new Version(Long.MAX_VALUE)));
    assertThrows(BackpackException.class, () -> Version.parse("ABCDEF0123456789"));
    assertThrows(BackpackException.class, () -> Version.parse("123"));
  }

  @Test
  void rangesResolve() {
    assertEquals(new ByteRange(0, 10), new RangeRequest(0, -1).resolve(10));
    assertEquals(new ByteRange(2, 3), new RangeRequest(2, 4).resolve(10));
    assertEquals(new ByteRange(9, 1), new RangeRequest(9, Long.MAX_VALUE - 1).resolve(10));
    assertEquals(new ByteRange(7, 3), new RangeRequest(-1, 3).resolve(10));
    assertEquals(new ByteRange(0, 10), new RangeRequest(-1, 11).resolve(10));
    for (RangeRequest none :
        new RangeRequest[] {new RangeRequest(10, -1), new RangeRequest(-1, 0)}) {
      BackpackException failure = assertThrows(BackpackException.class, () -> none.resolve(10));
      assertEquals(ErrorCode.RANGE_NOT_SATISFIABLE, failure.code());
    }
    assertThrows(BackpackException.class, () -> new RangeRequest(5, 4));
  }
}
