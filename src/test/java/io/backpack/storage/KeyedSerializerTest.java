package io.backpack.storage;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KeyedSerializerTest {
  private final Vertx vertx = Vertx.vertx();
  private final KeyedSerializer serializer =
      new KeyedSerializer(task -> vertx.getOrCreateContext().runOnContext(onContext -> task.run()));

  @AfterEach
  void stop() {
    await(vertx.close());
  }

  @Test
  void workOfOneKeyRunsInTheOrderItCame() {
    List<Integer> order = new CopyOnWriteArrayList<>();
    Promise<Void> gate = Promise.promise();
    Future<Void> first = serializer.run(1, gate::future);
    Future<Integer> second = serializer.run(1, () -> Future.succeededFuture(order.size()));
    Future<Void> other =
        serializer.run(
            2,
            () -> {
              order.add(2);
              return Future.succeededFuture();
            });
    await(other);
    assertTrue(!second.isComplete());
    order.add(1);
    gate.complete();
    await(first);
    assertEquals(2, await(second));
  }

  @Test
  void aLongRowOfFailuresEnds() {
    Promise<Void> gate = Promise.promise();
    Future<Void> first = serializer.run(7, gate::future);
    List<Future<Object>> row = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      row.add(serializer.run(7, () -> Future.failedFuture("as when Redis is away")));
    }
    gate.complete();
    await(first);
    await(Future.join(row).otherwiseEmpty());
    assertTrue(row.stream().allMatch(Future::failed));
    assertEquals("next", await(serializer.run(7, () -> Future.succeededFuture("next"))));
  }
}
