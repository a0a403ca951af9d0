package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ThrottleTest {
  private static final long SECOND = 1_000_000_000;

  /** Time that passes only while somebody rests, and while somebody works. */
  private static final class Clock implements Throttle.Time {
    long now = 5;
    long rested;
    Runnable onRest = () -> {};

    @Override
    public long nanos() {
      return now;
    }

    @Override
    public void rest(long nanos) {
      now += nanos;
      rested += nanos;
      onRest.run();
    }
  }

  private final Clock clock = new Clock();

  @Test
  void workTakesAsLongAsItsRateSays() {
    Throttle throttle = new Throttle(1 << 20, clock);
    for (int i = 0; i < 160; i++) {
      assertTrue(throttle.proceed(64 << 10));
    }
    assertEquals(10.0, clock.rested / (double) SECOND, 0.1);
    assertEquals(10 << 20, throttle.done());
  }

  @Test
  void workThatIsSlowerThanItsRateNeverRests() {
    Throttle throttle = new Throttle(1 << 20, clock);
    for (int i = 0; i < 100; i++) {
      clock.now += SECOND;
      assertTrue(throttle.proceed(1 << 18));
    }
    assertEquals(0, clock.rested);
  }

  @Test
  void aLongRestEarnsNoMoreThanAQuarterOfASecond() {
    Throttle throttle = new Throttle(1 << 20, clock);
    clock.now += 1000 * SECOND;
    assertTrue(throttle.proceed(1 << 20));
    assertEquals(0.75, clock.rested / (double) SECOND, 0.01);
  }

  @Test
  void aNewRateHoldsForWhatRestsNow() {
    Throttle throttle = new Throttle(1, clock);
    clock.onRest =
        () -> {
          if (clock.rested >= SECOND) {
            throttle.rate(1 << 20);
          }
        };
    assertTrue(throttle.proceed(1 << 20));
    assertEquals(2.0, clock.rested / (double) SECOND, 0.1);
  }

  @Test
  void withoutALimitNobodyRests() {
    Throttle throttle = new Throttle(Throttle.UNLIMITED, clock);
    assertTrue(throttle.proceed(Long.MAX_VALUE / 2));
    assertEquals(0, clock.rested);
  }

  @Test
  void whatIsCancelledWhileItRestsEndsSoon() {
    Throttle throttle = new Throttle(1, clock);
    clock.onRest = throttle::cancel;
    assertFalse(throttle.proceed(1000));
    assertTrue(clock.rested <= SECOND / 10, "rested " + clock.rested);
    assertFalse(throttle.proceed(0));
    assertTrue(throttle.cancelled());
  }

  @Test
  void aRateIsPositive() {
    assertThrows(IllegalArgumentException.class, () -> new Throttle(0, clock));
  }
}
