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
import io.backpack.queue.QueueStatus.ServerStatus;
import io.backpack.queue.QueueStatus.TargetStatus;
import io.backpack.testing.TestRedis;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pushing, falling over, bounds and status, on two real servers. */
class RedisCopyQueueTest {
  private static final Duration LEASE = Duration.ofSeconds(30);

  @TempDir Path directory;
  private QueueFixture fixture;

  @BeforeEach
  void start() {
    fixture = new QueueFixture(directory, 2);
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  @Test
  void pushesGoToAllServersInTurn() {
    RedisCopyQueue queue = fixture.queue();
    for (int i = 0; i < 6; i++) {
      await(queue.push(task("p" + i, "7")));
    }
    for (ServerStatus server : await(queue.status()).servers()) {
      assertEquals(3, server.targets().get(0).waiting(), server.server());
    }
    assertEquals(6, take(queue.consumer("a", LEASE), "7", 10).size());
  }

  @Test
  void aPushGoesToAnotherServerWhenOneIsDown() {
    RedisCopyQueue queue = fixture.queue();
    await(queue.push(task("before", "7")));
    fixture.servers.get(0).kill();
    for (int i = 0; i < 4; i++) {
      await(queue.push(task("p" + i, "7")));
    }
    List<ServerStatus> servers = await(queue.status()).servers();
    assertFalse(servers.get(0).reachable());
    assertFalse(servers.get(0).error().isEmpty());
    assertTrue(servers.get(1).targets().get(0).waiting() >= 4);
  }

  @Test
  void aPushGoesToAnotherServerWhenOneHangs() {
    RedisCopyQueue queue = fixture.queue();
    await(queue.push(task("before", "7")));
    fixture.servers.get(0).freeze();
    long start = System.nanoTime();
    for (int i = 0; i < 4; i++) {
      await(queue.push(task("p" + i, "7")));
    }
    assertTrue(System.nanoTime() - start < 4_000_000_000L, "one hang, not one for each push");
    fixture.servers.get(0).thaw();
    CopyQueueConsumer consumer = queue.consumer("a", LEASE);
    Awaitility.await().until(() -> await(queue.status()).servers().get(0).reachable());
    assertTrue(
        names(take(consumer, "7", 20)).containsAll(Set.of("before", "p0", "p1", "p2", "p3")));
  }

  @Test
  void aPushFailsInBoundedTimeWhenNoServerAnswers() {
    RedisCopyQueue queue = fixture.queue();
    await(queue.push(task("before", "7")));
    fixture.servers.forEach(TestRedis::freeze);
    long start = System.nanoTime();
    awaitFailure(ErrorCode.UNAVAILABLE, queue.push(task("lost", "7")));
    assertTrue(System.nanoTime() - start < 3_000_000_000L);
  }

  @Test
  void withoutServersAPushFailsAtOnce() {
    RedisCopyQueue queue = RedisCopyQueue.create(fixture.vertx, QueueLimits.DEFAULT);
    awaitFailure(ErrorCode.UNAVAILABLE, queue.push(task("lost", "7")));
  }

  private static void set(QueueFixture fixture, TestRedis redis, String setting, String value) {
    Redis client = Redis.createClient(fixture.vertx, redis.uri());
    await(client.send(Request.cmd(Command.CONFIG).arg("SET").arg(setting).arg(value)));
    await(client.close());
  }

  @Test
  void aServerThatEvictsGetsNoTasks() {
    TestRedis evicting = fixture.servers.get(0);
    set(fixture, evicting, "maxmemory", "100mb");
    set(fixture, evicting, "maxmemory-policy", "allkeys-lru");
    RedisCopyQueue queue = fixture.queue();
    for (int i = 0; i < 4; i++) {
      await(queue.push(task("p" + i, "7")));
    }
    List<ServerStatus> servers = await(queue.status()).servers();
    assertTrue(servers.get(0).reachable());
    assertFalse(servers.get(0).takesTasks());
    assertTrue(servers.get(0).refusal().contains("allkeys-lru"), servers.get(0).refusal());
    assertTrue(servers.get(0).targets().isEmpty());
    assertEquals(4, servers.get(1).targets().get(0).waiting());
    fixture.servers.get(1).kill();
    awaitFailure(ErrorCode.UNAVAILABLE, queue.push(task("lost", "7")));
    // Put right, it is asked again without a new connection.
    set(fixture, evicting, "maxmemory-policy", "noeviction");
    Awaitility.await().until(() -> await(queue.status()).servers().get(0).takesTasks());
    await(queue.push(task("kept", "7")));
  }

  @Test
  void aPolicyWithoutALimitOfMemoryEvictsNothing() {
    fixture.servers.forEach(redis -> set(fixture, redis, "maxmemory-policy", "allkeys-lru"));
    RedisCopyQueue queue = fixture.queue();
    await(queue.push(task("p", "7")));
    assertTrue(await(queue.status()).servers().stream().allMatch(ServerStatus::takesTasks));
  }

  @Test
  void aServerWithoutAnAppendOnlyFileIsWarnedOf() {
    set(fixture, fixture.servers.get(0), "appendfsync", "always");
    set(fixture, fixture.servers.get(1), "appendonly", "no");
    RedisCopyQueue queue = fixture.queue();
    QueueStatus status = await(queue.status());
    assertEquals("", status.servers().get(0).warning());
    assertTrue(status.servers().get(1).warning().contains("appendonly no"));
    assertTrue(status.servers().get(1).takesTasks());
    assertTrue(status.toJson().encode().contains("\"warning\":\"it has appendonly no"));
  }

  @Test
  void aServerThatDoesNotSyncEachTaskIsWarnedOf() {
    set(fixture, fixture.servers.get(0), "appendfsync", "always");
    set(fixture, fixture.servers.get(1), "appendfsync", "everysec");
    QueueStatus status = await(fixture.queue().status());
    assertEquals("", status.servers().get(0).warning());
    String warning = status.servers().get(1).warning();
    assertTrue(warning.contains("appendfsync everysec"), warning);
    assertTrue(status.servers().get(1).takesTasks());
  }

  @Test
  void aServerThatRefusesWritesIsPassedOver() {
    RedisCopyQueue queue = fixture.queue();
    // Less memory than it uses already: every write is refused.
    redisCli(fixture.servers.get(0), "config", "set", "maxmemory", "1");
    for (int i = 0; i < 4; i++) {
      await(queue.push(task("p" + i, "7")));
    }
    assertEquals(4, await(queue.status()).servers().get(1).targets().get(0).waiting());
  }

  @Test
  void aChangeOfServersIsFollowed() {
    RedisCopyQueue queue = RedisCopyQueue.create(fixture.vertx, QueueFixture.LIMITS);
    CopyQueueConsumer consumer = queue.consumer("a", LEASE);
    queue.configure(QueueFixture.on(fixture.servers.get(0)));
    await(queue.push(task("first", "7")));
    queue.configure(QueueFixture.on(fixture.servers.get(1)));
    await(queue.push(task("second", "7")));
    assertEquals(Set.of("second"), names(take(consumer, "7", 10)));
    queue.configure(QueueFixture.on(fixture.servers.get(0), fixture.servers.get(1)));
    Awaitility.await()
        .untilAsserted(() -> assertEquals(Set.of("first"), names(take(consumer, "7", 10))));
    await(queue.close());
  }

  @Test
  void beyondTheCapTheTargetIsMarkedAsBehind() {
    RedisCopyQueue queue = fixture.queue(QueueFixture.LIMITS.withTarget(3, 1 << 20));
    for (int i = 0; i < 10; i++) {
      await(queue.push(task("p" + i, "7")));
    }
    await(queue.push(task("other", "8")));
    TargetStatus seven = sum(queue, "7");
    assertEquals(6, seven.waiting());
    assertEquals(4, seven.behindTasks());
    assertFalse(sum(queue, "8").behind());

    List<BehindMark> marks = await(queue.status()).marks();
    assertEquals(2, marks.size());
    assertTrue(marks.get(0).since() > 0);
    assertEquals(2, marks.get(0).tasks());
    await(queue.push(task("later", "7")));
    await(queue.push(task("later", "7")));
    for (BehindMark mark : marks) {
      assertFalse(await(queue.clear(mark)), "tasks have collapsed since");
    }
    for (BehindMark mark : await(queue.status()).marks()) {
      assertTrue(await(queue.clear(mark)));
    }
    assertEquals(List.of(), await(queue.status()).marks());
  }

  @Test
  void tasksAreThereAfterTheServersRestarted() {
    RedisCopyQueue queue = fixture.queue();
    await(queue.push(task("a", "7")));
    await(queue.push(task("b", "7")));
    for (TestRedis server : fixture.servers) {
      server.stop();
      server.start();
    }
    CopyQueueConsumer consumer = queue.consumer("a", LEASE);
    Awaitility.await()
        .until(() -> await(queue.status()).servers().stream().allMatch(ServerStatus::reachable));
    assertEquals(Set.of("a", "b"), names(take(consumer, "7", 10)));
  }

  static void redisCli(TestRedis server, String... command) {
    Vertx vertx = Vertx.vertx();
    try {
      Redis client = Redis.createClient(vertx, server.uri());
      Request request = Request.cmd(Command.create(command[0]));
      for (int i = 1; i < command.length; i++) {
        request.arg(command[i]);
      }
      await(client.send(request));
    } finally {
      await(vertx.close());
    }
  }
}
