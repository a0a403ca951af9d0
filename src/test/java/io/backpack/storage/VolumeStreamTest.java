package io.backpack.storage;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.DeleteOptions;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.Upload;
import io.backpack.archive.ArchiveReader;
import io.backpack.archive.ArchivedPhoto;
import io.backpack.testing.TestRedis;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A volume over HTTP, from a real node. */
class VolumeStreamTest {
  private static final String FIRST = "16777216";

  private final Vertx vertx = Vertx.vertx();
  private final HttpClient client = HttpClient.newHttpClient();
  private final Map<String, byte[]> photos = new LinkedHashMap<>();
  private TestRedis redis;
  private TestNode node;

  @BeforeEach
  void start(@TempDir Path directory) throws IOException {
    redis = TestRedis.start(Files.createDirectory(directory.resolve("redis")));
    node = TestNode.start(vertx, TestNode.settings(directory.resolve("volumes"), redis)).ready();
    Random random = new Random(1);
    for (int i = 0; i < 24; i++) {
      byte[] data = new byte[(1 << 20) + i];
      random.nextBytes(data);
      put("albums/" + i + ".jpg", data);
    }
    put("gone", new byte[] {1});
    await(node.store().delete(PhotoAddress.of(PhotoName.of("gone")), DeleteOptions.DEFAULT));
    photos.remove("gone");
  }

  private void put(String name, byte[] data) {
    photos.put(name, data);
    await(
        node.store()
            .put(
                PhotoAddress.of(PhotoName.of(name)),
                PutOptions.DEFAULT,
                Upload.of(Buffer.buffer(data))));
  }

  @AfterEach
  void stop() {
    node.close();
    redis.close();
    await(vertx.close());
  }

  private HttpResponse<InputStream> get(String volume) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(node.url() + "/_/volumes/" + volume))
            .timeout(Duration.ofSeconds(20))
            .build(),
        HttpResponse.BodyHandlers.ofInputStream());
  }

  private void assertHasAll(InputStream body) throws IOException {
    Map<String, byte[]> found = new LinkedHashMap<>();
    try (ArchiveReader archive =
        new ArchiveReader(
            body,
            (entry, why) -> {
              throw new AssertionError(entry + ": " + why);
            })) {
      for (Optional<ArchivedPhoto> next = archive.next(); next.isPresent(); next = archive.next()) {
        found.put(next.get().name().value(), archive.bytes(next.get()));
      }
    }
    assertEquals(List.copyOf(photos.keySet()), List.copyOf(found.keySet()), "in order");
    photos.forEach((name, data) -> assertArrayEquals(data, found.get(name), name));
  }

  @Test
  void givesAllLivePhotosInTheOrderOfTheDisk() throws Exception {
    HttpResponse<InputStream> answer = get(FIRST);
    assertEquals(200, answer.statusCode());
    assertEquals("application/x-tar", answer.headers().firstValue("content-type").orElse(""));
    assertHasAll(answer.body());
    assertEquals(404, get("5").statusCode());
    assertEquals(404, get("x").statusCode());
  }

  @Test
  void aSlowClientGetsEverything() throws Exception {
    try (Socket slow = ask()) {
      InputStream in = slow.getInputStream();
      long read = in.skip(1000);
      Awaitility.await()
          .pollDelay(Duration.ofMillis(500))
          .until(() -> node.store().uploadsWaiting() == 0);
      Random random = new Random(2);
      byte[] last = new byte[8];
      byte[] piece = new byte[50_000];
      for (int count = in.read(piece, 0, 1 + random.nextInt(piece.length));
          count > 0;
          count = in.read(piece, 0, 1 + random.nextInt(piece.length))) {
        read += count;
        for (int i = Math.max(0, count - last.length); i < count; i++) {
          System.arraycopy(last, 1, last, 0, last.length - 1);
          last[last.length - 1] = piece[i];
        }
      }
      assertEquals("0\r\n\r\n", new String(last, 3, 5, StandardCharsets.ISO_8859_1));
      long data = photos.values().stream().mapToLong(each -> each.length).sum();
      assertTrue(read > data, read + " of more than " + data);
    }
  }

  /** A request whose answer nobody reads yet. */
  private Socket ask() throws IOException {
    URI uri = URI.create(node.url());
    Socket socket = new Socket();
    socket.setReceiveBufferSize(8 << 10);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), uri.getPort()));
    socket.setSoTimeout(20_000);
    String request =
        "GET /_/volumes/" + FIRST + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    return socket;
  }

  @Test
  void aFewAtATimeAndClientsMayGoAway() throws Exception {
    try (Socket first = ask();
        Socket second = ask()) {
      assertEquals('H', first.getInputStream().read());
      assertEquals('H', second.getInputStream().read());
      HttpResponse<InputStream> refused = get(FIRST);
      assertEquals(503, refused.statusCode());
      assertTrue(refused.headers().firstValue("retry-after").isPresent());
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () -> {
              HttpResponse<InputStream> answer = get(FIRST);
              if (answer.statusCode() != 200) {
                return false;
              }
              assertHasAll(answer.body());
              return true;
            });
  }

  @Test
  void aFailureInTheMiddleBreaksOff() throws Exception {
    HttpResponse<InputStream> answer = get(FIRST);
    try (InputStream body = answer.body()) {
      assertEquals(100, body.readNBytes(100).length);
      redis.kill();
      assertThrows(IOException.class, () -> body.readAllBytes());
    }
  }
}
