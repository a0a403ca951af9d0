package io.backpack.storage;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.HeldSums;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** When a walk begins, and who waits for it. */
class LostWalksTest {
  private static final Set<LostPlace> ONE = Set.of(LostPlace.all(1));
  private static final Set<LostPlace> BOTH = Set.of(LostPlace.all(1), new LostPlace(2, 64, 8));
  private static final Duration PAUSE = Duration.ofSeconds(10);

  /** Those that have begun. */
  private record Begun(Set<LostPlace> places, Promise<LostWalk> end) {}

  private final List<Begun> begun = new ArrayList<>();
  private final AtomicLong now = new AtomicLong(Long.MIN_VALUE / 2);
  private final LostWalks walks = walks(Duration.ofSeconds(30));

  private LostWalks walks(Duration patience) {
    return new LostWalks(
        places -> {
          Promise<LostWalk> end = Promise.promise();
          begun.add(new Begun(places, end));
          return end.future();
        },
        new LostWalks.Limits(3, patience, PAUSE),
        now::get);
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private LostWalk end(boolean all, Duration took) {
    pass(took);
    Begun last = begun.get(begun.size() - 1);
    LostWalk found = new LostWalk(last.places, HeldSums.NONE, Set.of(7L), all);
    last.end.complete(found);
    return found;
  }

  @Test
  void withoutPlacesNothingIsGoneThrough() {
    assertSame(LostWalk.NONE, await(walks.of(Set.of())));
    assertEquals(0, begun.size());
  }

  @Test
  void knownPlacesAreGoneThroughOnce() {
    Future<LostWalk> first = walks.of(BOTH);
    Future<LostWalk> second = walks.of(BOTH);
    assertFalse(first.isComplete() || second.isComplete());
    LostWalk found = end(true, Duration.ofHours(1));
    assertSame(found, await(first));
    assertSame(found, await(second));
    pass(Duration.ofDays(10));
    assertSame(found, await(walks.of(BOTH)));
    assertSame(found, await(walks.of(ONE)));
    assertEquals(1, begun.size());
  }

  @Test
  void aWalkThatBeganBeforeAPlaceWasKnownIsFollowedByAnother() {
    Future<LostWalk> first = walks.of(ONE);
    Future<LostWalk> second = walks.of(BOTH);
    LostWalk found = end(true, Duration.ofMillis(20));
    assertSame(found, await(first));
    assertFalse(second.isComplete());
    assertEquals(2, begun.size());
    LostWalk fresh = end(true, Duration.ofMillis(20));
    assertSame(fresh, await(second));
    assertEquals(BOTH, fresh.places());
  }

  @Test
  void nobodyWaitsLongAndTheWalkGoesOn() {
    LostWalks impatient = walks(Duration.ofMillis(20));
    awaitFailure(ErrorCode.NOT_READY, impatient.of(ONE));
    awaitFailure(ErrorCode.NOT_READY, impatient.of(ONE));
    assertEquals(1, begun.size());
    LostWalk found = end(true, Duration.ofMinutes(2));
    assertSame(found, await(impatient.of(ONE)));
    assertEquals(1, begun.size());
  }

  @Test
  void afterALongWalkRedisHasARestBeforeNewPlacesAreLookedFor() {
    Future<LostWalk> first = walks.of(ONE);
    LostWalk found = end(true, Duration.ofMinutes(2));
    assertSame(found, await(first));
    assertSame(found, await(walks.of(BOTH)), "what was found lately is told");
    assertSame(found, await(walks.of(ONE)));
    pass(Duration.ofMinutes(2).minusNanos(1));
    assertSame(found, await(walks.of(BOTH)));
    assertEquals(1, begun.size());
    pass(Duration.ofNanos(1));
    Future<LostWalk> second = walks.of(BOTH);
    assertEquals(2, begun.size());
    assertSame(end(true, Duration.ofMinutes(2)), await(second));
  }

  @Test
  void aWalkOfLongAgoSaysNothingOfNewPlaces() {
    LostWalks impatient = walks(Duration.ofMillis(20));
    awaitFailure(ErrorCode.NOT_READY, impatient.of(ONE));
    LostWalk found = end(true, Duration.ofMinutes(2));
    pass(Duration.ofMinutes(7));
    assertSame(found, await(impatient.of(BOTH)), "while the next walk runs");
    assertEquals(2, begun.size());
    pass(Duration.ofMinutes(1));
    awaitFailure(ErrorCode.NOT_READY, impatient.of(BOTH));
  }

  @Test
  void whereTooMuchIsLostItIsLookedForAgainBehindTheBackOfWhoAsks() {
    Future<LostWalk> first = walks.of(ONE);
    LostWalk found = end(false, Duration.ofMillis(500));
    assertSame(found, await(first));
    pass(PAUSE.minusNanos(1));
    assertSame(found, await(walks.of(ONE)));
    assertEquals(1, begun.size());
    pass(Duration.ofNanos(1));
    for (int i = 0; i < 3; i++) {
      assertSame(found, await(walks.of(ONE)), "at once");
    }
    assertEquals(2, begun.size());
    LostWalk second = end(false, Duration.ofMinutes(1));
    assertSame(second, await(walks.of(ONE)));
    pass(Duration.ofMinutes(10).minusNanos(1));
    assertSame(second, await(walks.of(ONE)));
    assertEquals(2, begun.size(), "a tenth of the time at the most");
    pass(Duration.ofNanos(1));
    assertSame(second, await(walks.of(ONE)));
    assertEquals(3, begun.size());
    assertSame(end(true, Duration.ofMinutes(1)), await(walks.of(ONE)));
    pass(Duration.ofDays(1));
    assertTrue(await(walks.of(ONE)).all());
    assertEquals(3, begun.size());
  }

  @Test
  void aWalkThatFailsIsToldAndBegunAgain() {
    Future<LostWalk> first = walks.of(ONE);
    begun.get(0).end.fail(new BackpackException(ErrorCode.INDEX_UNAVAILABLE, "gone"));
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, first);
    Future<LostWalk> second = walks.of(ONE);
    assertEquals(2, begun.size());
    pass(Duration.ofNanos(TimeUnit.SECONDS.toNanos(2)));
    begun.get(1).end.fail(new BackpackException(ErrorCode.INDEX_UNAVAILABLE, "gone"));
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, second);
    awaitFailure(ErrorCode.NOT_READY, walks.of(ONE));
    assertEquals(2, begun.size());
  }
}
