package io.backpack.http;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Somebody else listens at the address of a node: nothing is stored there, and nothing known. */
class ForeignServerTest {
  private static final PhotoAddress X = PhotoAddress.of(PhotoName.of("x.png"));
  private static final PutOptions REPLICA = PutOptions.DEFAULT.asReplica(new Version(1L << 40));

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void stop() {
    await(vertx.close());
  }

  private HttpPhotoStore server(int status, String body, boolean originals) {
    int port =
        await(
                vertx
                    .createHttpServer()
                    .requestHandler(
                        request ->
                            request
                                .body()
                                .onSuccess(
                                    read ->
                                        request
                                            .response()
                                            .setStatusCode(status)
                                            .end(body(request.method(), body))))
                    .listen(0, "127.0.0.1"))
            .actualPort();
    HttpStoreSettings settings = HttpStoreSettings.DEFAULT;
    return HttpPhotoStore.create(
        vertx, "http://127.0.0.1:" + port, originals ? settings.withOriginals() : settings);
  }

  private static String body(HttpMethod method, String body) {
    return method.equals(HttpMethod.HEAD) ? "" : body;
  }

  private static Upload nine() {
    return Upload.of(Buffer.buffer("123456789"));
  }

  private static void knowsNothing(HttpPhotoStore store) {
    awaitFailure(ErrorCode.UNAVAILABLE, store.get(X, GetOptions.DEFAULT));
    awaitFailure(ErrorCode.UNAVAILABLE, store.stat(X, Trace.NONE));
    awaitFailure(ErrorCode.UNAVAILABLE, store.delete(X, DeleteOptions.DEFAULT));
    BackpackException failure = awaitFailure(ErrorCode.UNAVAILABLE, store.put(X, REPLICA, nine()));
    assertTrue(failure.getMessage().contains("not a server of this"), failure.getMessage());
  }

  @Test
  void anyOkIsNotAPhotoOnDisk() {
    String crc = "\"crc32c\":\"e3069283\"";
    String version = "\"version\":\"0000010000000000\"";
    for (String body : List.of("ok", "", "[]", "{" + crc + "}", "{" + version + "}")) {
      for (int status : new int[] {200, 201}) {
        knowsNothing(server(status, body, false));
      }
    }
    assertEquals(
        new Version(1L << 40),
        await(server(201, "{" + crc + "," + version + "}", false).put(X, REPLICA, nine()))
            .info()
            .version());
    assertEquals(9, await(server(200, "ok", true).put(X, REPLICA, nine())).info().size());
  }

  @Test
  void aBareAbsenceIsNoKnowledge() {
    for (int status : new int[] {404, 410}) {
      for (String body : List.of("", "<html>oops</html>", "{\"error\":\"Not Found\"}")) {
        knowsNothing(server(status, body, false));
        awaitFailure(ErrorCode.ofStatus(status), server(status, body, true).stat(X, Trace.NONE));
      }
    }
  }

  /** As nginx in front of the nodes has it, whose answer to HEAD says nothing but the status. */
  @Test
  void anAbsenceMayHaveItsCodeInTheBodyOnly() {
    HttpPhotoStore store = server(404, "{\"error\":\"UNKNOWN_SHARD\"}", false);
    awaitFailure(ErrorCode.UNKNOWN_SHARD, store.get(X, GetOptions.DEFAULT));
    awaitFailure(ErrorCode.UNKNOWN_SHARD, store.stat(X, Trace.NONE));
    awaitFailure(ErrorCode.UNKNOWN_SHARD, store.delete(X, DeleteOptions.DEFAULT));
  }
}
