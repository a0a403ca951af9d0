package io.backpack.replicator;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoStore;
import io.backpack.api.Trace;
import io.backpack.queue.RedisCopyQueue;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Replicators that end at each step of a copy: from then on the queue never hears of them again.
 * The step after the answer of the queue has nothing left to lose, and the queue's own part is one
 * script.
 */
class ReplicatorCrashTest extends ReplicatorTestBase {
  private static final Duration LEASE = Duration.ofMillis(400);
  private static final int PHOTOS = 20;

  private enum Step {
    BEFORE_THE_PHOTO_IS_READ,
    BEFORE_IT_IS_WRITTEN,
    WHILE_IT_IS_WRITTEN,
    BEFORE_THE_QUEUE_IS_TOLD
  }

  private final Promise<Void> crashed = Promise.promise();

  /** A replicator that takes tasks, and ends as the first of them comes to the step. */
  private void crashAt(Step step) {
    RedisCopyQueue its = queue();
    Function<String, Future<Void>> crash =
        name -> its.close().onSuccess(closed -> crashed.tryComplete());
    Function<String, Future<Void>> forever = name -> crash.apply(name).compose(c -> never());
    HookedStore source = new HookedStore(nodes.get("1"));
    HookedStore target = new HookedStore(nodes.get("2"));
    switch (step) {
      case BEFORE_THE_PHOTO_IS_READ -> source.beforeGet = forever;
      case BEFORE_IT_IS_WRITTEN -> target.beforePut = forever;
      case WHILE_IT_IS_WRITTEN -> target.afterPut = forever;
      default -> target.afterPut = crash;
    }
    Function<String, PhotoStore> stores =
        id ->
            switch (id) {
              case "1" -> source;
              case "2" -> target;
              default -> nodes.get(id);
            };
    replicator(settings("crashes", 1000, LEASE), stores, its);
    await(crashed.future());
  }

  private static Future<Void> never() {
    return Promise.<Void>promise().future();
  }

  @ParameterizedTest
  @EnumSource(Step.class)
  void anotherOneMakesTheCopies(Step step) {
    putAndPush("p", PHOTOS, "2");
    crashAt(step);
    ReplicatorVerticle heir = replicator(settings("heir", 1000, LEASE), id -> nodes.get(id));
    Awaitility.await().until(() -> hasAll("2", "p", PHOTOS) && await(queue.status()).total() == 0);
    long done = heir.counters().copied() + heir.counters().alreadyThere();
    assertEquals(PHOTOS, done, "nothing was told to the queue before");
    assertEquals(List.of(), letters());
    for (int i = 0; i < PHOTOS; i++) {
      assertEquals(
          await(nodes.get("1").stat(address("p" + i), Trace.NONE)),
          await(nodes.get("2").stat(address("p" + i), Trace.NONE)));
    }
  }

  /** The copy was made, nobody knows, and the photo is deleted before it is made again. */
  @Test
  void whatIsDoneASecondTimeBringsNoDeletedPhotoBack() {
    putAndPush("p", PHOTOS, "2");
    crashAt(Step.BEFORE_THE_QUEUE_IS_TOLD);
    for (int i = 0; i < PHOTOS; i += 2) {
      await(nodes.get("2").delete(address("p" + i), DeleteOptions.at(version(100 + i))));
    }
    ReplicatorVerticle heir = replicator(settings("heir", 1000, LEASE), id -> nodes.get(id));
    Awaitility.await().until(() -> await(queue.status()).total() == 0);
    for (int i = 0; i < PHOTOS; i += 2) {
      awaitFailure(ErrorCode.DELETED, nodes.get("2").stat(address("p" + i), Trace.NONE));
    }
    assertEquals(PHOTOS, heir.counters().copied() + heir.counters().alreadyThere());
    assertEquals(List.of(), letters());
  }

  /** Tombstones travel without a source. */
  @Test
  void deletesAreBroughtByAnotherOneToo() {
    putAndPush("p", 1, "2");
    for (int i = 0; i < PHOTOS; i++) {
      push("deleted" + i, version(i), true, "2");
    }
    crashAt(Step.BEFORE_IT_IS_WRITTEN);
    replicator(settings("heir", 1000, LEASE), id -> nodes.get(id));
    Awaitility.await().until(() -> hasAll("2", "p", 1) && await(queue.status()).total() == 0);
    for (int i = 0; i < PHOTOS; i++) {
      awaitFailure(ErrorCode.DELETED, nodes.get("2").stat(address("deleted" + i), Trace.NONE));
    }
  }
}
