package io.backpack.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.bus.NodeSighting;
import io.backpack.coordinator.NodeOrder.Use;
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
      new NodeOrder(
          id -> Optional.ofNullable(sightings.get(id)), nanos::get, Duration.ofSeconds(10));

  private void seen(String id, String state) {
    sightings.put(id, new NodeSighting(id, "http://" + id, 1, state));
  }

  private boolean failed(String id) {
    return order.failed(id, 1_000_000);
  }

  private boolean hung(String id) {
    return order.failed(id, Duration.ofSeconds(10).toNanos());
  }

  private void answered(String id) {
    order.answered(id, Use.READ);
    order.answered(id, Use.WRITE);
  }

  private void asked(String id) {
    order.asked(id, Use.READ);
    order.asked(id, Use.WRITE);
  }

  private boolean failing(String id) {
    assertEquals(order.failing(id, Use.READ), order.failing(id, Use.WRITE));
    return order.failing(id, Use.READ);
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
    failed("a");
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
  void oneThatIsNotReadyComesLastForAMomentInWhatItRefused() {
    seen("a", "ready");
    for (int i = 0; i < 20; i++) {
      order.notReady("a", Use.READ);
      assertTrue(ids(order.forReads(NODES)).endsWith("a"));
      assertTrue(ids(order.forWrites(NODES)).startsWith("a"));
      assertFalse(order.failing("a", Use.WRITE));
      assertFalse(order.suspect("a"));
      pass(Duration.ofMillis(1001));
      assertTrue(ids(order.forReads(NODES)).startsWith("a"), "no longer each time");
    }
    hung("a");
    order.notReady("a", Use.READ);
    assertFalse(order.hung("a", Use.READ), "that is an answer");
    assertTrue(order.hung("a", Use.WRITE));
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
    assertTrue(failed("a"));
    assertFalse(failed("a"));
    assertTrue(failing("a"));
    pass(Duration.ofMillis(1001));
    assertFalse(failing("a"));
    failed("a");
    answered("a");
    assertFalse(failing("a"));
    assertTrue(failed("a"));
  }

  @Test
  void failingAgainCostsTwiceAsMuchUpToHalfAMinute() {
    failed("a");
    failed("a");
    assertFalse(order.suspect("a"));
    pass(Duration.ofMillis(1001));
    failed("a");
    assertTrue(order.suspect("a"));
    pass(Duration.ofMillis(1500));
    assertTrue(order.suspect("a"));
    for (int i = 0; i < 100; i++) {
      pass(Duration.ofSeconds(31));
      assertFalse(failing("a"));
      failed("a");
    }
    pass(Duration.ofSeconds(29));
    assertTrue(order.suspect("a"));
  }

  @Test
  void nodesThatAreGoneAreForgotten() {
    failed("a");
    failed("b");
    order.retainOnly(Set.of("b"));
    assertFalse(failing("a"));
    assertTrue(failing("b"));
  }

  @Test
  void oneThatKeptSomebodyWaitingHangsUntilItAnswers() {
    assertTrue(hung("a"));
    pass(Duration.ofHours(1));
    assertTrue(order.hung("a", Use.READ));
    assertTrue(order.hung("a", Use.WRITE));
    assertFalse(failing("a"));
    failed("b");
    for (int i = 0; i < 20; i++) {
      assertTrue(ids(order.forWrites(NODES)).endsWith("ba"));
      assertTrue(ids(order.forReads(NODES)).endsWith("ba"));
    }
    order.answered("a", Use.READ);
    assertFalse(order.hung("a", Use.READ));
    assertTrue(order.hung("a", Use.WRITE), "it may read out of its memory");
    order.answered("a", Use.WRITE);
    assertFalse(order.hung("a", Use.WRITE));
  }

  @Test
  void oneAtATimeAsksANodeThatHangs() {
    assertFalse(order.probe("a", Use.WRITE, true));
    hung("a");
    assertTrue(order.suspect("a"));
    assertFalse(order.probe("a", Use.WRITE, false), "not at once where others will do");
    assertTrue(order.probe("a", Use.WRITE, true));
    assertFalse(order.probe("a", Use.WRITE, true));
    pass(Duration.ofSeconds(10));
    assertTrue(order.suspect("a"));
    assertFalse(order.probe("a", Use.WRITE, true));
    hung("a");
    order.probeEnded("a", Use.WRITE);
    assertTrue(order.suspect("a"));
    assertFalse(order.probe("a", Use.WRITE, false));
    pass(Duration.ofMillis(1001));
    assertFalse(order.suspect("a"));
    assertTrue(order.probe("a", Use.WRITE, false));
    order.answered("a", Use.WRITE);
    order.probeEnded("a", Use.WRITE);
    assertFalse(order.hung("a", Use.WRITE));
    assertTrue(order.probe("a", Use.READ, true));
  }

  @Test
  void oneThatHungAndRefusesNowIsAskedAgain() {
    hung("a");
    failed("a");
    assertFalse(order.hung("a", Use.WRITE));
    assertTrue(order.suspect("a"));
    pass(Duration.ofMillis(2001));
    assertFalse(order.suspect("a"));
    hung("a");
    hung("a");
    assertTrue(order.hung("a", Use.WRITE));
  }

  @Test
  void whenTheTimeIsOverOneAsksForAll() {
    failed("a");
    pass(Duration.ofMillis(1001));
    failed("a");
    pass(Duration.ofMillis(2001));
    assertFalse(failing("a"));
    asked("a");
    assertTrue(order.suspect("a"));
    assertTrue(ids(order.forReads(NODES)).endsWith("a"));
    pass(Duration.ofMillis(1500));
    failed("a");
    pass(Duration.ofMillis(3900));
    assertTrue(order.suspect("a"));
    pass(Duration.ofMillis(101));
    assertFalse(failing("a"));
    asked("a");
    answered("a");
    assertFalse(failing("a"));
    asked("a");
    assertFalse(failing("a"));
  }
}
