package io.backpack.queue;

import static io.backpack.queue.QueueFixture.names;
import static io.backpack.queue.QueueFixture.sum;
import static io.backpack.queue.QueueFixture.take;
import static io.backpack.queue.QueueFixture.task;
import static io.backpack.queue.RedisCopyQueueTest.redisCli;
import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import io.backpack.testing.TestRedis;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real servers that end, lose everything, refuse writes or have no memory, while they are used. */
class QueueServerFaultsTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(200);

  @TempDir Path directory;
  private QueueFixture fixture;
  private RedisCopyQueue queue;

  @BeforeEach
  void start() {
    // With "everysec" Redis answers before it writes while a sync is under way: even the end of its
    // process alone then loses what it acknowledged.
    fixture = new QueueFixture(directory, 2, "--appendfsync", "always");
    queue = fixture.queue();
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private Set<String> push(String prefix, int count, String target) {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < count; i++) {
      await(queue.push(task(prefix + i, target)));
      names.add(prefix + i);
    }
    return names;
  }

  /** Takes until all of these were had, each one done at once. */
  private void workOff(CopyQueueConsumer consumer, String target, Set<String> expected) {
    Set<String> done = new HashSet<>();
    Awaitility.await()
        .until(
            () -> {
              for (LeasedTask task : takeIfAny(consumer, target)) {
                await(consumer.done(task));
                done.add(task.task().name().value());
              }
              return done.containsAll(expected);
            });
    assertEquals(expected, done);
  }

  /** Servers that do not answer give nothing. */
  private static List<LeasedTask> takeIfAny(CopyQueueConsumer consumer, String target) {
    List<LeasedTask> taken = new ArrayList<>();
    for (String server : consumer.servers()) {
      taken.addAll(
          await(consumer.take(server, target, 10).recover(e -> Future.succeededFuture(List.of()))));
    }
    return taken;
  }

  private void awaitAll() {
    Awaitility.await()
        .until(() -> await(queue.status()).servers().stream().allMatch(s -> s.reachable()));
  }

  private void withoutMemory(boolean now) {
    fixture.servers.forEach(each -> redisCli(each, "config", "set", "maxmemory", now ? "1" : "0"));
  }

  @Test
  void whatWasAcknowledgedIsThereWhenServersWereKilledMeanwhile() {
    Set<String> acknowledged = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      TestRedis victim = fixture.servers.get(i / 50 % 2);
      if (i % 50 == 10) {
        victim.kill();
      } else if (i % 50 == 40) {
        victim.start();
      }
      String name = "p" + i;
      await(queue.push(task(name, "7")).onSuccess(pushed -> acknowledged.add(name)));
    }
    fixture.servers.forEach(TestRedis::kill);
    fixture.servers.forEach(TestRedis::start);
    awaitAll();
    assertEquals(200, acknowledged.size());
    workOff(queue.consumer("a", LONG), "7", acknowledged);
  }

  @Test
  void aServerThatComesBackEmptyIsUsedAndWhatTheOtherHasIsKept() throws Exception {
    push("p", 10, "7");
    CopyQueueConsumer consumer = queue.consumer("a", LONG);
    List<LeasedTask> held = take(consumer, "7", 2);
    assertEquals(4, held.size());
    TestRedis empty = fixture.servers.get(0);
    empty.kill();
    deleteFiles(empty.directory());
    empty.start();
    awaitAll();
    for (LeasedTask task : held) {
      await(consumer.postpone(task, Duration.ZERO));
    }
    Set<String> expected = names(held);
    expected.addAll(push("q", 10, "7"));
    TestRedis sound = fixture.servers.get(1);
    String soundName = "127.0.0.1:" + sound.port();
    // What it has besides, nobody had taken.
    for (LeasedTask task : await(queue.consumer("b", LONG).take(soundName, "7", 100))) {
      expected.add(task.task().name().value());
      await(consumer.giveBack(task));
    }
    assertTrue(expected.size() >= 4 + 10 + 3, expected.toString());
    workOff(queue.consumer("c", SHORT), "7", expected);
    assertEquals(0, sum(queue, "7").total());
  }

  private static void deleteFiles(Path directory) throws IOException {
    Path files = directory.resolve("appendonlydir");
    try (Stream<Path> all = Files.list(files)) {
      for (Path file : all.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(files);
  }

  @Test
  void whatAHungServerGaveOutComesAgain() {
    Set<String> expected = push("p", 10, "7");
    CopyQueueConsumer consumer = queue.consumer("a", SHORT);
    fixture.servers.get(0).freeze();
    String hung = consumer.servers().get(0);
    awaitFailure(ErrorCode.UNAVAILABLE, consumer.take(hung, "7", 10));
    fixture.servers.get(0).thaw();
    awaitAll();
    workOff(consumer, "7", expected);
    assertEquals(0, sum(queue, "7").total());
  }

  @Test
  void aReadOnlyServerIsPassedOverAndKeepsWhatItHas() {
    Set<String> expected = push("p", 10, "7");
    CopyQueueConsumer consumer = queue.consumer("a", SHORT);
    List<LeasedTask> held = take(consumer, "7", 2);
    TestRedis frozen = fixture.servers.get(0);
    // A replica of nobody: it answers reads and refuses every write.
    redisCli(frozen, "replicaof", "127.0.0.1", Integer.toString(TestRedis.freePort()));
    expected.addAll(push("q", 4, "7"));
    long refused = 0;
    for (LeasedTask task : held) {
      boolean done =
          consumer
              .done(task)
              .transform(end -> Future.succeededFuture(end.succeeded()))
              .toCompletionStage()
              .toCompletableFuture()
              .join();
      if (done) {
        expected.remove(task.task().name().value());
      } else {
        refused++;
      }
    }
    assertEquals(2, refused);
    redisCli(frozen, "replicaof", "no", "one");
    workOff(consumer, "7", expected);
    assertEquals(0, sum(queue, "7").total());
  }

  @Test
  void aFullServerIsEmptied() {
    Set<String> sevens = push("p", 20, "7");
    Set<String> eights = push("q", 20, "8");
    CopyQueueConsumer consumer = queue.consumer("a", LONG);
    for (LeasedTask task : take(consumer, "7", 5)) {
      await(consumer.retry(task, Duration.ZERO));
    }
    withoutMemory(true);
    // Nobody has taken a task for 8 yet, so the consumer group has to be made as well.
    workOff(consumer, "8", eights);
    List<LeasedTask> again = take(consumer, "7", 5);
    assertEquals(10, again.size());
    for (LeasedTask task : again) {
      await(consumer.postpone(task, Duration.ZERO));
    }
    List<LeasedTask> buried = take(consumer, "7", 1);
    buried.forEach(task -> await(consumer.bury(task, "no reason")));
    assertEquals(buried.size(), await(queue.requeueAll()));
    workOff(consumer, "7", sevens);
    assertEquals(0, sum(queue, "7").total() + sum(queue, "8").total());
  }

  @Test
  void whereNoServerHasMemoryTheTargetIsMarkedAsBehind() {
    withoutMemory(true);
    push("p", 3, "7");
    assertEquals(3, sum(queue, "7").behindTasks());
    assertEquals(0, sum(queue, "7").total());
    redisCli(fixture.servers.get(1), "config", "set", "maxmemory", "0");
    push("q", 3, "7");
    assertEquals(3, sum(queue, "7").total(), "the one that has memory takes them");
    assertEquals(3, sum(queue, "7").behindTasks());
  }

  @Test
  void marksAreAsDurableAsTasks() {
    RedisCopyQueue small = fixture.queue(QueueFixture.LIMITS.withTarget(2, 1 << 20));
    for (int i = 0; i < 10; i++) {
      await(small.push(task("p" + i, "7")));
    }
    List<BehindMark> before = await(small.status()).marks();
    assertEquals(6, before.stream().mapToLong(BehindMark::tasks).sum());
    fixture.servers.forEach(TestRedis::kill);
    fixture.servers.forEach(TestRedis::start);
    awaitAll();
    assertEquals(before, await(queue.status()).marks());
  }

  @Test
  void aMarkOfAServerThatLostItAndMadeItAgainIsAnother() {
    RedisCopyQueue small = fixture.queue(QueueFixture.LIMITS.withTarget(1, 1 << 20));
    small.configure(QueueFixture.on(fixture.servers.get(0)));
    for (int i = 0; i < 3; i++) {
      await(small.push(task("p" + i, "7")));
    }
    BehindMark before = await(small.status()).marks().get(0);
    redisCli(fixture.servers.get(0), "flushall");
    for (int i = 0; i < 3; i++) {
      await(small.push(task("q" + i, "7")));
    }
    BehindMark after = await(small.status()).marks().get(0);
    assertEquals(before.tasks(), after.tasks());
    assertEquals(false, await(small.clear(before)));
    assertEquals(true, await(small.clear(after)));
  }

  @Test
  void longNamesFillTheBytesBeforeTheNumber() {
    RedisCopyQueue small = fixture.queue(QueueFixture.LIMITS.withTarget(100_000, 100 << 10));
    small.configure(QueueFixture.on(fixture.servers.get(0)));
    String name = "n".repeat(1000);
    for (int i = 0; i < 300; i++) {
      await(small.push(task(name + i, "7")));
    }
    long waiting = sum(small, "7").total();
    assertTrue(waiting >= 64 && waiting < 150, "it has " + waiting);
    assertEquals(300, waiting + sum(small, "7").behindTasks());
    // What is set aside counts as well.
    CopyQueueConsumer consumer = small.consumer("a", LONG);
    for (LeasedTask task : take(consumer, "7", 1000)) {
      await(consumer.postpone(task, LONG));
    }
    for (int i = 0; i < 60; i++) {
      await(small.push(task(name + "more" + i, "7")));
    }
    // The estimates of the two kinds of keys differ a little.
    assertTrue(sum(small, "7").total() <= waiting + 20, "it has " + sum(small, "7").total());
  }

  /** A server that ends in the middle of writing that a task is done has it, or has it no more. */
  @Test
  void aTaskIsDoneAsAWholeOrNotAtAll() throws Exception {
    RedisCopyQueue one = fixture.queue();
    TestRedis server = fixture.servers.get(0);
    one.configure(QueueFixture.on(server));
    await(one.push(task("a", "7")));
    CopyQueueConsumer consumer = one.consumer("a", LONG);
    LeasedTask task = take(consumer, "7", 1).get(0);
    server.stop();
    long before = Files.size(appendOnlyFile(server));
    server.start();
    Awaitility.await().until(() -> await(one.status()).servers().get(0).reachable());
    await(consumer.done(task));
    server.stop();
    byte[] whole = Files.readAllBytes(appendOnlyFile(server));
    for (long cut = whole.length; cut >= before; cut -= Math.max(1, (whole.length - before) / 7)) {
      Files.write(appendOnlyFile(server), whole);
      truncate(appendOnlyFile(server), cut);
      server.start();
      Awaitility.await().until(() -> await(one.status()).servers().get(0).reachable());
      long expected = cut == whole.length ? 0 : 1;
      assertEquals(expected, sum(one, "7").total(), "cut at " + cut + " of " + whole.length);
      List<LeasedTask> again = take(one.consumer("b", Duration.ofMillis(1)), "7", 1);
      assertEquals(expected, again.size());
      server.stop();
    }
    server.start();
  }

  private static Path appendOnlyFile(TestRedis server) {
    try (Stream<Path> files = Files.list(server.directory().resolve("appendonlydir"))) {
      return files.filter(file -> file.toString().endsWith(".incr.aof")).findFirst().orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void truncate(Path file, long length) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(length);
    }
  }
}
