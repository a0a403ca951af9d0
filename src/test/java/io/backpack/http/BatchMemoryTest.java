package io.backpack.http;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.metrics.Metrics;
import io.backpack.testing.InMemoryPhotoStore;
import io.backpack.testing.RawHttp;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The memory of uploads that share requests is bounded for all event loops of a server at once. */
class BatchMemoryTest {
  private static final int EVENT_LOOPS = 2;
  private static final int FIT = (64 << 20) / UploadFrames.MAX_BYTES;
  private static final int TOO_MANY = 6;

  private final Vertx vertx = Vertx.vertx();
  private final List<Socket> connections = new ArrayList<>();

  @AfterEach
  void stop() throws IOException {
    leave();
    await(vertx.close());
  }

  private void leave() throws IOException {
    for (Socket each : connections) {
      each.close();
    }
  }

  private static String head(int length) {
    return HttpTestServer.head(
        "POST /", "Content-Type: " + UploadFrames.TYPE, "Content-Length: " + length);
  }

  /** Announces as much as one may have, and sends nothing of it. */
  private void announce(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    connections.add(socket);
    socket
        .getOutputStream()
        .write(head(UploadFrames.MAX_BYTES).getBytes(StandardCharsets.US_ASCII));
  }

  private long answered() {
    return connections.stream().filter(BatchMemoryTest::hasAnswer).count();
  }

  private static boolean hasAnswer(Socket connection) {
    try {
      return connection.getInputStream().available() > 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void oneBoundHoldsForAllEventLoops() throws IOException {
    Metrics metrics = Metrics.create("storage", "1");
    InMemoryPhotoStore store = new InMemoryPhotoStore(1, 1 << 20);
    PhotoServers servers =
        await(
            PhotoServers.listen(
                vertx,
                EVENT_LOOPS,
                HttpSettings.DEFAULT,
                settings ->
                    PhotoServer.create(
                        vertx,
                        PhotoServer.Kind.NODE,
                        settings,
                        store,
                        new FixedStatus(),
                        metrics)));
    for (int i = 0; i < FIT + TOO_MANY; i++) {
      announce(servers.port());
    }
    Awaitility.await().until(() -> answered() == TOO_MANY);

    Buffer body = Buffer.buffer();
    UploadFrames.write(body, PhotoName.of("a"), PutOptions.DEFAULT, Buffer.buffer("bytes"));
    String batch = head(body.length()) + body.toString("ISO-8859-1");
    assertEquals(503, RawHttp.exchange(servers.port(), batch).status());
    leave();
    Awaitility.await().until(() -> RawHttp.exchange(servers.port(), batch).status() == 200);
    await(servers.close());
  }
}
