package io.backpack.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.bus.NodeSighting;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class NodeOrderTest {
  private static final List<Node> NODES =
      List.of(new Node("a", null), new Node("b", null), new Node("c", null), new Node("d", null));

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1000);
  private final Map<String, NodeSighting> sightings = new HashMap<>();
  private final NodeOrder order =
      new NodeOrder(id -> Optional.ofNullable(sightings.get(id)), nanos::get);

  private void seen(String id, String state) {
    sightings.put(id, new NodeSighting(id, "http://" + id, 1, state));
  }

  private static String ids(List<Node> nodes) {
    return String.join("", nodes.stream().map(Node::id).toList());
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void readyOnesFirstThenUnknownThenBusyThenFailing() {
    seen("d", "ready");
    seen("b", "recovering");
    seen("a", "ready");
    order.failed("a");
    for (int i = 0; i < 20; i++) {
      assertEquals("dcba", ids(order.forWrites(NODES)));
    }
  }

  @Test
  void aFullNodeIsGoodForReads() {
    List<Node> two = NODES.subList(0, 2);
    seen("a", "full");
    assertEquals("ba", ids(order.forWrites(two)));
    assertEquals("ab", ids(order.forReads(two)));
  }

  @Test
  void equalsAreShuffled() {
    Set<String> firsts = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      firsts.add(order.forReads(NODES).get(0).id());
    }
    assertEquals(Set.of("a", "b", "c", "d"), firsts);
  }

  @Test
  void aFailureIsForgottenAfterASecondOrAnAnswer() {
    assertTrue(order.failed("a"));
    assertFalse(order.failed("a"));
    assertTrue(order.failing("a"));
    pass(Duration.ofMillis(1001));
    assertFalse(order.failing("a"));
    order.failed("a");
    order.answered("a");
    assertFalse(order.failing("a"));
    assertTrue(order.failed("a"));
  }

  @Test
  void failingAgainCostsTwiceAsMuchUpToHalfAMinute() {
    order.failed("a");
    order.failed("a");
    assertFalse(order.suspect("a"));
    pass(Duration.ofMillis(1001));
    order.failed("a");
    assertTrue(order.suspect("a"));
    pass(Duration.ofMillis(1500));
    assertTrue(order.suspect("a"));
    for (int i = 0; i < 100; i++) {
      pass(Duration.ofSeconds(31));
      assertFalse(order.failing("a"));
      order.failed("a");
    }
    pass(Duration.ofSeconds(29));
    assertTrue(order.suspect("a"));
  }

  @Test
  void nodesThatAreGoneAreForgotten() {
    order.failed("a");
    order.failed("b");
    order.retainOnly(Set.of("b"));
    assertFalse(order.failing("a"));
    assertTrue(order.failing("b"));
  }

  /** A node that hangs costs each who asks it a whole timeout. */
  @Test
  void whenTheTimeIsOverOneAsksForAll() {
    order.failed("a");
    pass(Duration.ofMillis(1001));
    order.failed("a");
    pass(Duration.ofMillis(2001));
    assertFalse(order.failing("a"));
    order.asked("a");
    assertTrue(order.suspect("a"));
    assertTrue(ids(order.forReads(NODES)).endsWith("a"));
    pass(Duration.ofMillis(1500));
    order.failed("a");
    pass(Duration.ofMillis(3900));
    assertTrue(order.suspect("a"));
    pass(Duration.ofMillis(101));
    assertFalse(order.failing("a"));
    order.asked("a");
    order.answered("a");
    assertFalse(order.failing("a"));
    order.asked("a");
    assertFalse(order.failing("a"));
  }
}
