package io.backpack.storage;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.testing.Pictures;
import io.backpack.testing.TestRedis;
import io.backpack.volume.Throttle;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compaction of a node that serves: nobody sees anything of it but the room it makes. */
class CompactionOverHttpTest {
  private static final long SEED = Long.getLong("backpack.seed", System.nanoTime());
  private static final int VOLUME = 12 << 20;
  private static final int LARGE = 10 << 20;
  private static final int PHOTOS = 80;
  private static final int READERS = 2;
  private static final int SMALL_WINDOW = 8 << 10;
  private static final List<String> KEPT_HEADERS =
      List.of("etag", "last-modified", "content-type", "content-length", "x-backpack-version");

  /**
   * @param bytes empty for a delete
   */
  private record Known(Buffer bytes, Map<String, String> headers) {}

  @TempDir Path directory;
  private final Random random = new Random(SEED);
  private final AtomicLong ahead = new AtomicLong();
  private final Map<String, Known> known = new TreeMap<>();
  private Vertx vertx;
  private TestRedis redis;
  private TestNode node;
  private NodeHttp http;

  @BeforeEach
  void prepare() throws IOException {
    System.out.println("CompactionOverHttpTest: -Dbackpack.seed=" + SEED);
    vertx = Vertx.vertx();
    redis = TestRedis.start(Files.createDirectory(directory.resolve("redis")));
  }

  @AfterEach
  void stop() {
    if (node != null) {
      node.close();
    }
    redis.close();
    await(vertx.close());
  }

  private void start(double deadRatio) {
    StorageSettings plain = TestNode.settings(volumes(), redis);
    StorageSettings settings =
        TestNode.settings(plain, VOLUME, true, new MaintenanceSettings(0, deadRatio, 64 << 20));
    Maintenance.Timing timing =
        new Maintenance.Timing(
            () -> Instant.now().plusSeconds(ahead.get()), Throttle.Time.SYSTEM, Duration.ofDays(1));
    node = TestNode.start(vertx, settings, timing).ready();
    http = new NodeHttp(node);
  }

  private Path volumes() {
    return directory.resolve("volumes");
  }

  private void put(String name, int size) {
    Buffer bytes = Buffer.buffer(Pictures.noise(random, size));
    assertEquals(201, http.put(name, bytes).statusCode());
    known.put(name, new Known(bytes, headers(http.head(name))));
  }

  private void delete(String name) {
    assertEquals(204, http.delete(name).statusCode());
    known.put(name, new Known(Buffer.buffer(), Map.of()));
  }

  private static Map<String, String> headers(HttpResponse<?> answer) {
    Map<String, String> headers = new TreeMap<>();
    KEPT_HEADERS.forEach(
        each -> headers.put(each, answer.headers().firstValue(each).orElseThrow()));
    return headers;
  }

  /** Uploads, overwrites and deletes over a few volumes; all but the last are sealed. */
  private void fill() {
    put("large", LARGE);
    for (int i = 0; i < PHOTOS; i++) {
      put("p" + i, 1 + random.nextInt(200_000));
    }
    for (int i = 0; i < PHOTOS; i++) {
      switch (random.nextInt(4)) {
        case 0 -> put("p" + i, 1 + random.nextInt(200_000));
        case 1 -> delete("p" + i);
        default -> {}
      }
    }
    put("gone", 1);
    delete("gone"); // Whatever the seed, there is one.
    put("last", LARGE); // The volume before it is sealed.
    assertTrue(http.sealed().size() >= 2);
  }

  private void delete(int photos) {
    for (int i = 0; i < photos; i++) {
      if (known.get("p" + i).bytes().length() > 0) {
        delete("p" + i);
      }
    }
  }

  private void check() {
    known.keySet().forEach(this::check);
  }

  private void check(String name) {
    Known wanted = known.get(name);
    HttpResponse<byte[]> answer = http.get("/" + name);
    if (wanted.bytes().length() == 0) {
      assertEquals(410, answer.statusCode(), name);
      return;
    }
    assertEquals(200, answer.statusCode(), name);
    assertArrayEquals(wanted.bytes().getBytes(), answer.body(), name);
    assertEquals(wanted.headers(), headers(answer), name);
    assertEquals(wanted.headers(), headers(http.head(name)), name);
  }

  private boolean onDisk(long volume) {
    return Files.exists(volumes().resolve("data_" + volume))
        || Files.exists(volumes().resolve("data_" + volume + ".meta"));
  }

  private long deadBytes(long volume) {
    return http.volumes().stream()
        .filter(each -> each.getLong("id") == volume)
        .mapToLong(each -> each.getLong("dead_bytes"))
        .sum();
  }

  @Test
  void nobodySeesACompaction() throws Exception {
    start(0);
    fill();
    redis.stop();
    Path before = directory.resolve("older");
    Directories.copy(redis.directory().resolve("appendonlydir"), before);
    redis.start();
    node.ready();
    check();

    AtomicBoolean end = new AtomicBoolean();
    List<CompletableFuture<Integer>> readers = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      readers.add(CompletableFuture.supplyAsync(() -> read(end)));
    }
    List<Long> sources = http.sealed();
    List<Long> made = new ArrayList<>();
    try (Socket slow = beginToRead("large")) {
      for (long source : sources) {
        JsonObject result = http.work(source, "compact");
        assertEquals(List.of(source), longs(result, "retired"), result.encode());
        made.addAll(longs(result, "made"));
      }
      sources.forEach(each -> assertFalse(onDisk(each), "data_" + each + " is gone"));
      assertTrue(body(slow).equals(known.get("large").bytes()), "what was read slowly");
    }
    end.set(true);
    for (CompletableFuture<Integer> reader : readers) {
      assertTrue(reader.get() > 0, "somebody read meanwhile");
    }
    assertFalse(made.isEmpty());
    made.forEach(each -> assertEquals(0, deadBytes(each)));
    check();

    node.stop();
    node.start();
    node.ready();
    check();
    redis.kill();
    Directories.delete(redis.directory().resolve("appendonlydir"));
    redis.start();
    node.ready();
    check();
    made.forEach(each -> assertEquals(0, deadBytes(each)));
    redis.kill();
    Directories.delete(redis.directory().resolve("appendonlydir"));
    Directories.copy(before, redis.directory().resolve("appendonlydir"));
    redis.start();
    node.ready();
    check();
    for (long each : http.sealed()) {
      assertEquals(0, http.work(each, "verify").getInteger("unindexed"));
    }
  }

  /** Reads until told to stop; whatever else than the right bytes comes is an error. */
  private int read(AtomicBoolean end) {
    int reads = 0;
    while (!end.get()) {
      for (String name : known.keySet()) {
        if (!name.equals("last")) {
          check(name);
          reads++;
        }
      }
    }
    return reads;
  }

  /** Asks for a photo and takes little of it, so that the node has to wait. */
  private Socket beginToRead(String name) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(SMALL_WINDOW);
    socket.connect(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), URI.create(node.url()).getPort()));
    String request = "GET /" + name + " HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    String status = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
    assertEquals("HTTP/1.1 200", status);
    return socket;
  }

  /** The rest of an answer, without its head. */
  private static Buffer body(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    Buffer all = Buffer.buffer(in.readAllBytes());
    int head = all.toString(StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n") + 4;
    return all.slice(head, all.length());
  }

  private static List<Long> longs(JsonObject json, String key) {
    return json.getJsonArray(key).stream().map(each -> ((Number) each).longValue()).toList();
  }

  @Test
  void muchDeadIsCompactedUnasked() {
    start(0.2);
    fill();
    List<Long> sources = http.sealed();
    delete(PHOTOS);
    ahead.addAndGet(61);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> sources.stream().anyMatch(each -> !onDisk(each)));
    ahead.addAndGet(61);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                http.volumes().stream()
                    .filter(each -> each.getBoolean("sealed"))
                    .allMatch(each -> each.getLong("dead_bytes") < 0.2 * each.getLong("size")));
    check();
    node.stop();
    node.start();
    node.ready();
    check();
  }

  @Test
  void aDamagedPhotoKeepsItsVolumeUntilItIsRepaired() throws IOException {
    start(0);
    fill();
    JsonObject where = http.page("/_/where/large");
    flip(volumes().resolve(where.getString("file")), where.getLong("offset") + LARGE / 2);
    long source = Long.parseLong(where.getString("file").substring("data_".length()));
    Known large = known.remove("large");

    JsonObject first = http.work(source, "compact");
    assertEquals(List.of(), longs(first, "retired"), first.encode());
    JsonObject kept = first.getJsonArray("kept").getJsonObject(0);
    assertEquals(source, kept.getLong("volume"));
    assertTrue(kept.getBoolean("damaged"));
    assertTrue(onDisk(source));
    check();
    int status = http.get("/large").statusCode();
    assertTrue(status == 502 || status == 503, "it is " + status);
    assertEquals(503, http.head("large").statusCode());

    Version version = Version.parse(large.headers().get("x-backpack-version"));
    PutOptions copy =
        new PutOptions(
            large.headers().get("content-type"),
            Optional.of(version),
            true,
            false,
            List.of(),
            Trace.NONE);
    await(node.store().put(PhotoAddress.of(PhotoName.of("large")), copy, Upload.of(large.bytes())));
    known.put("large", large);
    check();
    JsonObject second = http.work(source, "compact");
    assertEquals(List.of(source), longs(second, "retired"), second.encode());
    assertFalse(onDisk(source));
    check();
    assertEquals(0, http.page("/_/health").getInteger("damaged_needles"));
  }

  private static void flip(Path file, long at) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      assertEquals(1, channel.read(one, at));
      one.put(0, (byte) ~one.get(0)).rewind();
      assertEquals(1, channel.write(one, at));
    }
  }
}
