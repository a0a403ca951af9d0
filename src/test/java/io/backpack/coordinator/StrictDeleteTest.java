package io.backpack.coordinator;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.DeleteOptions;
import io.backpack.api.Deletion;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Deletes with {@code coordinator.copies-strict}: two of three nodes must have the tombstone. */
class StrictDeleteTest {
  private static final PhotoName CAT = PhotoName.of("cat.jpg");

  private final Harness harness = new Harness();
  private FakeNode a;
  private FakeNode b;
  private FakeNode c;

  @BeforeEach
  void start() {
    harness.shard("1", "a", "b", "c").start(Harness.settings(2, true));
    a = harness.node("a");
    b = harness.node("b");
    c = harness.node("c");
    for (FakeNode node : List.of(a, b, c)) {
      await(
          node.disk.put(
              PhotoAddress.of(CAT),
              PutOptions.DEFAULT.withVersion(new Version(1 << 20)),
              Upload.of(Buffer.buffer("meow"))));
    }
  }

  @AfterEach
  void close() {
    harness.close();
  }

  private Future<Deletion> delete() {
    return harness.store().delete(new PhotoAddress("1", CAT), DeleteOptions.DEFAULT);
  }

  @Test
  void asManyNodesAsCopiesAreEnough() {
    c.down(ErrorCode.UNAVAILABLE);
    Version deleted = await(delete()).version();
    assertEquals(Optional.of(deleted), a.tombstone(CAT));
    assertEquals(Optional.of(deleted), b.tombstone(CAT));
    assertEquals(Set.of("c"), harness.queue.targets(true));
  }

  @Test
  void fewerAreNotAndTheOthersHaveTheirTaskAllTheSame() {
    b.down(ErrorCode.UNAVAILABLE);
    c.hangDeletes = true;
    BackpackException short1 = awaitFailure(ErrorCode.UNAVAILABLE, delete());
    assertTrue(short1.getMessage().contains("on the disk of 1 of the 2"), short1.getMessage());
    assertEquals(Set.of("b", "c"), harness.queue.targets(true));
    assertTrue(a.tombstone(CAT).isPresent());
    assertEquals(List.of("deleted 1:cat.jpg"), harness.events);
  }

  @Test
  void askedAgainItIsGoneOnlyWhenAsManyKnow() {
    b.down(ErrorCode.UNAVAILABLE);
    c.down(ErrorCode.UNAVAILABLE);
    awaitFailure(ErrorCode.UNAVAILABLE, delete());
    awaitFailure(ErrorCode.UNAVAILABLE, delete());
    c.disk.heal();
    // It still had the photo, so this is the delete.
    await(delete());
    assertTrue(c.tombstone(CAT).isPresent());
    assertEquals(ErrorCode.DELETED, awaitFailure(ErrorCode.DELETED, delete()).code());
    c.down(ErrorCode.UNAVAILABLE);
    awaitFailure(ErrorCode.UNAVAILABLE, delete());
    b.disk.heal();
    await(delete());
  }

  private void assertTold(long bytes, String... events) {
    Awaitility.await()
        .untilAsserted(() -> assertEquals(bytes, harness.cluster.sizes.getOrDefault("1", 0L)));
    assertEquals(List.of(events), harness.events);
  }

  @Test
  void aRepeatedDeleteIsCountedAndToldOnce() {
    b.down(ErrorCode.UNAVAILABLE);
    c.down(ErrorCode.UNAVAILABLE);
    awaitFailure(ErrorCode.UNAVAILABLE, delete());
    c.disk.heal();
    await(delete());
    b.disk.heal();
    c.nextDeleteFailure.set(new BackpackException(ErrorCode.UNAVAILABLE, "once"));
    await(delete());
    // A later one, so that nothing of the others is still to be counted.
    await(harness.put("dog.jpg", "woof"));
    await(
        harness
            .store()
            .delete(new PhotoAddress("1", PhotoName.of("dog.jpg")), DeleteOptions.DEFAULT));
    assertTold(-4, "deleted 1:cat.jpg", "stored 1:dog.jpg", "deleted 1:dog.jpg");
  }

  @Test
  void aPhotoThatIsLaterThanADeleteIsDeletedAnew() {
    PhotoName dog = PhotoName.of("dog.jpg");
    await(c.disk.delete(PhotoAddress.of(dog), DeleteOptions.at(new Version(1 << 21))));
    for (FakeNode node : List.of(a, b)) {
      await(
          node.disk.put(
              PhotoAddress.of(dog),
              PutOptions.DEFAULT.withVersion(new Version(1 << 22)),
              Upload.of(Buffer.buffer("woof!"))));
    }
    await(harness.store().delete(new PhotoAddress("1", dog), DeleteOptions.DEFAULT));
    assertTold(-5, "deleted 1:dog.jpg");
  }

  /** The others never had the photo: they say that they know of none, and not that it is gone. */
  @Test
  void aTombstoneOnOneNodeOnlyIsWrittenToTheOthersBeforeItIsGone() {
    PhotoName dog = PhotoName.of("dog.jpg");
    await(
        a.disk.delete(
            PhotoAddress.of(dog),
            new DeleteOptions(Optional.of(new Version(1 << 20)), Trace.NONE)));
    Future<Deletion> again =
        harness.store().delete(new PhotoAddress("1", dog), DeleteOptions.DEFAULT);
    BackpackException gone = awaitFailure(ErrorCode.DELETED, again);
    for (FakeNode node : List.of(a, b, c)) {
      assertEquals(gone.version(), node.tombstone(dog));
    }
    a.deletes.set(0);
    awaitFailure(
        ErrorCode.DELETED,
        harness.store().delete(new PhotoAddress("1", dog), DeleteOptions.DEFAULT));
    assertEquals(0, a.deletes.get(), "all know of it");
  }

  @Test
  void aShardOfOneNodeNeedsThatOne() {
    try (Harness small = new Harness().shard("1", "a").start(Harness.settings(2, true))) {
      await(small.put("cat.jpg", "meow"));
      await(small.store().delete(new PhotoAddress("1", CAT), DeleteOptions.DEFAULT));
    }
  }

  @Test
  void aNodeThatHangsIsWaitedForWhenItIsNeeded() {
    b.down(ErrorCode.UNAVAILABLE);
    c.hangReads = true;
    c.hangDeletes = true;
    awaitFailure(ErrorCode.UNAVAILABLE, delete());
    c.hangReads = false;
    c.hangDeletes = false;
    await(delete());
  }
}
