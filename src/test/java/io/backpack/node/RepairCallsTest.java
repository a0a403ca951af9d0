package io.backpack.node;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import io.backpack.cluster.Server;
import io.backpack.http.HttpStoreFactory;
import io.backpack.http.HttpStoreSettings;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RepairCallsTest {
  private final Vertx vertx = Vertx.vertx();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final HttpStoreFactory stores =
      HttpStoreFactory.of(vertx, HttpStoreSettings.DEFAULT.withWriteToken("secret"));
  private final RepairCalls calls =
      new RepairCalls(server -> stores.repair(server.url()), Duration.ofSeconds(3));
  private volatile int status = 200;
  private volatile String body = "{}";
  private volatile boolean silent;
  private HttpServer server;
  private Server node;

  @BeforeEach
  void start() {
    server = await(vertx.createHttpServer().requestHandler(this::answer).listen(0, "127.0.0.1"));
    node = new Server("7", "127.0.0.1", server.actualPort());
  }

  @AfterEach
  void stop() {
    await(stores.close());
    await(vertx.close());
  }

  private void answer(HttpServerRequest request) {
    request
        .body()
        .onSuccess(
            question -> {
              requests.add(
                  request.method()
                      + " "
                      + request.path()
                      + " "
                      + question.getByte(0)
                      + " "
                      + request.getHeader("Authorization"));
              if (!silent) {
                request
                    .response()
                    .setStatusCode(status)
                    .putHeader("Content-Type", "application/vnd.backpack.held.v1")
                    .end(body);
              }
            });
  }

  private void state(long rounds, boolean complete, String... peers) {
    JsonArray states = new JsonArray();
    for (String peer : peers) {
      states.add(new JsonObject().put("id", "1").put("state", peer));
    }
    body =
        new JsonObject()
            .put("rounds", rounds)
            .put("complete", complete)
            .put("peers", states)
            .encode();
  }

  @Test
  void aRoundIsAskedForWithTheTokenOfUploads() {
    body = "{\"rounds\":3,\"round\":5}";
    assertEquals("5", await(calls.ask(node)));
    assertEquals(List.of("POST / 32 Bearer secret"), requests);
  }

  @Test
  void itHasEndedWhenEveryPeerWasComparedSince() {
    state(4, true, "compared", "compared");
    assertFalse(await(calls.completed(node, "5")), "that was the round before");
    state(5, true, "compared", "compared");
    assertTrue(await(calls.completed(node, "5")));
    state(9, true);
    assertTrue(await(calls.completed(node, "5")), "without peers");
    state(5, false, "compared", "compared");
    assertFalse(await(calls.completed(node, "5")), "some could not be copied");
    for (String state : List.of("waiting", "comparing", "copying", "original")) {
      state(5, true, "compared", state);
      assertFalse(await(calls.completed(node, "5")), state);
    }
    assertEquals("POST / 33 Bearer secret", requests.get(0));
  }

  @Test
  void aNodeThatWasStartedAnewDoesNotKnowTheRound() {
    state(2, true, "compared");
    awaitFailure(ErrorCode.UNAVAILABLE, calls.completed(node, "5"));
  }

  @Test
  void whateverElseItSaysIsNoAnswer() {
    for (String text : List.of("", "[]", "{", "{}", "{\"rounds\":\"many\",\"round\":null}")) {
      body = text;
      awaitFailure(ErrorCode.UNAVAILABLE, calls.completed(node, "5"));
      awaitFailure(ErrorCode.UNAVAILABLE, calls.ask(node));
    }
    state(5, true, "compared");
    status = 500;
    awaitFailure(ErrorCode.UNAVAILABLE, calls.completed(node, "5"));
  }

  @Test
  void aNodeThatHangsEndsTheCall() {
    silent = true;
    awaitFailure(ErrorCode.UNAVAILABLE, calls.ask(node));
    assertEquals(1, requests.size());
  }
}
