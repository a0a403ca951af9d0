package io.backpack.http;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Held;
import io.backpack.api.HeldName;
import io.backpack.api.HeldSums;
import io.backpack.api.Holdings;
import io.backpack.api.Lost;
import io.backpack.api.PhotoName;
import io.backpack.api.SelfRepair;
import io.backpack.api.Version;
import io.backpack.metrics.Metrics;
import io.backpack.testing.Fuzz;
import io.backpack.testing.InMemoryPhotoStore;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is asked of a server that is no node of this release, and what is no question. */
class HeldRouteTest {
  private static final int ROUNDS = 5_000;
  private static final Held ENTRY = new Held(-7, new Version(5), true);
  private static final HeldName NAME =
      new HeldName(PhotoName.of("a b/\u00e4"), new Version(-5), false);

  private static final Lost LOST = new Lost(List.of(ENTRY), false, true);

  private final Vertx vertx = Vertx.vertx();
  private final HttpStoreFactory factory = HttpStoreFactory.of(vertx, HttpStoreSettings.DEFAULT);

  /** Has one entry and one name, whatever is asked. */
  private static final Holdings FEW =
      new Holdings() {
        @Override
        public Future<HeldSums> sums() {
          return Future.succeededFuture(HeldSums.NONE.with(List.of(ENTRY)));
        }

        @Override
        public Future<List<Held>> list(List<Integer> slots) {
          return Future.succeededFuture(List.of(ENTRY));
        }

        @Override
        public Future<List<HeldName>> names(List<Long> hashes) {
          return Future.succeededFuture(List.of(NAME));
        }

        @Override
        public Future<Lost> lost() {
          return Future.succeededFuture(LOST);
        }

        @Override
        public Future<List<Held>> tombstones(List<Integer> slots) {
          return list(slots);
        }
      };

  @AfterEach
  void stop() {
    await(factory.close());
    await(vertx.close());
  }

  private Holdings serving(Handler<HttpServerRequest> handler) {
    HttpServer server = vertx.createHttpServer().requestHandler(handler);
    return factory.holdings(
        "http://127.0.0.1:" + await(server.listen(0, "127.0.0.1")).actualPort() + "/");
  }

  private Holdings answering(int status, Buffer body) {
    return serving(
        request ->
            request
                .response()
                .setStatusCode(status)
                .putHeader("Content-Type", HeldFrames.TYPE)
                .end(body));
  }

  @Test
  void aServerThatKnowsNoSuchQuestionIsNotFound() {
    for (int status : new int[] {200, 400, 404, 405, 410}) {
      Holdings other = serving(request -> request.response().setStatusCode(status).end("a page"));
      awaitFailure(ErrorCode.NOT_FOUND, other.sums());
      awaitFailure(ErrorCode.NOT_FOUND, other.list(List.of(1)));
    }
    Holdings older =
        serving(
            request ->
                request
                    .response()
                    .setStatusCode(405)
                    .putHeader(Headers.ERROR, "METHOD_NOT_ALLOWED")
                    .end());
    awaitFailure(ErrorCode.NOT_FOUND, older.names(List.of(1L)));
  }

  @Test
  void aNodeOfAnEarlierReleaseDoesNotTellWhatItHasLost() {
    Holdings earlier =
        serving(
            request ->
                request
                    .response()
                    .setStatusCode(400)
                    .putHeader(Headers.ERROR, "BAD_REQUEST")
                    .end("{\"error\":\"BAD_REQUEST\",\"message\":\"this is not a body\"}"));
    awaitFailure(ErrorCode.BAD_REQUEST, earlier.sums());
    awaitFailure(ErrorCode.NOT_FOUND, earlier.lost());
  }

  @Test
  void whatANodeRefusesIsToldAndOneThatDoesNotAnswerIsUnavailable() {
    Holdings catching =
        serving(
            request ->
                request
                    .response()
                    .setStatusCode(503)
                    .putHeader(Headers.ERROR, "INDEX_UNAVAILABLE")
                    .end("{\"error\":\"INDEX_UNAVAILABLE\",\"message\":\"not yet\"}"));
    assertEquals(
        "not yet", awaitFailure(ErrorCode.INDEX_UNAVAILABLE, catching.sums()).getMessage());
    awaitFailure(
        ErrorCode.UNAVAILABLE,
        serving(request -> request.response().setStatusCode(502).end()).sums());
    awaitFailure(ErrorCode.UNAVAILABLE, serving(request -> request.connection().close()).sums());
    awaitFailure(ErrorCode.UNAVAILABLE, answering(200, Buffer.buffer(new byte[7])).sums());
    awaitFailure(
        ErrorCode.UNAVAILABLE, answering(200, Buffer.buffer(new byte[7])).list(List.of(1)));
    awaitFailure(
        ErrorCode.UNAVAILABLE, answering(200, Buffer.buffer(new byte[12])).names(List.of(1L)));
    awaitFailure(ErrorCode.UNAVAILABLE, answering(200, Buffer.buffer()).lost());
    awaitFailure(ErrorCode.UNAVAILABLE, answering(200, Buffer.buffer(new byte[17])).lost());
    int tooMany = 1 + (Lost.MAX + 1) * 17;
    awaitFailure(ErrorCode.UNAVAILABLE, answering(200, Buffer.buffer(new byte[tooMany])).lost());
  }

  @Test
  void theTokenOfUploadsIsNeeded() {
    PhotoServer server =
        PhotoServer.create(
                vertx,
                PhotoServer.Kind.NODE,
                HttpSettings.DEFAULT.withWriteToken("secret"),
                new InMemoryPhotoStore(1, 1000),
                new FixedStatus(),
                Metrics.create("storage", "1"))
            .holdings(FEW);
    String url = "http://127.0.0.1:" + await(server.listen());
    awaitFailure(ErrorCode.UNAUTHORIZED, factory.holdings(url).sums());
    HttpStoreFactory knowing =
        HttpStoreFactory.of(vertx, HttpStoreSettings.DEFAULT.withWriteToken("secret"));
    Holdings holdings = knowing.holdings(url);
    assertEquals(HeldSums.NONE.with(List.of(ENTRY)), await(holdings.sums()));
    assertEquals(List.of(ENTRY), await(holdings.list(List.of(1, 2))));
    assertEquals(List.of(NAME), await(holdings.names(List.of(1L))));
    assertEquals(LOST, await(holdings.lost()));
    assertEquals(List.of(ENTRY), await(holdings.tombstones(List.of(3))));
    await(knowing.close());
    await(server.close());
  }

  @Test
  void itIsAskedToCompareItselfOnThePortOfThePhotos() {
    List<String> asked = new CopyOnWriteArrayList<>();
    SelfRepair repair =
        new SelfRepair() {
          @Override
          public Future<JsonObject> begin() {
            asked.add("begin");
            return Future.succeededFuture(new JsonObject().put("round", 7));
          }

          @Override
          public Future<JsonObject> status() {
            asked.add("status");
            return Future.succeededFuture(new JsonObject().put("complete", true));
          }
        };
    // Neither the token of /_/ nor the port where that is matters.
    HttpSettings settings =
        new HttpSettings(
            "127.0.0.1",
            0,
            Optional.of(0),
            "secret",
            "admin",
            false,
            List.of(),
            "",
            1000,
            Duration.ofSeconds(60),
            1024,
            Duration.ofSeconds(30),
            false);
    PhotoServer server =
        PhotoServer.create(
                vertx,
                PhotoServer.Kind.NODE,
                settings,
                new InMemoryPhotoStore(1, 1000),
                new FixedStatus(),
                Metrics.create("storage", "1"))
            .holdings(FEW)
            .repair(repair);
    String url = "http://127.0.0.1:" + await(server.listen());
    awaitFailure(ErrorCode.UNAUTHORIZED, factory.repair(url).begin());
    assertEquals(List.of(), asked);
    HttpStoreFactory knowing =
        HttpStoreFactory.of(vertx, HttpStoreSettings.DEFAULT.withWriteToken("secret"));
    assertEquals(7, await(knowing.repair(url).begin()).getInteger("round"));
    assertEquals(new JsonObject().put("complete", true), await(knowing.repair(url).status()));
    assertEquals(List.of("begin", "status"), asked);
    assertEquals(HeldSums.NONE.with(List.of(ENTRY)), await(knowing.holdings(url).sums()));
    await(knowing.close());
    await(server.close());
  }

  @Test
  void questionsAndAnswersThatAreNone() {
    Fuzz.run(
        "held",
        ROUNDS,
        bytes -> {
          Buffer buffer = Buffer.buffer(bytes);
          try {
            await(HeldFrames.answer(buffer, FEW));
            assertTrue(bytes[0] >= 1 && bytes[0] <= 5);
          } catch (BackpackException refused) {
            assertEquals(ErrorCode.BAD_REQUEST, refused.code());
          }
          try {
            HeldFrames.readEntries(buffer);
            assertEquals(0, bytes.length % 17);
          } catch (BackpackException refused) {
            assertEquals(ErrorCode.BAD_REQUEST, refused.code());
          }
          try {
            HeldFrames.readLost(buffer);
            assertEquals(1, bytes.length % 17);
          } catch (BackpackException refused) {
            assertEquals(ErrorCode.BAD_REQUEST, refused.code());
          }
          try {
            HeldFrames.readNames(buffer);
          } catch (BackpackException refused) {
            assertTrue(
                refused.code() == ErrorCode.BAD_REQUEST || refused.code() == ErrorCode.BAD_NAME);
          }
        },
        HeldFrames.askSums().getBytes(),
        HeldFrames.askSlots(List.of(1, 16383)).getBytes(),
        HeldFrames.askNames(List.of(1L, -1L)).getBytes(),
        HeldFrames.askLost().getBytes(),
        HeldFrames.askTombstones(List.of(5)).getBytes(),
        await(HeldFrames.answer(HeldFrames.askSlots(List.of(1)), FEW)).getBytes(),
        await(HeldFrames.answer(HeldFrames.askNames(List.of(1L)), FEW)).getBytes(),
        await(HeldFrames.answer(HeldFrames.askLost(), FEW)).getBytes());
  }
}
