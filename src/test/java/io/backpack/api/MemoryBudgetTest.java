package io.backpack.api;

import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
  private final MemoryBudget budget = new MemoryBudget(10, 3);

  @Test
  void grantsInTheOrderOfArrival() {
    assertTrue(budget.reserve(6).succeeded());
    Future<Void> large = budget.reserve(5);
    Future<Void> small = budget.reserve(1);
    assertFalse(large.isComplete());
    assertFalse(small.isComplete(), "it would fit, but others came first");
    budget.release(6);
    assertTrue(large.succeeded());
    assertTrue(small.succeeded());
    assertEquals(6, budget.used());
  }

  @Test
  void boundsTheLine() {
    budget.reserve(10);
    for (int i = 0; i < 3; i++) {
      assertFalse(budget.reserve(1).isComplete());
    }
    awaitFailure(ErrorCode.OVERLOADED, budget.reserve(1));
    awaitFailure(ErrorCode.TOO_LARGE, budget.reserve(11));
    assertEquals(3, budget.waiting());
  }

  @Test
  void whoGivesUpLetsTheOthersPass() {
    budget.reserve(6);
    Future<Void> large = budget.reserve(9);
    Future<Void> small = budget.reserve(4);
    budget.abandon(large, new BackpackException(ErrorCode.OVERLOADED, "gave up"));
    awaitFailure(ErrorCode.OVERLOADED, large);
    assertTrue(small.succeeded());
    budget.abandon(small, new BackpackException(ErrorCode.OVERLOADED, "too late"));
    assertEquals(10, budget.used());
  }

  @Test
  void neverGrantsMoreThanItHas() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Deque<Integer> held = new ArrayDeque<>();
    for (int i = 0; i < 10_000; i++) {
      int bytes = random.nextInt(1, 11);
      Future<Void> reserved = budget.reserve(bytes);
      if (reserved.succeeded()) {
        held.add(bytes);
      } else if (!reserved.isComplete()) {
        budget.abandon(reserved, new BackpackException(ErrorCode.OVERLOADED, "no time"));
      }
      if (random.nextBoolean() && !held.isEmpty()) {
        budget.release(held.remove());
      }
      assertTrue(budget.used() <= 10, "seed " + seed);
      assertEquals(held.stream().mapToInt(each -> each).sum(), budget.used(), "seed " + seed);
    }
  }
}
