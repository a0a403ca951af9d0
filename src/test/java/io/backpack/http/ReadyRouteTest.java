package io.backpack.http;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.metrics.Metrics;
import io.backpack.testing.InMemoryPhotoStore;
import io.backpack.testing.RawHttp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The short way of a photo that is in memory against the general one. */
class ReadyRouteTest {
  private static final String ORIGIN = "https://app.example";

  private final Vertx vertx = Vertx.vertx();
  private final InMemoryPhotoStore store = new InMemoryPhotoStore(1, 1 << 20);
  private final Map<PhotoName, ReadyPhoto> ready = new ConcurrentHashMap<>();
  private final AtomicInteger found = new AtomicInteger();
  private final Metrics metrics = Metrics.create("storage", "1");
  private PhotoServer general;
  private PhotoServer fast;
  private int generalPort;
  private int fastPort;

  @BeforeEach
  void start() {
    HttpSettings plain = HttpSettings.DEFAULT;
    HttpSettings settings =
        new HttpSettings(
            plain.host(),
            0,
            Optional.empty(),
            "",
            "",
            false,
            List.of(ORIGIN),
            plain.cacheControl(),
            plain.maxPhotoSize(),
            plain.idleTimeout(),
            plain.minUploadRate(),
            plain.uploadGrace(),
            false);
    general = server(settings);
    fast = server(settings).ready((name, sound) -> find(name));
    generalPort = await(general.listen());
    fastPort = await(fast.listen());
  }

  private PhotoServer server(HttpSettings settings) {
    return PhotoServer.create(
        vertx, PhotoServer.Kind.NODE, settings, store, new FixedStatus(), metrics);
  }

  @AfterEach
  void stop() {
    await(fast.close());
    await(general.close());
    await(vertx.close());
  }

  private ReadyPhoto find(PhotoName name) {
    ReadyPhoto photo = ready.get(name);
    if (photo == null || !photo.retain()) {
      return null;
    }
    found.incrementAndGet();
    return photo;
  }

  private ByteBuf store(String name, int size, String type, boolean inMemory) {
    byte[] bytes = new byte[size];
    new Random(name.hashCode()).nextBytes(bytes);
    PhotoAddress address = PhotoAddress.of(PhotoName.of(name));
    await(
        store.put(
            address, PutOptions.DEFAULT.withContentType(type), Upload.of(Buffer.buffer(bytes))));
    ByteBuf data = PooledByteBufAllocator.DEFAULT.directBuffer(size).writeBytes(bytes);
    if (inMemory) {
      ready.put(address.name(), new ReadyPhoto(await(store.stat(address, Trace.NONE)), data));
    } else {
      data.release();
    }
    return data;
  }

  /** All that a server says to a request and to a last one, which closes the connection. */
  private static String answers(int port, String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(15_000);
      String last = "GET /last HTTP/1.1\r\nHost: t\r\nX-Request-Id: z\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write((request + last).getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static String request(String line, String... headers) {
    StringBuilder out = new StringBuilder(line).append(" HTTP/1.1\r\nHost: t\r\n");
    for (String header : headers) {
      out.append(header).append("\r\n");
    }
    return out.append("X-Request-Id: same\r\n\r\n").toString();
  }

  @Test
  void itAnswersByteForByteAsTheGeneralRoute() throws IOException {
    store("a/b.png", 3000, "image/png", true);
    store("é +.svg", 77, "image/svg+xml", true);
    store("elsewhere", 10, "image/gif", false);
    PhotoInfo info = await(store.stat(PhotoAddress.of(PhotoName.of("a/b.png")), Trace.NONE));
    String date = HttpDate.format(info.version().millis());
    List<List<String>> variants =
        List.of(
            List.of(),
            List.of("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            List.of("Origin: " + ORIGIN),
            List.of("Origin: https://other.example"),
            List.of("Range: bytes=0-9"),
            List.of("Range: bytes=-5"),
            List.of("Range: bytes=10-", "Origin: " + ORIGIN),
            List.of("Range: bytes=5000-"),
            List.of("Range: bytes=1-2,4-5"),
            List.of("Range: lines=1-2"),
            List.of("Range: bytes=0-9", "If-Range: " + info.etag()),
            List.of("Range: bytes=0-9", "If-Range: \"other\""),
            List.of("Range: bytes=0-9", "If-Range: " + date),
            List.of("If-None-Match: " + info.etag()),
            List.of("If-None-Match: *", "Origin: " + ORIGIN),
            List.of("If-None-Match: \"other\"", "Range: bytes=0-1"),
            List.of("If-None-Match: W/" + info.etag() + ", \"x\""),
            List.of("If-Match: " + info.etag()),
            List.of("If-Match: \"other\""),
            List.of("If-Modified-Since: " + date),
            List.of("If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT"),
            List.of("If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"),
            List.of("If-Modified-Since: yesterday"),
            List.of("Connection: keep-alive"),
            List.of("Content-Length: 0"));
    List<String> paths =
        List.of(
            "/a/b.png",
            "/a/b.png?w=1",
            "/%61/b.png",
            "http://t/a/b.png",
            "/%C3%A9%20+.svg",
            "/elsewhere",
            "/none",
            "/a//b.png",
            "/a/%zz",
            "/",
            "/_/nothing");
    for (String method : List.of("GET", "HEAD", "OPTIONS")) {
      for (String path : paths) {
        for (List<String> headers : variants) {
          String request = request(method + " " + path, headers.toArray(String[]::new));
          assertEquals(answers(generalPort, request), answers(fastPort, request), request);
        }
      }
    }
    String body = request("GET /a/b.png", "Content-Length: 3") + "xyz";
    assertEquals(answers(generalPort, body), answers(fastPort, body));
    String chunks = request("GET /a/b.png", "Transfer-Encoding: chunked") + "1\r\nx\r\n0\r\n\r\n";
    assertEquals(answers(generalPort, chunks), answers(fastPort, chunks));
    String old = "GET /a/b.png HTTP/1.0\r\nConnection: keep-alive\r\nX-Request-Id: same\r\n\r\n";
    assertEquals(answers(generalPort, old), answers(fastPort, old));
    assertTrue(found.get() > 150, "the short way was gone " + found.get() + " times");
  }

  @Test
  void itCountsAsTheGeneralRouteDoes() {
    store("p", 100, "image/png", true);
    long before = metrics.gets().count();
    RawHttp.exchange(fastPort, request("GET /p"));
    RawHttp.exchange(fastPort, request("HEAD /p"));
    RawHttp.exchange(fastPort, request("GET /p", "Range: bytes=0-9"));
    assertEquals(before + 2, metrics.gets().count());
    assertEquals(110, metrics.gets().bytes());
    String page = metrics.scrape();
    assertTrue(page.contains("backpack_http_requests_total{code=\"206\",method=\"GET\""), page);
    assertEquals(0, metrics.inFlight());
  }

  @Test
  void answersKeepTheOrderOfPipelinedRequests() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 20; i++) {
      store("p" + i, 1000 + i, "image/png", i % 2 == 0);
    }
    for (int round = 0; round < 20; round++) {
      StringBuilder requests = new StringBuilder();
      int[] asked = new int[100];
      boolean[] heads = new boolean[asked.length];
      for (int i = 0; i < asked.length; i++) {
        asked[i] = random.nextInt(22) - 2;
        heads[i] = asked[i] >= 0 && random.nextInt(4) == 0;
        requests.append(
            asked[i] >= 0
                ? request((heads[i] ? "HEAD" : "GET") + " /p" + asked[i])
                : request("PUT /new", "Content-Length: 4", "Content-Type: image/png") + "abcd");
      }
      try (RawHttp connection = RawHttp.connect(fastPort)) {
        connection.send(requests.toString());
        for (int i = 0; i < asked.length; i++) {
          RawHttp.Answer answer = connection.receive(heads[i]);
          assertEquals(asked[i] < 0 ? 201 : 200, answer.status(), "seed " + seed);
          if (asked[i] >= 0) {
            assertEquals(
                Integer.toString(1000 + asked[i]),
                answer.header("content-length"),
                "seed " + seed + ", answer " + i);
          }
        }
      }
    }
    assertTrue(found.get() > 100, "the short way was gone " + found.get() + " times");
  }

  @Test
  void aClientThatDoesNotReadIsNotReadFrom() throws Exception {
    int count = 3000;
    int size = 64 << 10;
    ByteBuf data = store("p", size, "image/png", true);
    try (RawHttp connection = RawHttp.connect(fastPort)) {
      Thread sender =
          new Thread(() -> connection.send(request("GET /p").repeat(count)), "test-sender");
      sender.start();
      for (int i = 0; i < count; i++) {
        // What is on its way is in the buffers of the connection or waits to go there.
        assertTrue(found.get() - i < 400, "after " + i + " answers " + found.get() + " were made");
        assertEquals(size, connection.receive().body().length());
      }
      sender.join();
    }
    assertEquals(count, found.get());
    Awaitility.await().until(() -> data.refCnt() == 1);
  }

  @Test
  void aClientThatLeavesFreesWhatWaitedForIt() {
    ByteBuf data = store("p", 1 << 20, "image/png", true);
    for (int i = 0; i < 20; i++) {
      try (RawHttp connection = RawHttp.connect(fastPort)) {
        connection.send(request("GET /p").repeat(50));
        connection.receive();
      }
    }
    Awaitility.await().until(() -> data.refCnt() == 1);
  }

  @Test
  void aServerThatClosesAnswersWhatItHasTaken() {
    store("p", 1 << 20, "image/png", true);
    try (RawHttp connection = RawHttp.connect(fastPort)) {
      connection.send(request("GET /p"));
      assertEquals(1 << 20, connection.receive().body().length());
      await(fast.close());
      assertTrue(connection.ends());
    }
  }
}
