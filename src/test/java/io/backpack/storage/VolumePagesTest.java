package io.backpack.storage;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.Upload;
import io.backpack.testing.TestRedis;
import io.backpack.volume.Throttle;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node's care for its volumes, over HTTP, with real files and a real Redis. */
class VolumePagesTest {
  private static final int PHOTO = 300_000;
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  /** Time that passes by resting, which takes none. */
  private static final class RestlessTime implements Throttle.Time {
    private final AtomicLong now = new AtomicLong();

    @Override
    public long nanos() {
      return now.get();
    }

    @Override
    public void rest(long nanos) {
      now.addAndGet(nanos);
      Thread.onSpinWait();
    }
  }

  @TempDir Path directory;
  private Vertx vertx;
  private TestRedis redis;
  private TestNode node;

  @BeforeEach
  void start() throws IOException {
    vertx = Vertx.vertx();
    redis = TestRedis.start(Files.createDirectory(directory.resolve("redis")));
  }

  @AfterEach
  void stop() {
    node.close();
    redis.close();
    await(vertx.close());
  }

  /** Three photos fill a volume. */
  private StorageSettings settings(MaintenanceSettings maintenance) {
    StorageSettings base = TestNode.settings(directory.resolve("volumes"), redis);
    return TestNode.settings(base, 1 << 20, base.overwrite(), maintenance);
  }

  private void startNode() {
    node = TestNode.start(vertx, settings(MaintenanceSettings.DEFAULT)).ready();
  }

  private void put(int count) {
    for (int i = 0; i < count; i++) {
      byte[] bytes = new byte[PHOTO];
      new Random(i).nextBytes(bytes);
      await(
          node.store()
              .put(
                  PhotoAddress.of(PhotoName.of("p" + i)),
                  PutOptions.DEFAULT,
                  Upload.of(Buffer.buffer(bytes))));
    }
  }

  private HttpResponse<String> send(String method, String path) {
    try {
      return CLIENT.send(
          HttpRequest.newBuilder(URI.create(node.url() + path))
              .timeout(Duration.ofSeconds(20))
              .method(method, HttpRequest.BodyPublishers.noBody())
              .build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private JsonArray volumes() {
    return new JsonObject(send("GET", "/_/volumes").body()).getJsonArray("volumes");
  }

  private JsonObject volume(int i) {
    return volumes().getJsonObject(i);
  }

  private JsonObject job(long id) {
    JsonArray jobs = new JsonObject(send("GET", "/_/jobs").body()).getJsonArray("jobs");
    for (int i = 0; i < jobs.size(); i++) {
      if (jobs.getJsonObject(i).getLong("id") == id) {
        return jobs.getJsonObject(i);
      }
    }
    throw new AssertionError("no job " + id + " in " + jobs);
  }

  private JsonObject verify(long volume) {
    HttpResponse<String> accepted = send("POST", "/_/volumes/" + volume + "/verify");
    assertEquals(202, accepted.statusCode(), accepted.body());
    assertEquals("/_/jobs", accepted.headers().firstValue("Location").orElseThrow());
    long id = new JsonObject(accepted.body()).getLong("id");
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> job(id).containsKey("ended"));
    JsonObject job = job(id);
    assertEquals("done", job.getString("state"), job.encode());
    return job.getJsonObject("result");
  }

  @Test
  void aFlippedByteIsFoundByAVerificationAndListed() throws Exception {
    startNode();
    put(4);
    JsonObject first = volume(0);
    assertTrue(first.getBoolean("sealed"));
    assertEquals(3, first.getInteger("needles"));
    assertEquals(0, first.getLong("dead_bytes"));
    assertNull(first.getString("verified"));
    long id = first.getLong("id");
    JsonObject sound = verify(id);
    assertTrue(sound.getBoolean("sound"), sound.encode());
    assertEquals("whole", sound.getString("index_log"));
    assertTrue(volume(0).getString("verified") != null);

    Path file = Path.of(first.getString("dir")).resolve(first.getString("file"));
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 500_000);
    }
    JsonObject damaged = verify(id);
    assertFalse(damaged.getBoolean("sound"));
    assertEquals(1, damaged.getInteger("damaged"));
    assertEquals(2, damaged.getInteger("needles"));
    assertEquals(1, volume(0).getInteger("damaged"));
    assertEquals(0, volume(1).getInteger("damaged"));
    JsonObject health = new JsonObject(send("GET", "/_/health").body());
    assertEquals("degraded", health.getString("status"));
    assertEquals(1, health.getInteger("damaged_needles"));
    String metrics = send("GET", "/_/metrics").body();
    assertTrue(metrics.contains("backpack_storage_scrub_bytes_total"), metrics);
    assertTrue(metrics.contains("backpack_storage_scrub_last_complete_seconds"), metrics);
    JsonObject maintenance =
        new JsonObject(send("GET", "/_/stats").body()).getJsonObject("maintenance");
    assertTrue(maintenance.getLong("scrub_bytes") > 2 * PHOTO, maintenance.encode());
  }

  @Test
  void anEntryThatWasDeletedInRedisIsFoundAndComesBack() {
    startNode();
    put(2);
    Redis client = Redis.createClient(vertx, redis.uri());
    Buffer field =
        await(client.send(Request.cmd(Command.HKEYS).arg("bp:{n1}:b0"))).get(0).toBuffer();
    await(client.send(Request.cmd(Command.HDEL).arg("bp:{n1}:b0").arg(field)));
    JsonObject result = verify(volume(0).getLong("id"));
    assertEquals(1, result.getInteger("unindexed"), result.encode());
    assertTrue(result.getBoolean("healed"));
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> await(client.send(Request.cmd(Command.HLEN).arg("bp:{n1}:b0"))).toInteger() == 2);
    node.ready();
    assertTrue(verify(volume(0).getLong("id")).getBoolean("sound"));
    assertTrue(
        send("GET", "/_/metrics")
            .body()
            .lines()
            .anyMatch(
                line ->
                    line.startsWith("backpack_storage_unindexed_total") && line.endsWith(" 1.0")));
    client.close();
  }

  @Test
  void wrongPathsMethodsAndVolumesAreRefused() {
    startNode();
    put(1);
    long id = volume(0).getLong("id");
    assertFalse(volume(0).getBoolean("sealed"));
    HttpResponse<String> open = send("POST", "/_/volumes/" + id + "/compact");
    assertEquals(409, open.statusCode());
    assertEquals("VOLUME_OPEN", new JsonObject(open.body()).getString("error"));
    assertEquals(404, send("POST", "/_/volumes/99/verify").statusCode());
    assertEquals(404, send("POST", "/_/volumes/x%20y/compact").statusCode());
    assertEquals(404, send("POST", "/_/volumes/" + id + "/erase").statusCode());
    HttpResponse<String> get = send("GET", "/_/volumes/" + id + "/verify");
    assertEquals(405, get.statusCode());
    assertEquals("POST", get.headers().firstValue("Allow").orElseThrow());
    HttpResponse<String> delete = send("DELETE", "/_/jobs");
    assertEquals(405, delete.statusCode());
    assertEquals("GET, HEAD", delete.headers().firstValue("Allow").orElseThrow());
    assertEquals("", send("HEAD", "/_/volumes").body());
    assertEquals(0, new JsonObject(send("GET", "/_/jobs").body()).getJsonArray("jobs").size());
  }

  @Test
  void aStopEndsAVerificationThatWouldTakeLong() {
    node = TestNode.start(vertx, settings(new MaintenanceSettings(0, 0, 1000))).ready();
    put(4);
    long volume = volume(0).getLong("id");
    String path = "/_/volumes/" + volume + "/verify";
    long id = new JsonObject(send("POST", path).body()).getLong("id");
    Awaitility.await().until(() -> job(id).getString("state").equals("running"));
    assertEquals(id, new JsonObject(send("POST", path).body()).getLong("id"), "the same job");
    Awaitility.await().until(() -> job(id).getLong("bytes_done") > 0);
    long begin = System.nanoTime();
    node.stop();
    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    assertTrue(took.compareTo(Duration.ofSeconds(5)) < 0, "took " + took);
  }

  @Test
  void theScrubGoesRoundAllVolumesOncePerPeriod() {
    AtomicLong ahead = new AtomicLong();
    InstantSource clock = () -> Instant.now().plusSeconds(ahead.get());
    node =
        TestNode.start(
                vertx,
                settings(new MaintenanceSettings(30, 0, 1 << 20)),
                new Maintenance.Timing(clock, new RestlessTime(), Duration.ZERO))
            .ready();
    put(10);
    assertEquals(4, volumes().size());
    for (int round = 1; round <= 2; round++) {
      ahead.set(Duration.ofDays(31L * round).toSeconds());
      Instant since = Instant.now().plusSeconds(ahead.get()).minusSeconds(60);
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () ->
                  volumes().stream()
                      .map(each -> ((JsonObject) each).getString("verified"))
                      .allMatch(at -> at != null && Instant.parse(at).isAfter(since)));
    }
    JsonObject newest =
        new JsonObject(send("GET", "/_/jobs").body()).getJsonArray("jobs").getJsonObject(0);
    assertTrue(newest.getBoolean("background"), newest.encode());
    node.stop();
    node.start();
    node.ready();
    assertTrue(volumes().stream().allMatch(each -> ((JsonObject) each).containsKey("verified")));
  }
}
