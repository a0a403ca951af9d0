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
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.api.VersionClock;
import io.backpack.queue.CopyTask;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CoordinatorDeleteTest {
  private static final PhotoName CAT = PhotoName.of("cat.jpg");
  private static final PhotoAddress IN_SHARD = new PhotoAddress("1", CAT);

  private Harness harness;
  private FakeNode a;
  private FakeNode b;

  @BeforeEach
  void start() {
    harness = new Harness().shard("1", "a", "b").start(Harness.settings(2, false));
    a = harness.node("a");
    b = harness.node("b");
  }

  @AfterEach
  void close() {
    harness.close();
  }

  private Future<Deletion> delete() {
    return harness.store().delete(IN_SHARD, DeleteOptions.DEFAULT);
  }

  @Test
  void allNodesGetTheSameTombstone() {
    await(harness.put("cat.jpg", "meow"));
    Version stored = a.stored(CAT).orElseThrow().version();
    Version deleted = await(delete()).version();
    assertTrue(deleted.isAfter(stored));
    assertEquals(Optional.of(deleted), a.tombstone(CAT));
    assertEquals(Optional.of(deleted), b.tombstone(CAT));
    assertTrue(harness.queue.tasks.isEmpty());
    assertEquals(List.of("stored 1:cat.jpg", "deleted 1:cat.jpg"), harness.events);
    assertEquals(1, harness.coordinator().stats().deletes().count());
    await(harness.coordinator().close());
    assertEquals(0, harness.cluster.sizes.getOrDefault("1", 0L));
  }

  @Test
  void anUnknownNameIsNotFoundOnlyWhenAllKnow() {
    awaitFailure(ErrorCode.NOT_FOUND, delete());
    harness.cluster.live(false);
    awaitFailure(ErrorCode.UNAVAILABLE, delete());
    harness.cluster.live(true);
    b.down(ErrorCode.UNAVAILABLE);
    awaitFailure(ErrorCode.UNAVAILABLE, delete());
    assertEquals(0, a.deletes.get());
  }

  @Test
  void whatWasDeletedBeforeIsGone() {
    await(harness.put("cat.jpg", "meow"));
    Version deleted = await(delete()).version();
    BackpackException gone = awaitFailure(ErrorCode.DELETED, delete());
    assertEquals(Optional.of(deleted), gone.version());
    assertEquals(1, a.deletes.get());
  }

  @Test
  void whatWasDeletedBeforeIsDeletedOnceMoreWhereANodeDoesNotTell() {
    await(harness.put("cat.jpg", "meow"));
    await(delete());
    b.down(ErrorCode.UNAVAILABLE);
    BackpackException gone = awaitFailure(ErrorCode.DELETED, delete());
    assertEquals(gone.version(), a.tombstone(CAT));
    assertEquals(Set.of("b"), harness.queue.targets(true));
    harness.queue.down = true;
    awaitFailure(ErrorCode.UNAVAILABLE, delete());
  }

  @Test
  void aNodeThatDoesNotAnswerGetsATask() {
    await(harness.put("cat.jpg", "meow"));
    b.down(ErrorCode.UNAVAILABLE);
    Version deleted = await(delete()).version();
    assertEquals(List.of(new CopyTask(CAT, deleted, true, List.of(), "b")), harness.queue.tasks);
    assertEquals(Optional.of(deleted), a.tombstone(CAT));
  }

  @Test
  void aNodeThatHangsGetsATaskAfterItsTimeout() {
    await(harness.put("cat.jpg", "meow"));
    b.hangDeletes = true;
    await(delete());
    assertEquals(Set.of("b"), harness.queue.targets(true));
  }

  @Test
  void withoutAQueueAllNodesAreNeeded() {
    await(harness.put("cat.jpg", "meow"));
    harness.queue.down = true;
    b.down(ErrorCode.UNAVAILABLE);
    awaitFailure(ErrorCode.UNAVAILABLE, delete());
    List<String> once = List.of("stored 1:cat.jpg", "deleted 1:cat.jpg");
    assertEquals(once, harness.events, "it holds where it is");
    b.disk.heal();
    await(delete());
    assertEquals(once, harness.events);
    await(harness.coordinator().close());
    assertEquals(0, harness.cluster.sizes.getOrDefault("1", 0L));
  }

  @Test
  void withoutAnyNodeNothingIsPromised() {
    await(harness.put("cat.jpg", "meow"));
    a.hangDeletes = true;
    b.hangDeletes = true;
    awaitFailure(ErrorCode.UNAVAILABLE, delete());
    assertTrue(harness.queue.tasks.isEmpty());
  }

  @Test
  void aNodeThatLacksThePhotoGetsTheTombstoneToo() {
    await(a.disk.put(PhotoAddress.of(CAT), PutOptions.DEFAULT, Upload.of(Buffer.buffer("meow"))));
    Version deleted = await(delete()).version();
    assertEquals(Optional.of(deleted), b.tombstone(CAT));
  }

  @Test
  void aPhotoWhoseBytesAreLostCanBeDeleted() {
    await(harness.put("cat.jpg", "meow"));
    a.readFailure = Optional.of(new BackpackException(ErrorCode.MISSING, "lost"));
    b.readFailure = a.readFailure;
    await(delete());
  }

  @Test
  void aPhotoOfAFastClockIsDeletedAboveIt() {
    InstantSource ahead = InstantSource.fixed(Instant.now().plus(Duration.ofMinutes(5)));
    Version fast = new VersionClock(77, ahead, Duration.ofMinutes(10)).next();
    await(
        a.disk.put(
            PhotoAddress.of(CAT),
            PutOptions.DEFAULT.withVersion(fast),
            Upload.of(Buffer.buffer("meow"))));
    assertTrue(await(delete()).version().isAfter(fast));
  }

  @Test
  void aWriteInBetweenIsOvertakenByANewStamp() {
    await(harness.put("cat.jpg", "meow"));
    InstantSource ahead = InstantSource.fixed(Instant.now().plus(Duration.ofMinutes(5)));
    Version newer = new VersionClock(77, ahead, Duration.ofMinutes(10)).next();
    a.nextDeleteFailure.set(
        new BackpackException(ErrorCode.OLDER_VERSION, "a later one is here", newer));
    Version deleted = await(delete()).version();
    assertTrue(deleted.isAfter(newer));
    assertEquals(Optional.of(deleted), a.tombstone(CAT));
    assertEquals(Optional.of(deleted), b.tombstone(CAT));
  }

  @Test
  void anUnknownShardIsToldApartFromAnUnknownMap() {
    PhotoAddress address = new PhotoAddress("9", CAT);
    awaitFailure(ErrorCode.UNKNOWN_SHARD, harness.store().delete(address, DeleteOptions.DEFAULT));
    harness.cluster.live(false);
    awaitFailure(ErrorCode.UNAVAILABLE, harness.store().delete(address, DeleteOptions.DEFAULT));
  }
}
