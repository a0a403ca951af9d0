package io.backpack.replicator;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoStore;
import io.backpack.queue.QueueStatus.DeadLetter;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Tasks that cannot be done: they end as dead letters with the reason, and hold nobody up. */
class PoisonTaskTest extends ReplicatorTestBase {
  private static final int ATTEMPTS = 3;

  private final Map<String, ErrorCode> unreadable = new ConcurrentHashMap<>();
  private final Map<String, ErrorCode> refused = new ConcurrentHashMap<>();

  private static Future<Void> answer(ErrorCode code) {
    return code == null
        ? Future.succeededFuture()
        : Future.failedFuture(new BackpackException(code, "says the test"));
  }

  private ReplicatorVerticle replicator() {
    Map<String, PhotoStore> stores = new ConcurrentHashMap<>();
    nodes.forEach(
        (id, store) -> {
          HookedStore hooked = new HookedStore(store);
          hooked.beforeGet = name -> answer(unreadable.get(name));
          hooked.beforePut = name -> answer(refused.get(name));
          stores.put(id, hooked);
        });
    Function<String, PhotoStore> byId = stores::get;
    return replicator(settings("a", ATTEMPTS, Duration.ofSeconds(30)), byId);
  }

  private Map<String, DeadLetter> lettersByName() {
    return letters().stream()
        .collect(
            Collectors.toMap(
                letter -> letter.task().replaceFirst(".*\"path\":\"([^\"]*)\".*", "$1"),
                letter -> letter));
  }

  @Test
  void theyEndWithTheirReasonAndGoOnWhenItIsGone() {
    unreadable.put("damaged", ErrorCode.DAMAGED);
    unreadable.put("lost", ErrorCode.MISSING);
    refused.put("large", ErrorCode.TOO_LARGE);
    refused.put("taken", ErrorCode.EXISTS);
    refused.put("ahead", ErrorCode.VERSION_AHEAD);
    String[] poison = {"damaged", "lost", "large", "taken", "ahead"};
    for (int i = 0; i < poison.length; i++) {
      put("1", poison[i], version(i));
      push(poison[i], version(i), false, "2");
    }
    putAndPush("good", 50, "2");
    ReplicatorVerticle replicator = replicator();
    Awaitility.await().until(() -> hasAll("2", "good", 50) && letters().size() == poison.length);
    assertEquals(0, await(queue.status()).total());
    Map<String, DeadLetter> letters = lettersByName();
    unreadable.forEach(
        (name, code) -> assertTrue(letters.get(name).reason().contains("node 1: " + code), name));
    refused.forEach(
        (name, code) ->
            assertTrue(letters.get(name).reason().contains("the target: " + code), name));
    assertEquals((long) poison.length * ATTEMPTS, replicator.counters().failed());
    assertEquals(poison.length, replicator.counters().dead());

    refused.clear();
    unreadable.remove("damaged");
    assertEquals(poison.length, await(queue.requeueAll()));
    Awaitility.await().until(() -> has("2", "large") && has("2", "taken") && letters().size() == 1);
    assertTrue(has("2", "damaged") && has("2", "ahead"));
    assertTrue(lettersByName().containsKey("lost"), "what still cannot be done is back");
  }

  /** One that ends its replicator each time is given up by the leases that ran out. */
  @Test
  void aTaskThatNobodySurvivesIsGivenUp() {
    put("1", "deadly", version(1));
    push("deadly", version(1), false, "2");
    Duration lease = Duration.ofMillis(200);
    for (int i = 0; i < ATTEMPTS; i++) {
      String name = "victim" + i;
      Awaitility.await()
          .until(
              () ->
                  queue.consumer(name, lease).servers().stream()
                      .anyMatch(
                          server ->
                              !await(queue.consumer(name, lease).take(server, "2", 1)).isEmpty()));
    }
    replicator(settings("a", ATTEMPTS, lease), id -> nodes.get(id));
    Awaitility.await().until(() -> letters().size() == 1);
    assertTrue(letters().get(0).reason().contains("lost their lease"), letters().toString());
    assertTrue(!has("2", "deadly"));
  }
}
