package io.backpack.coordinator;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoName;
import io.backpack.api.StoredPhoto;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.backpack.cluster.ShardSize;
import io.backpack.http.HttpStoreFactory;
import io.backpack.http.HttpStoreSettings;
import io.backpack.queue.CopyTask;
import io.backpack.testing.OriginalNode;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node of the original is a member of a shard beside ours. */
class OriginalsTest {
  private static final PhotoName CAT = PhotoName.of("cat.jpg");

  private final OriginalNode original = new OriginalNode();
  private Harness harness;

  @BeforeEach
  void start() {
    harness = new Harness();
    HttpStoreFactory stores = HttpStoreFactory.of(harness.vertx, HttpStoreSettings.DEFAULT);
    harness.server(
        new Server("o", "127.0.0.1", original.port(), "", "", true),
        stores.original(original.url()));
  }

  @AfterEach
  void stop() {
    harness.close();
    original.close();
  }

  @Test
  void anUploadIsOnOursAndOnTheOriginal() {
    harness.shard("1", "a", "o").start(Harness.settings(2, false));
    StoredPhoto stored = await(harness.put("cat.jpg", "meow"));
    assertEquals(stored.info(), harness.node("a").stored(CAT).orElseThrow());
    assertEquals("meow", original.photos.get("cat.jpg").toString());
    assertEquals(1, harness.coordinator().stats().degradedUploads());
    assertTrue(harness.queue.tasks.isEmpty());
    assertTrue(await(harness.put("cat.jpg", "meow")).unchanged());
  }

  @Test
  void noPromiseStandsOnAnOriginal() {
    harness.shard("1", "a", "o").start(Harness.settings(2, true));
    awaitFailure(ErrorCode.NO_SHARD_AVAILABLE, harness.put("cat.jpg", "meow"));
    harness.close();
    start();
    harness.shard("1", "a", "o").start(Harness.settings(2, false));
    harness.node("a").down(ErrorCode.UNAVAILABLE);
    awaitFailure(ErrorCode.NO_SHARD_AVAILABLE, harness.put("dog.jpg", "woof"));
  }

  @Test
  void twoOfOursAreEnoughAndTheOriginalGetsATask() {
    harness.shard("1", "a", "b", "o").start(Harness.settings(2, true));
    StoredPhoto stored = await(harness.put("cat.jpg", "meow"));
    assertTrue(original.photos.isEmpty());
    CopyTask task = harness.queue.tasks.get(0);
    assertEquals("o", task.to());
    assertEquals(stored.info().version(), task.version());
  }

  @Test
  void shardsOfOursComeFirstAndOriginalsAloneTakeNothing() {
    harness
        .shard("1", "a", "o")
        .shard(new Shard("2", List.of("b", "c"), false), new ShardSize(1 << 30, 1 << 29))
        .start(Harness.settings(2, false));
    for (int i = 0; i < 10; i++) {
      assertEquals("2", await(harness.put("photo-" + i, "x")).shard());
    }
    harness.close();
    start();
    harness.shard("1", "o").start(Harness.settings(2, false));
    BackpackException refusal = awaitFailure(ErrorCode.NO_SPACE, harness.put("cat.jpg", "meow"));
    assertTrue(original.photos.isEmpty(), refusal.getMessage());
  }

  @Test
  void whatOnlyTheOriginalHasIsReadAndNotWrittenOver() {
    harness.shard("1", "a", "o").start(Harness.settings(2, false));
    original.photos.put("cat.jpg", Buffer.buffer("old"));
    Photo photo = await(harness.store().get(Harness.at("1", "cat.jpg"), GetOptions.DEFAULT));
    assertEquals("old", await(photo.bytes()).toString());
    awaitFailure(ErrorCode.EXISTS, harness.put("cat.jpg", "new"));
    assertEquals("old", original.photos.get("cat.jpg").toString());
    Photo again = await(harness.store().get(Harness.at("1", "cat.jpg"), GetOptions.DEFAULT));
    assertEquals("old", await(again.bytes()).toString());
    awaitFailure(
        ErrorCode.NOT_FOUND, harness.store().get(Harness.at("1", "none"), GetOptions.DEFAULT));
  }

  @Test
  void oursAreAskedFirst() {
    harness.shard("1", "a", "o").start(Harness.settings(2, false));
    await(harness.put("cat.jpg", "meow"));
    original.requests.clear();
    for (int i = 0; i < 10; i++) {
      await(harness.store().get(Harness.at("1", "cat.jpg"), GetOptions.DEFAULT)).discard();
    }
    assertTrue(original.requests.isEmpty(), original.requests.toString());
  }

  @Test
  void nothingIsDeletedWhereAnOriginalWouldGoOnToShowIt() {
    harness.shard("1", "a", "o").start(Harness.settings(2, false));
    await(harness.put("cat.jpg", "meow"));
    BackpackException refusal =
        awaitFailure(
            ErrorCode.METHOD_NOT_ALLOWED,
            harness.store().delete(Harness.at("1", "cat.jpg"), DeleteOptions.DEFAULT));
    assertTrue(refusal.getMessage().contains("node o"), refusal.getMessage());
    assertTrue(harness.node("a").stored(CAT).isPresent());
  }
}
