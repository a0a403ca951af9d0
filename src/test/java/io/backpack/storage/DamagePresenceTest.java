package io.backpack.storage;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PhotoStore;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.http.HttpPhotoStore;
import io.backpack.http.HttpStoreSettings;
import io.backpack.testing.Pictures;
import io.backpack.testing.TestRedis;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How damage on the disk of a running node shows over HTTP, and how it is repaired. */
class DamagePresenceTest {
  private static final int SMALL = 5000;
  private static final int LARGE = 1_300_000;
  private static final int HEADER = 10;

  @TempDir Path directory;
  private final HttpClient http = HttpClient.newHttpClient();
  private Vertx vertx;
  private TestRedis redis;
  private TestNode node;
  private PhotoStore store;

  @BeforeEach
  void start() throws IOException {
    vertx = Vertx.vertx();
    redis = TestRedis.start(Files.createDirectory(directory.resolve("redis")));
    node = TestNode.start(vertx, TestNode.settings(volumes(), redis)).ready();
    store = HttpPhotoStore.create(vertx, node.url(), HttpStoreSettings.DEFAULT);
  }

  @AfterEach
  void stop() {
    node.close();
    redis.close();
    await(vertx.close());
  }

  private void restart() {
    node.stop();
    node.start();
    node.ready();
    store = HttpPhotoStore.create(vertx, node.url(), HttpStoreSettings.DEFAULT);
  }

  private Path volumes() {
    return directory.resolve("volumes");
  }

  private static byte[] bytes(int size) {
    return Pictures.noise(new Random(size), size);
  }

  private static PhotoAddress address(String name) {
    return PhotoAddress.of(PhotoName.of(name));
  }

  private StoredPhoto put(String name, int size, PutOptions options) {
    return await(store.put(address(name), options, Upload.of(Buffer.buffer(bytes(size)))));
  }

  private StoredPhoto put(String name, int size) {
    return put(name, size, PutOptions.DEFAULT);
  }

  private JsonObject page(String path) {
    try {
      HttpRequest request = HttpRequest.newBuilder(URI.create(node.url() + path)).build();
      return new JsonObject(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private JsonObject where(String name) {
    return page("/_/where" + address(name).path());
  }

  private void assertDamaged(int places) {
    JsonObject health = page("/_/health");
    assertEquals(places, health.getInteger("damaged_needles"), health.encode());
    assertEquals(places == 0 ? "up" : "degraded", health.getString("status"));
    JsonObject damage = page("/_/damage");
    assertEquals(places, damage.getInteger("count"));
    assertEquals(places, damage.getJsonArray("damage").size());
  }

  /** Changes a byte of the current needle; the same again puts it right. */
  private void flip(JsonObject where, int fromItsStart) throws IOException {
    Path file = volumes().resolve(where.getString("file"));
    long at = where.getLong("offset") + fromItsStart;
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      assertEquals(1, channel.read(one, at));
      one.put(0, (byte) ~one.get(0)).rewind();
      assertEquals(1, channel.write(one, at));
    }
  }

  /** Damages a photo in its last third and lets the node find out. */
  private void damage(String name, int size) throws IOException {
    flip(where(name), size * 2 / 3);
    if (size == LARGE) {
      // The first time it is found out in the middle of the body, from then on before it.
      awaitFailure(
          ErrorCode.UNAVAILABLE,
          store.get(address(name), GetOptions.DEFAULT).compose(Photo::bytes));
    }
    awaitFailure(ErrorCode.DAMAGED, store.get(address(name), GetOptions.DEFAULT));
  }

  private byte[] read(String name) {
    return await(store.get(address(name), GetOptions.DEFAULT).compose(Photo::bytes)).getBytes();
  }

  @Test
  void aDamagedPhotoLeavesPresenceUntilACopyRepairsIt() throws IOException {
    StoredPhoto stored = put("a/b c.jpg", SMALL);
    put("other", SMALL + 1);
    assertDamaged(0);

    damage("a/b c.jpg", SMALL);
    assertGone("a/b c.jpg", stored);
    restart();
    assertGone("a/b c.jpg", stored);
    awaitFailure(ErrorCode.DAMAGED, store.get(address("a/b c.jpg"), GetOptions.DEFAULT));
    assertArrayEquals(bytes(SMALL + 1), read("other"));

    Version version = stored.info().version();
    StoredPhoto copy = put("a/b c.jpg", SMALL, PutOptions.DEFAULT.asReplica(version));
    assertFalse(copy.unchanged());
    assertEquals(version, copy.info().version());
    assertWhole("a/b c.jpg", stored);
    restart();
    assertWhole("a/b c.jpg", stored);
  }

  private void assertGone(String name, StoredPhoto stored) {
    awaitFailure(ErrorCode.MISSING, store.stat(address(name), Trace.NONE));
    PutOptions ifAbsent = new PutOptions("", Optional.empty(), false, true, List.of(), Trace.NONE);
    awaitFailure(
        ErrorCode.MISSING,
        store.put(address(name), ifAbsent, Upload.of(Buffer.buffer(bytes(SMALL)))));
    JsonObject where = where(name);
    assertTrue(where.getBoolean("damaged"), where.encode());
    assertDamaged(1);
    JsonObject listed = page("/_/damage?limit=1").getJsonArray("damage").getJsonObject(0);
    assertEquals(name, listed.getString("name"));
    assertEquals(stored.address().path(), listed.getString("path"));
    assertEquals(stored.info().version().hex(), listed.getString("version"));
    assertEquals(volumes().resolve(where.getString("file")), Path.of(listed.getString("file")));
    assertEquals(where.getLong("offset"), listed.getLong("offset"));
    assertEquals(where.getLong("length"), listed.getLong("length"));
    assertTrue(listed.getString("reason").contains("checksum"), listed.encode());
    assertTrue(listed.containsKey("since"));
    assertEquals(0, page("/_/damage?limit=0").getJsonArray("damage").size());
    assertEquals("BAD_REQUEST", page("/_/damage?limit=all").getString("error"));
  }

  private void assertWhole(String name, StoredPhoto stored) {
    assertEquals(stored.info(), await(store.stat(address(name), Trace.NONE)));
    assertArrayEquals(bytes((int) stored.info().size()), read(name));
    assertFalse(where(name).getBoolean("damaged"));
    assertDamaged(0);
  }

  @Test
  void theSameBytesOfAClientAreARepair() throws IOException {
    for (int size : new int[] {SMALL, LARGE}) {
      String name = "same" + size;
      StoredPhoto stored = put(name, size);
      long before = where(name).getLong("offset");
      damage(name, size);
      awaitFailure(
          ErrorCode.EXISTS,
          store.put(address(name), PutOptions.DEFAULT, Upload.of(Buffer.buffer("other"))));
      assertFalse(put(name, size).unchanged());
      assertNotEquals(before, where(name).getLong("offset"));
      assertWhole(name, stored);
      assertTrue(put(name, size).unchanged());
    }
  }

  @Test
  void whatOnlyTheListKnowsIsRepairedToo() throws IOException {
    StoredPhoto stored = put("flaky", SMALL);
    damage("flaky", SMALL);
    flip(where("flaky"), SMALL * 2 / 3);
    assertFalse(put("flaky", SMALL).unchanged());
    assertWhole("flaky", stored);
  }

  @Test
  void aDamagedHeaderIsRepairedByACopyOnly() throws IOException {
    StoredPhoto stored = put("head", SMALL);
    flip(where("head"), HEADER);
    awaitFailure(ErrorCode.MISSING, store.stat(address("head"), Trace.NONE));
    awaitFailure(ErrorCode.DAMAGED, store.get(address("head"), GetOptions.DEFAULT));
    assertEquals(
        "head", page("/_/damage").getJsonArray("damage").getJsonObject(0).getString("name"));
    awaitFailure(
        ErrorCode.MISSING,
        store.put(address("head"), PutOptions.DEFAULT, Upload.of(Buffer.buffer(bytes(SMALL)))));
    put("head", SMALL, PutOptions.DEFAULT.asReplica(stored.info().version()));
    assertEquals(stored.info().version(), await(store.stat(address("head"), Trace.NONE)).version());
    assertDamaged(0);
  }

  @Test
  void whatReadsWellAgainIsTakenBack() throws IOException {
    for (int size : new int[] {SMALL, LARGE}) {
      String name = "transient" + size;
      StoredPhoto stored = put(name, size);
      damage(name, size);
      awaitFailure(ErrorCode.MISSING, store.stat(address(name), Trace.NONE));
      flip(where(name), size * 2 / 3);
      assertArrayEquals(bytes(size), read(name));
      assertWhole(name, stored);
    }
  }

  @Test
  void aDeleteOrANewerWriteEndsTheDamage() throws IOException {
    StoredPhoto overwritten = put("overwritten", SMALL);
    put("deleted", SMALL + 8);
    damage("overwritten", SMALL);
    damage("deleted", SMALL + 8);
    assertDamaged(2);
    Version newer = new Version(overwritten.info().version().bits() + (1 << 22));
    put("overwritten", SMALL + 1, PutOptions.DEFAULT.asReplica(newer));
    assertDamaged(1);
    await(store.delete(address("deleted"), DeleteOptions.DEFAULT));
    assertDamaged(0);
    awaitFailure(ErrorCode.DELETED, store.stat(address("deleted"), Trace.NONE));
  }

  @Test
  void aDamagedTombstoneStaysADeleteAndIsWrittenAnew() throws IOException {
    put("buried", SMALL);
    Version deleted = await(store.delete(address("buried"), DeleteOptions.DEFAULT)).version();
    long before = where("buried").getLong("offset");
    flip(where("buried"), HEADER);
    awaitFailure(ErrorCode.DELETED, store.stat(address("buried"), Trace.NONE));
    assertDamaged(1);
    await(store.delete(address("buried"), DeleteOptions.at(deleted)));
    assertNotEquals(before, where("buried").getLong("offset"));
    assertDamaged(0);
    awaitFailure(ErrorCode.DELETED, store.stat(address("buried"), Trace.NONE));
  }
}
