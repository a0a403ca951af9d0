package io.backpack.http;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
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
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
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

  /** Photos that are not found at once; those not in memory either do not come. */
  private final Set<PhotoName> cold = ConcurrentHashMap.newKeySet();

  private final AtomicInteger fetched = new AtomicInteger();
  private final ExecutorService disk = Executors.newSingleThreadExecutor();
  private final BlockingQueue<Runnable> slowDisk = new LinkedBlockingQueue<>();
  private volatile boolean slow;
  private final Metrics metrics = Metrics.create("storage", "1");
  private PhotoServer general;
  private PhotoServer fast;
  private int generalPort;
  private int fastPort;

  @BeforeEach
  void start() {
    general = server(settings(HttpSettings.DEFAULT.idleTimeout()));
    fast = server(settings(HttpSettings.DEFAULT.idleTimeout())).ready(new Photos());
    generalPort = await(general.listen());
    fastPort = await(fast.listen());
  }

  private static HttpSettings settings(Duration idleTimeout) {
    HttpSettings plain = HttpSettings.DEFAULT;
    return new HttpSettings(
        plain.host(),
        0,
        Optional.empty(),
        "",
        "",
        false,
        List.of(ORIGIN),
        plain.cacheControl(),
        plain.maxPhotoSize(),
        idleTimeout,
        plain.minUploadRate(),
        plain.uploadGrace(),
        false);
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
    disk.shutdown();
  }

  private final class Photos implements ReadyPhotos {
    @Override
    public ReadyPhoto find(PhotoName name, boolean sound) {
      return cold.contains(name) ? null : ReadyRouteTest.this.find(name);
    }

    @Override
    public boolean fetch(PhotoName name, boolean sound, Consumer<ReadyPhoto> then) {
      if (!cold.contains(name)) {
        return false;
      }
      fetched.incrementAndGet();
      Runnable read = () -> then.accept(ReadyRouteTest.this.find(name));
      if (slow) {
        slowDisk.add(read);
      } else {
        disk.execute(read);
      }
      return true;
    }
  }

  private ByteBuf storeCold(String name, int size, String type, boolean comes) {
    cold.add(PhotoName.of(name));
    return store(name, size, type, comes);
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
    storeCold("cold.png", 4000, "image/png", true);
    storeCold("lost", 40, "image/gif", false);
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
            "/cold.png",
            "/lost",
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
    assertTrue(fetched.get() > 30, fetched.get() + " photos were waited for");
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
      if (i % 3 == 0) {
        cold.add(PhotoName.of("p" + i));
      }
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
    assertTrue(fetched.get() > 100, fetched.get() + " photos were waited for");
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

  @Test
  void whatComesBehindAPhotoThatIsWaitedForWaits() throws Exception {
    int count = 2000;
    ByteBuf data = storeCold("p", 100, "image/png", true);
    slow = true;
    try (RawHttp connection = RawHttp.connect(fastPort)) {
      Thread sender =
          new Thread(() -> connection.send(request("GET /p").repeat(count)), "test-sender");
      sender.start();
      for (int i = 0; i < count; i++) {
        Runnable read = slowDisk.poll(15, TimeUnit.SECONDS);
        assertNotNull(read, "answer " + i);
        assertEquals(i + 1, fetched.get());
        read.run();
        assertEquals(100, connection.receive().body().length());
      }
      sender.join();
    }
    Awaitility.await().until(() -> data.refCnt() == 1);
  }

  @Test
  void aPhotoThatComesForNobodyIsFreed() throws Exception {
    ByteBuf data = storeCold("p", 1000, "image/png", true);
    slow = true;
    for (int i = 0; i < 50; i++) {
      Runnable read;
      try (RawHttp connection = RawHttp.connect(fastPort)) {
        connection.send(request("GET /p").repeat(3));
        read = slowDisk.poll(15, TimeUnit.SECONDS);
      }
      read.run();
    }
    assertEquals(50, found.get());
    slowDisk.drainTo(new ArrayList<>()); // Of those that were answered before they left.
    Awaitility.await().until(() -> data.refCnt() == 1);
  }

  @Test
  void aServerThatClosesDoesNotForgetWhoWaits() throws Exception {
    ByteBuf data = storeCold("p", 1000, "image/png", true);
    slow = true;
    try (RawHttp connection = RawHttp.connect(fastPort)) {
      connection.send(request("GET /p"));
      Runnable read = slowDisk.poll(15, TimeUnit.SECONDS);
      Future<Void> closed = fast.close();
      assertEquals(1000, connection.receive().body().length());
      assertTrue(connection.ends());
      read.run();
      await(closed);
    }
    Awaitility.await().until(() -> data.refCnt() == 1);
  }

  @Test
  void whoWaitsTooLongIsLeftToTheGeneralRoute() throws Exception {
    ByteBuf data = storeCold("p", 1000, "image/png", true);
    slow = true;
    PhotoServer hasty = server(settings(Duration.ofMillis(300))).ready(new Photos());
    int port = await(hasty.listen());
    try (RawHttp connection = RawHttp.connect(port)) {
      connection.send(request("GET /p"));
      Runnable read = slowDisk.poll(15, TimeUnit.SECONDS);
      assertEquals(1000, connection.receive().body().length());
      read.run();
      assertTrue(connection.ends());
    } finally {
      await(hasty.close());
    }
    Awaitility.await().until(() -> data.refCnt() == 1);
  }
}
