package io.backpack.queue;

import static io.backpack.queue.QueueFixture.names;
import static io.backpack.queue.QueueFixture.sum;
import static io.backpack.queue.QueueFixture.take;
import static io.backpack.queue.QueueFixture.task;
import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import io.backpack.queue.QueueStatus.DeadLetter;
import io.backpack.queue.QueueStatus.TargetStatus;
import io.backpack.testing.TestRedis;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Leases, retries and dead letters, on two real servers. */
class CopyQueueConsumerTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(300);

  @TempDir Path directory;
  private QueueFixture fixture;
  private RedisCopyQueue queue;

  @BeforeEach
  void start() {
    fixture = new QueueFixture(directory, 2);
    queue = fixture.queue();
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private void push(String... names) {
    for (String name : names) {
      await(queue.push(task(name, "7")));
    }
  }

  private List<DeadLetter> letters() {
    List<DeadLetter> letters = new ArrayList<>();
    await(queue.status()).servers().forEach(server -> letters.addAll(server.letters()));
    return letters;
  }

  @Test
  void everyTaskGoesToOneConsumer() {
    push("a", "b", "c", "d", "e");
    List<LeasedTask> mine = take(queue.consumer("a", LONG), "7", 1);
    List<LeasedTask> others = take(queue.consumer("b", LONG), "7", 10);
    assertEquals(2, mine.size());
    assertEquals(3, others.size());
    Set<String> all = new HashSet<>(names(mine));
    all.addAll(names(others));
    assertEquals(Set.of("a", "b", "c", "d", "e"), all);
  }

  @Test
  void whatIsDoneIsGone() {
    push("a", "b");
    CopyQueueConsumer consumer = queue.consumer("a", SHORT);
    for (LeasedTask task : take(consumer, "7", 10)) {
      await(consumer.done(task));
    }
    assertEquals(0, sum(queue, "7").total());
    assertEquals(List.of(), take(queue.consumer("b", Duration.ofMillis(1)), "7", 10));
  }

  @Test
  void tasksOfAConsumerThatVanishedComeToAnother() {
    push("a", "b", "c");
    assertEquals(3, take(queue.consumer("vanishes", SHORT), "7", 10).size());
    CopyQueueConsumer heir = queue.consumer("heir", SHORT);
    assertEquals(List.of(), take(heir, "7", 10), "the lease has not run out");
    List<LeasedTask> inherited = new ArrayList<>();
    Awaitility.await()
        .until(
            () -> {
              inherited.addAll(take(heir, "7", 10));
              return inherited.size() >= 3;
            });
    assertEquals(Set.of("a", "b", "c"), names(inherited));
    for (LeasedTask task : inherited) {
      assertEquals(1, task.attempts(), "a lease that ran out is an attempt");
      await(heir.done(task));
    }
    assertEquals(0, sum(queue, "7").total());
  }

  @Test
  void manyExpiredLeasesBehindManyFreshOnesAreFound() {
    RedisCopyQueue one = RedisCopyQueue.create(fixture.vertx, QueueFixture.LIMITS);
    one.configure(QueueFixture.on(fixture.servers.get(0)));
    CopyQueueConsumer busy = one.consumer("busy", LONG);
    for (int i = 0; i < 200; i++) {
      await(one.push(task("p" + i, "7")));
    }
    List<LeasedTask> fresh = take(busy, "7", 190);
    assertEquals(10, take(one.consumer("vanishes", LONG), "7", 10).size());
    CopyQueueConsumer heir = one.consumer("heir", Duration.ofMillis(400));
    Set<String> inherited = new HashSet<>();
    Awaitility.await()
        .until(
            () -> {
              fresh.forEach(task -> await(busy.renew(task)));
              for (LeasedTask task : take(heir, "7", 1)) {
                inherited.add(task.task().name().value());
                await(heir.done(task));
              }
              return inherited.size() >= 10;
            });
    assertTrue(inherited.contains("p190") && inherited.contains("p199"), inherited.toString());
    await(one.close());
  }

  @Test
  void aRenewedLeaseDoesNotRunOut() {
    push("a");
    CopyQueueConsumer holder = queue.consumer("holder", SHORT);
    CopyQueueConsumer other = queue.consumer("other", SHORT);
    LeasedTask task = take(holder, "7", 1).get(0);
    Awaitility.await()
        .during(Duration.ofMillis(900))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> await(holder.renew(task)) && take(other, "7", 1).isEmpty());
    Awaitility.await().until(() -> !take(other, "7", 1).isEmpty());
    assertFalse(await(holder.renew(task)), "the other has it now");
    await(holder.retry(task, Duration.ZERO));
    assertEquals(0, sum(queue, "7").retrying(), "nor may it set it aside");
    await(holder.bury(task, "not mine"));
    assertEquals(List.of(), letters());
  }

  @Test
  void aRetryComesWhenItIsDueWithItsCountersAndAge() {
    push("a");
    CopyQueueConsumer consumer = queue.consumer("a", LONG);
    LeasedTask task = take(consumer, "7", 1).get(0);
    await(consumer.retry(task, Duration.ofMillis(400)));
    assertEquals(new TargetStatus("7", 0, 0, 1, -1, -1, 0), sum(queue, "7"));
    assertEquals(List.of(), take(consumer, "7", 1));
    List<LeasedTask> again = awaitTasks(consumer);
    assertEquals(1, again.get(0).attempts());
    assertEquals(1, again.get(0).tries());
    assertEquals(task.task(), again.get(0).task());
    assertTrue(again.get(0).ageMillis() >= 400, "the age is that of the first push");

    await(consumer.postpone(again.get(0), Duration.ZERO));
    again = awaitTasks(consumer);
    assertEquals(1, again.get(0).attempts(), "a postponed attempt does not count");
    assertEquals(2, again.get(0).tries());

    await(consumer.giveBack(again.get(0)));
    again = awaitTasks(consumer);
    assertEquals(2, again.get(0).tries(), "nor does one that was not begun");
  }

  private static List<LeasedTask> awaitTasks(CopyQueueConsumer consumer) {
    List<LeasedTask> taken = new ArrayList<>();
    Awaitility.await()
        .until(
            () -> {
              taken.addAll(take(consumer, "7", 1));
              return !taken.isEmpty();
            });
    return taken;
  }

  @Test
  void countersSurviveTheRestartOfTheServer() {
    push("a");
    CopyQueueConsumer consumer = queue.consumer("a", LONG);
    await(consumer.retry(take(consumer, "7", 1).get(0), Duration.ofMillis(50)));
    for (TestRedis server : fixture.servers) {
      server.stop();
      server.start();
    }
    RedisCopyQueue second = fixture.queue();
    await(second.status());
    assertEquals(1, awaitTasks(second.consumer("b", LONG)).get(0).attempts());
  }

  @Test
  void aDeadLetterHasItsReasonAndMayBeRequeued() {
    push("a", "b", "c");
    CopyQueueConsumer consumer = queue.consumer("a", LONG);
    for (LeasedTask task : take(consumer, "7", 10)) {
      await(consumer.bury(task, "no node has " + task.task().name()));
    }
    assertEquals(0, sum(queue, "7").total());
    assertEquals(3, await(queue.status()).dead());
    DeadLetter a =
        letters().stream().filter(l -> l.reason().equals("no node has a")).findFirst().get();
    assertEquals("7", a.target());
    assertEquals(TaskCodec.encode(task("a", "7")), a.task());

    assertEquals(1, await(queue.requeue(List.of(a.id()))));
    assertEquals(0, await(queue.requeue(List.of(a.id()))), "it is gone from the letters");
    assertEquals(Set.of("a"), names(take(consumer, "7", 10)));
    assertEquals(2, await(queue.requeueAll()));
    assertEquals(Set.of("b", "c"), names(take(consumer, "7", 10)));
    assertEquals(0, await(queue.status()).dead());
    awaitFailure(ErrorCode.BAD_REQUEST, queue.requeue(List.of("1-1@nowhere:1")));
  }

  @Test
  void deadLettersAreBoundedAndTheCutIsCounted() {
    RedisCopyQueue small =
        fixture.queue(
            new QueueLimits(10_000, 1 << 30, 100, Duration.ofSeconds(2), Duration.ofSeconds(4)));
    small.configure(QueueFixture.on(fixture.servers.get(0)));
    CopyQueueConsumer consumer = small.consumer("a", LONG);
    for (int i = 0; i < 500; i++) {
      await(small.push(task("p" + i, "7")));
    }
    for (LeasedTask task : take(consumer, "7", 500)) {
      await(consumer.bury(task, "reason"));
    }
    QueueStatus.ServerStatus status = await(small.status()).servers().get(0);
    assertTrue(status.dead() <= 250, "kept " + status.dead());
    assertEquals(500, status.dead() + status.deadCut());
    assertEquals(100, status.letters().size());
    assertEquals(status.dead(), await(small.requeueAll()));
    assertEquals(status.dead(), take(consumer, "7", 1000).size());
  }

  @Test
  void whatIsNoTaskBecomesADeadLetter() {
    for (TestRedis server : fixture.servers) {
      RedisCopyQueueTest.redisCli(
          server, "xadd", QueueFixture.KEY + ":{7}:tasks", "*", "task", "rubbish");
    }
    push("good", "better");
    assertEquals(Set.of("good", "better"), names(take(queue.consumer("a", LONG), "7", 10)));
    Awaitility.await().until(() -> letters().size() == 2);
    assertEquals("rubbish", letters().get(0).task());
    assertTrue(letters().get(0).reason().contains("not a copy task"));
  }

  @Test
  void entriesDeletedByHandAreForgotten() {
    push("a", "b");
    take(queue.consumer("gone", LONG), "7", 10);
    for (TestRedis server : fixture.servers) {
      RedisCopyQueueTest.redisCli(server, "xtrim", QueueFixture.KEY + ":{7}:tasks", "maxlen", "0");
    }
    push("c", "d");
    CopyQueueConsumer heir = queue.consumer("heir", Duration.ofMillis(1));
    assertEquals(Set.of("c", "d"), names(take(heir, "7", 10)));
    assertEquals(2, sum(queue, "7").leased());
  }

  @Test
  void itGoesOnWhenTheServersLoseEverything() {
    push("a", "b");
    CopyQueueConsumer consumer = queue.consumer("a", LONG);
    List<LeasedTask> held = take(consumer, "7", 10);
    assertEquals(2, held.size());
    fixture.servers.forEach(server -> RedisCopyQueueTest.redisCli(server, "flushall"));
    assertEquals(List.of(), take(consumer, "7", 10));
    assertFalse(await(consumer.renew(held.get(0))));
    await(consumer.done(held.get(0)));
    await(consumer.retry(held.get(1), Duration.ZERO));
    push("c", "d");
    assertEquals(
        Set.of(held.get(1).task().name().value(), "c", "d"),
        names(take(consumer, "7", 10)),
        "what is held is not lost with the server");
  }
}
