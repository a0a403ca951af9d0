package io.backpack.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.testing.Futures;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnRedisTest {
  @TempDir Path directory;

  private static String ask(OwnRedis redis, Request request) {
    Vertx vertx = Vertx.vertx();
    try {
      Response response = Futures.await(Redis.createClient(vertx, redis.uri()).send(request));
      return response == null ? "" : response.toString();
    } finally {
      Futures.await(vertx.close());
    }
  }

  private static Request set(String value) {
    return Request.cmd(Command.SET).arg("key").arg(value);
  }

  private static Request get() {
    return Request.cmd(Command.GET).arg("key");
  }

  @Test
  void keepsItsDataOverRestarts() throws IOException {
    ProcessHandle first;
    try (OwnRedis redis = OwnRedis.start(directory, OwnRedis.Use.INDEX)) {
      first = redis.process();
      ask(redis, set("a"));
      assertEquals("noeviction", lastOf(redis, "maxmemory-policy"));
    }
    assertFalse(first.isAlive());
    try (OwnRedis redis = OwnRedis.start(directory, OwnRedis.Use.INDEX)) {
      assertEquals("a", ask(redis, get()));
    }
  }

  @Test
  void aKilledServerIsStartedAgainOnTheSameSocketWithItsData() throws IOException {
    try (OwnRedis redis = OwnRedis.start(directory, OwnRedis.Use.QUEUE)) {
      for (int kill = 0; kill < 2; kill++) {
        ask(redis, set("value " + kill));
        ProcessHandle first = redis.process();
        Path socket = redis.socket();
        first.destroyForcibly();
        await().until(() -> redis.process().pid() != first.pid());
        assertEquals("value " + kill, ask(redis, get()));
        assertEquals(socket, redis.socket());
        assertFalse(redis.lost().isDone());
      }
    }
    await().until(() -> watchers().isEmpty());
  }

  @Test
  void aServerThatCannotBeStartedAgainIsGivenUp() throws Exception {
    try (OwnRedis redis = OwnRedis.start(directory, OwnRedis.Use.INDEX, Duration.ofMillis(300))) {
      Files.move(directory.resolve("appendonlydir"), directory.resolve("elsewhere"));
      Files.createFile(directory.resolve("appendonlydir"));
      redis.process().destroyForcibly();
      String why = redis.lost().get(30, TimeUnit.SECONDS);
      assertTrue(why.contains("does not start again: redis-server ended at its start"), why);
      assertEquals(1, why.lines().count());
    }
    await().until(() -> watchers().isEmpty());
  }

  @Test
  void closedWhileItTriesToStartAgainItLeavesNothingBehind() throws IOException {
    OwnRedis redis = OwnRedis.start(directory, OwnRedis.Use.INDEX);
    redis.process().destroyForcibly();
    redis.close();
    assertFalse(redis.process().isAlive());
    assertFalse(redis.lost().isDone());
    await().until(() -> watchers().isEmpty());
    OwnRedis.start(directory, OwnRedis.Use.INDEX).close();
  }

  @Test
  void whatTheQueueAnswersIsSyncedFirst() throws IOException {
    try (OwnRedis queue = OwnRedis.start(directory, OwnRedis.Use.QUEUE)) {
      String pair = ask(queue, Request.cmd(Command.CONFIG).arg("GET").arg("appendfsync"));
      assertTrue(pair.contains("always"), pair);
    }
  }

  private static String lastOf(OwnRedis redis, String setting) {
    String pair = ask(redis, Request.cmd(Command.CONFIG).arg("GET").arg(setting));
    return pair.contains("noeviction") ? "noeviction" : pair;
  }

  @Test
  void aDirectoryIsForOneOnly() throws IOException {
    try (OwnRedis redis = OwnRedis.start(directory, OwnRedis.Use.INDEX)) {
      IOException failure =
          assertThrows(
              IOException.class, () -> OwnRedis.start(directory, OwnRedis.Use.INDEX).close());
      assertTrue(failure.getMessage().endsWith("is in use"), failure.getMessage());
      assertTrue(redis.process().isAlive());
    }
  }

  @Test
  void aLongPathGetsAShortSocket() throws IOException {
    Path deep = directory.resolve("d".repeat(120));
    Path socket;
    try (OwnRedis redis = OwnRedis.start(deep, OwnRedis.Use.INDEX)) {
      socket = Path.of(redis.uri().substring("unix://".length()));
      assertTrue(socket.toString().length() < 108, socket::toString);
      ask(redis, set("deep"));
    }
    assertFalse(Files.exists(socket.getParent()));
  }

  @Test
  void damageOfTheFileIsSetAsideAndNotDeleted() throws IOException {
    try (OwnRedis redis = OwnRedis.start(directory, OwnRedis.Use.INDEX)) {
      for (int i = 0; i < 5; i++) {
        ask(redis, set("value"));
      }
    }
    Path file;
    try (Stream<Path> files = Files.walk(directory)) {
      file = files.filter(f -> f.toString().endsWith(".incr.aof")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 0x55;
    bytes[bytes.length / 2 + 1] ^= 0x55;
    Files.write(file, bytes);
    try (OwnRedis redis = OwnRedis.start(directory, OwnRedis.Use.INDEX)) {
      assertEquals("", ask(redis, get()));
    }
    try (Stream<Path> files = Files.walk(directory)) {
      assertEquals(
          1,
          files
              .filter(f -> f.toString().contains("damaged-") && f.toString().endsWith("incr.aof"))
              .count());
    }
  }

  @Test
  void itSaysWhyItDoesNotStart() throws IOException {
    Files.createFile(directory.resolve("appendonlydir"));
    IOException failure =
        assertThrows(
            IOException.class, () -> OwnRedis.start(directory, OwnRedis.Use.INDEX).close());
    assertTrue(failure.getMessage().startsWith("redis-server ended at its start: "));
    assertTrue(failure.getMessage().contains("appendonlydir"), failure.getMessage());
    Files.delete(directory.resolve("appendonlydir"));
    OwnRedis.start(directory, OwnRedis.Use.INDEX).close();
  }

  @Test
  void withoutOneOnThePathTheBundledOneIsTaken() throws IOException {
    Path program = RedisBinary.find("/nowhere:", Files.createDirectories(directory));
    assertEquals(directory, program.getParent());
    assertEquals(program, RedisBinary.find("/nowhere", directory));
  }

  /** A process that starts an own Redis, says its number, and waits to be ended. */
  static final class Parent {
    public static void main(String[] args) throws IOException, InterruptedException {
      OwnRedis redis = OwnRedis.start(Path.of(args[0]), OwnRedis.Use.INDEX);
      System.out.println(redis.process().pid());
      new CountDownLatch(1).await();
    }
  }

  private Process parent() throws IOException {
    return new ProcessBuilder(
            System.getProperty("backpack.java", "java"),
            "-cp",
            System.getProperty("java.class.path"),
            Parent.class.getName(),
            directory.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static ProcessHandle redisOf(Process parent) throws IOException {
    try (BufferedReader out = parent.inputReader(UTF_8)) {
      return ProcessHandle.of(Long.parseLong(out.readLine())).orElseThrow();
    }
  }

  @Test
  void aKilledParentLeavesNoOrphan() throws IOException {
    Process parent = parent();
    try {
      ProcessHandle redis = redisOf(parent);
      assertTrue(redis.isAlive());
      assertEquals(parent.pid(), redis.parent().orElseThrow().pid());
      parent.destroyForcibly();
      await().until(() -> !redis.isAlive());
      await().until(() -> watchers().isEmpty());
    } finally {
      parent.destroyForcibly();
    }
  }

  @Test
  void anOrphanThatTheWatcherMissedIsEndedByTheNextStart() throws IOException {
    Process parent = parent();
    try {
      ProcessHandle redis = redisOf(parent);
      List<ProcessHandle> watchers = redis.children().toList();
      assertEquals(1, watchers.size());
      watchers.get(0).destroyForcibly();
      await().until(() -> hasEnded(watchers.get(0)));
      parent.destroyForcibly();
      await().until(() -> !parent.isAlive());
      assertTrue(redis.isAlive());
      try (OwnRedis next = OwnRedis.start(directory, OwnRedis.Use.INDEX)) {
        assertFalse(redis.isAlive());
        ask(next, set("mine"));
      }
    } finally {
      parent.destroyForcibly();
    }
  }

  /** Nobody has asked for its exit status yet, so it may be there still, with nothing in it. */
  private static boolean hasEnded(ProcessHandle process) throws IOException {
    Path commandLine = Path.of("/proc/" + process.pid() + "/cmdline");
    return !Files.exists(commandLine) || Files.readString(commandLine).isEmpty();
  }

  @Test
  void aStrangerOfTheSameNumberIsLeftAlone() throws IOException {
    Process stranger = new ProcessBuilder("sleep", "600").start();
    try {
      Files.writeString(directory.resolve("redis.pid"), Long.toString(stranger.pid()));
      OwnRedis.start(directory, OwnRedis.Use.INDEX).close();
      assertTrue(stranger.isAlive());
    } finally {
      stranger.destroyForcibly();
    }
  }

  /** Processes that work in the directory of this test. */
  private List<ProcessHandle> watchers() throws IOException {
    Path home = directory.toRealPath();
    return ProcessHandle.allProcesses()
        .filter(
            process -> {
              try {
                return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/cwd"))
                    .equals(home);
              } catch (IOException e) {
                return false;
              }
            })
        .toList();
  }
}
