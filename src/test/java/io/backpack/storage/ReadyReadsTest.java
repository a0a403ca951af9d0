package io.backpack.storage;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.testing.RawHttp;
import io.backpack.testing.TestRedis;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Photos that a node has in memory: what is written is seen by every read that begins later. */
class ReadyReadsTest {
  private static final int ROUNDS = 60;
  private static final int READERS = 4;

  @TempDir Path directory;
  private Vertx vertx;
  private TestRedis redis;
  private TestNode node;
  private NodeHttp http;

  @BeforeEach
  void start() throws IOException {
    vertx = Vertx.vertx();
    redis = TestRedis.start(Files.createDirectory(directory.resolve("redis")));
    StorageSettings settings =
        TestNode.settings(
            TestNode.settings(Files.createDirectory(directory.resolve("volumes")), redis),
            48L << 20,
            true,
            MaintenanceSettings.DEFAULT);
    node = TestNode.start(vertx, settings).ready();
    http = new NodeHttp(node);
  }

  @AfterEach
  void stop() {
    node.close();
    redis.close();
    await(vertx.close());
  }

  /**
   * Readers that never stop; what they expect is what stood before they asked, or newer.
   *
   * @param ask what to ask for now, with what is known of it
   */
  private void whileReading(
      Supplier<Asked> ask, Runnable writes, BiConsumer<Asked, RawHttp.Answer> judge)
      throws Exception {
    AtomicInteger running = new AtomicInteger(1);
    ExecutorService threads = Executors.newFixedThreadPool(READERS);
    List<Future<?>> readers = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      readers.add(
          threads.submit(
              () -> {
                try (RawHttp connection = RawHttp.connect(URI.create(node.url()).getPort())) {
                  while (running.get() > 0) {
                    Asked asked = ask.get();
                    connection.send("GET " + asked.path() + " HTTP/1.1\r\nHost: t\r\n\r\n");
                    judge.accept(asked, connection.receive());
                  }
                }
                return null;
              }));
    }
    try {
      writes.run();
    } finally {
      running.set(0);
      threads.shutdown();
    }
    for (Future<?> reader : readers) {
      reader.get(30, TimeUnit.SECONDS);
    }
  }

  private record Asked(String path, int known) {}

  @Test
  void aGetThatBeginsAfterTheDeleteWasAnsweredNeverSeesThePhoto() throws Exception {
    AtomicInteger deleted = new AtomicInteger(-1);
    AtomicInteger stored = new AtomicInteger();
    http.put("p0", Buffer.buffer("photo 0"));
    whileReading(
        () -> {
          int number = stored.get();
          return new Asked("/p" + number, deleted.get() >= number ? 410 : 0);
        },
        () -> {
          for (int i = 0; i < ROUNDS; i++) {
            assertEquals(200, http.get("/p" + i).statusCode());
            assertEquals(204, http.delete("p" + i).statusCode());
            deleted.set(i);
            assertEquals(410, http.get("/p" + i).statusCode());
            assertEquals(201, http.put("p" + (i + 1), Buffer.buffer("photo")).statusCode());
            stored.set(i + 1);
          }
        },
        (asked, answer) -> {
          if (asked.known() > 0) {
            assertEquals(asked.known(), answer.status());
          }
        });
    assertTrue(cacheHits() > ROUNDS, "hits: " + cacheHits());
  }

  @Test
  void aGetThatBeginsAfterAnOverwriteWasAnsweredSeesTheNewBytes() throws Exception {
    AtomicInteger acknowledged = new AtomicInteger();
    http.put("p", Buffer.buffer("0"));
    whileReading(
        () -> new Asked("/p", acknowledged.get()),
        () -> {
          for (int i = 1; i <= ROUNDS; i++) {
            assertEquals(201, http.put("p", Buffer.buffer("" + i)).statusCode());
            acknowledged.set(i);
            assertEquals("" + i, Buffer.buffer(http.get("/p").body()).toString());
            http.get("/p");
          }
        },
        (asked, answer) -> {
          assertEquals(200, answer.status());
          int seen = Integer.parseInt(answer.text());
          assertTrue(seen >= asked.known(), seen + " was seen after " + asked.known());
        });
    assertTrue(cacheHits() > ROUNDS, "hits: " + cacheHits());
  }

  @Test
  void whatWasVerifiedIsServedWhenTheDiskLostItAndIsNotCalledSound() throws IOException {
    byte[] photo = new byte[5000];
    photo[17] = 3;
    http.put("p", Buffer.buffer(photo));
    assertArrayEquals(photo, http.get("/p").body());
    long volume = http.volumes().get(0).getLong("id");
    breakNeedle(http.page("/_/where/p"));
    http.work(volume, "verify");
    assertEquals(503, http.head("p").statusCode());
    assertArrayEquals(photo, http.get("/p").body());
    assertEquals(503, http.head("p").statusCode());
  }

  private long cacheHits() {
    return http.page("/_/stats").getJsonObject("photo_cache").getLong("hits");
  }

  private void breakNeedle(JsonObject where) throws IOException {
    Path file = directory.resolve("volumes").resolve(where.getString("file"));
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {9, 9, 9}), where.getLong("offset") + 1000);
    }
  }
}
