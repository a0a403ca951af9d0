package io.backpack.redis;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import io.backpack.testing.TestRedis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedisLinkTest {
  private static final Duration SHORT = Duration.ofMillis(300);

  @TempDir Path directory;
  private Vertx vertx;
  private TestRedis redis;
  private RedisLink link;

  @BeforeEach
  void start() {
    vertx = Vertx.vertx();
    redis = TestRedis.start(directory);
  }

  @AfterEach
  void stop() {
    if (link != null) {
      await(link.close());
    }
    redis.close();
    await(vertx.close());
  }

  private RedisLink link(Duration timeout, int maxInFlight) {
    return linkTo(redis.uri(), timeout, maxInFlight);
  }

  private RedisLink linkTo(String uri, Duration timeout, int maxInFlight) {
    link = RedisLink.create(vertx, new RedisLinkSettings(uri, timeout, maxInFlight));
    await(link.firstAttempt());
    return link;
  }

  private static Request echo(String text) {
    return Request.cmd(Command.ECHO).arg(text);
  }

  private void awaitConnected() {
    Awaitility.await().until(link::connected);
  }

  @Test
  void answersComeInOrder() {
    link(Duration.ofSeconds(5), 5000);
    List<Future<Response>> answers = new ArrayList<>();
    for (int i = 0; i < 4000; i++) {
      answers.add(link.send(echo("n" + i)));
    }
    for (int i = 0; i < answers.size(); i++) {
      assertEquals("n" + i, await(answers.get(i)).toString());
    }
  }

  @Test
  void aBatchIsAnsweredAsAListWithNulls() {
    link(Duration.ofSeconds(5), 100);
    List<Response> answers =
        await(link.batch(List.of(echo("a"), Request.cmd(Command.GET).arg("none"), echo("b"))));
    assertEquals("a", answers.get(0).toString());
    assertNull(answers.get(1));
    assertEquals("b", answers.get(2).toString());
    assertEquals(List.of(), await(link.batch(List.of())));
  }

  @Test
  void anErrorOfTheServerIsToldApart() {
    link(Duration.ofSeconds(5), 100);
    RedisReplyException failure =
        assertThrows(
            RedisReplyException.class,
            () -> await(link.send(Request.cmd(Command.EVALSHA).arg("0".repeat(40)).arg(0))));
    assertEquals("NOSCRIPT", failure.code());
    RedisReplyException inBatch =
        assertThrows(
            RedisReplyException.class,
            () ->
                await(
                    link.batch(
                        List.of(
                            echo("a"), Request.cmd(Command.EVALSHA).arg("0".repeat(40)).arg(0)))));
    assertEquals("NOSCRIPT", inBatch.code(), inBatch.getMessage());
    assertEquals("still", await(link.send(echo("still"))).toString());
  }

  @Test
  void aScriptIsLoadedWhereItIsNotKnown() {
    link(Duration.ofSeconds(5), 100);
    RedisScript script = RedisScript.of("return ARGV[1] .. '!'");
    assertEquals("x!", await(script.call(link, r -> r.arg(0).arg("x"))).toString());
    await(link.send(Request.cmd(Command.SCRIPT).arg("FLUSH")));
    assertThrows(
        RedisReplyException.class, () -> await(script.callLoaded(link, r -> r.arg(0).arg("x"))));
    assertEquals("y!", await(script.call(link, r -> r.arg(0).arg("y"))).toString());
  }

  @Test
  void moreThanMayBeUnderWayIsRefused() {
    link(Duration.ofSeconds(5), 3);
    redis.freeze();
    List<Future<Response>> answers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      answers.add(link.send(echo("n" + i)));
    }
    awaitFailure(ErrorCode.OVERLOADED, link.send(echo("n3")));
    redis.thaw();
    for (int i = 0; i < 3; i++) {
      assertEquals("n" + i, await(answers.get(i)).toString());
    }
    assertEquals("room again", await(link.send(echo("room again"))).toString());
  }

  @Test
  void aFrozenServerLosesTheConnectionAndAThawedOneGetsItBack() {
    link(SHORT, 100);
    AtomicInteger lost = new AtomicInteger();
    AtomicInteger made = new AtomicInteger();
    link.onConnected(l -> made.incrementAndGet()).onDisconnected(l -> lost.incrementAndGet());
    Awaitility.await().until(() -> made.get() == 1);
    redis.freeze();
    Future<Response> first = link.send(echo("a"));
    Future<Response> second = link.send(echo("b"), Duration.ofSeconds(20));
    awaitFailure(ErrorCode.UNAVAILABLE, first);
    awaitFailure(ErrorCode.UNAVAILABLE, second);
    assertFalse(link.connected());
    assertEquals(1, lost.get());
    awaitFailure(ErrorCode.UNAVAILABLE, link.send(echo("c")));
    redis.thaw();
    awaitConnected();
    assertTrue(link.generation() > 1);
    assertEquals("d", await(link.send(echo("d"))).toString());
    Awaitility.await().until(() -> made.get() == 2);
  }

  @Test
  void aCallMayHaveMoreTimeThanTheOthers() {
    link(SHORT, 100);
    Future<Response> blocking =
        link.send(Request.cmd(Command.BLPOP).arg("none").arg("0.8"), Duration.ofSeconds(10));
    assertNull(await(blocking));
    assertTrue(link.connected());
  }

  @Test
  void aKilledServerFailsWhatIsUnderWayAndIsFoundAgain() {
    link(Duration.ofSeconds(20), 100);
    Future<Response> blocked =
        link.send(Request.cmd(Command.BLPOP).arg("none").arg(0), Duration.ofSeconds(20));
    redis.kill();
    awaitFailure(ErrorCode.UNAVAILABLE, blocked);
    awaitFailure(ErrorCode.UNAVAILABLE, link.send(echo("a")));
    redis.start();
    awaitConnected();
    assertEquals("b", await(link.send(echo("b"))).toString());
  }

  @Test
  void aServerThatIsNotThereYetIsFoundLater() {
    redis.kill();
    link(SHORT, 100);
    assertFalse(link.connected());
    awaitFailure(ErrorCode.UNAVAILABLE, link.send(echo("a")));
    redis.start();
    awaitConnected();
    assertEquals(1, link.generation());
  }

  @Test
  void aServerFrozenFromTheStartIsGivenUpOnAndTriedAgain() {
    redis.freeze();
    link(SHORT, 100);
    assertFalse(link.connected());
    redis.thaw();
    awaitConnected();
  }

  @Test
  void aUnixSocketWorksAndAPasswordIsNotShown() {
    Path socket = directory.resolve("redis.sock");
    try (TestRedis other =
        TestRedis.start(directory, "--unixsocket", socket.toString(), "--appendonly", "no")) {
      linkTo("unix://" + socket, Duration.ofSeconds(5), 10);
      assertEquals("u", await(link.send(echo("u"))).toString());
      await(link.close());
      await(
          linkTo(other.uri(), Duration.ofSeconds(5), 10)
              .send(Request.cmd(Command.CONFIG).arg("SET").arg("requirepass").arg("secret")));
      await(link.close());
      linkTo("redis://:secret@127.0.0.1:" + other.port(), Duration.ofSeconds(5), 10);
      assertEquals("p", await(link.send(echo("p"))).toString());
      assertEquals("redis://***@127.0.0.1:" + other.port(), link.server());
      await(link.close());
    }
  }

  @Test
  void noPartOfAPasswordIsShown() {
    assertEquals("redis://***@h:1/2", shown("redis://:se/cr@e/t@h:1/2"));
    assertEquals("redis://***@h", shown("redis://u:secret@h?password=secret"));
    assertEquals("redis://***@h", shown("redis://:se?cret@h"));
    assertEquals("unix:///a/redis.sock", shown("unix:///a/redis.sock"));
  }

  private static String shown(String uri) {
    return new RedisLinkSettings(uri, Duration.ofSeconds(1), 1).shownUri();
  }

  @Test
  void aClosedLinkStaysClosed() {
    link(Duration.ofSeconds(5), 100);
    Future<Response> blocked =
        link.send(Request.cmd(Command.BLPOP).arg("none").arg(0), Duration.ofSeconds(20));
    await(link.close());
    awaitFailure(ErrorCode.UNAVAILABLE, blocked);
    awaitFailure(ErrorCode.UNAVAILABLE, link.send(echo("a")));
    assertFalse(link.connected());
  }
}
