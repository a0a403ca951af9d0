package io.backpack.coordinator;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.api.VersionClock;
import io.backpack.queue.CopyTask;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nodes of a shard that do not agree on what is stored under a name. */
class ConflictTest {
  private static final PhotoName CAT = PhotoName.of("cat.jpg");
  private static final PhotoAddress ADDRESS = PhotoAddress.of(CAT);

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

  private PhotoInfo storedAt(FakeNode node, String text) {
    PutOptions options = PutOptions.DEFAULT.withVersion(harness.clock.next());
    return await(node.disk.put(ADDRESS, options, Upload.of(Buffer.buffer(text)))).info();
  }

  private static String bytes(FakeNode node) {
    return await(node.disk.get(ADDRESS, GetOptions.DEFAULT).compose(photo -> photo.bytes()))
        .toString();
  }

  private void assertBothHave(String text) {
    assertEquals(text, bytes(a));
    assertEquals(text, bytes(b));
    assertEquals(a.stored(CAT), b.stored(CAT));
  }

  /** Uploads "new", and no node answers before all are asked, as it is with real nodes. */
  private Future<StoredPhoto> putToAllAtOnce(PutOptions options) {
    Promise<Void> gate = Promise.promise();
    harness.nodes.values().forEach(node -> node.gate = gate.future());
    Future<StoredPhoto> put =
        harness.store().put(ADDRESS, options, Upload.of(Buffer.buffer("new")));
    Awaitility.await()
        .until(() -> harness.nodes.values().stream().allMatch(node -> node.puts.get() == 1));
    gate.complete();
    return put;
  }

  private static Version ofAFastClock() {
    InstantSource ahead = InstantSource.fixed(Instant.now().plus(Duration.ofMinutes(5)));
    return new VersionClock(77, ahead, Duration.ofMinutes(10)).next();
  }

  @Test
  void otherBytesUnderAStoredNameAreRefusedAndChangeNothing() {
    await(harness.put("cat.jpg", "old"));
    PhotoInfo before = a.stored(CAT).orElseThrow();
    BackpackException refusal = awaitFailure(ErrorCode.EXISTS, harness.put("cat.jpg", "new"));
    assertEquals(before.version(), refusal.version().orElseThrow());
    assertEquals(before, a.stored(CAT).orElseThrow());
    assertBothHave("old");
  }

  @Test
  void aNodeThatTookARefusedUploadGetsTheStoredPhotoBack() {
    harness.first("b");
    PhotoInfo old = storedAt(a, "old");
    awaitFailure(ErrorCode.EXISTS, harness.put("cat.jpg", "new"));
    assertBothHave("old");
    Version refused = b.versions().get(0);
    assertTrue(refused.isAfter(old.version()));
    assertTrue(a.stored(CAT).orElseThrow().version().isAfter(refused));
    assertEquals(old.contentType(), b.stored(CAT).orElseThrow().contentType());
  }

  @Test
  void soDoesOneThatMayHaveTakenIt() {
    harness.first("b");
    storedAt(a, "old");
    b.onPut = FakeNode.Puts.STORE_AND_LOSE_ANSWER;
    awaitFailure(ErrorCode.EXISTS, harness.put("cat.jpg", "new"));
    assertBothHave("old");
  }

  @Test
  void aNodeThatDoesNotGetItBackIsQueued() {
    harness.first("b");
    storedAt(a, "old");
    b.onPut = FakeNode.Puts.HANG;
    awaitFailure(ErrorCode.EXISTS, harness.put("cat.jpg", "new"));
    Version restored = a.stored(CAT).orElseThrow().version();
    assertEquals(
        List.of(new CopyTask(CAT, restored, false, List.of("a"), "b")), harness.queue.tasks);
  }

  @Test
  void largePhotosAreRestoredAsWell() {
    harness.first("b");
    String large = "x".repeat(300 << 10);
    storedAt(a, large);
    awaitFailure(ErrorCode.EXISTS, harness.put("cat.jpg", "new"));
    assertBothHave(large);
  }

  @Test
  void aPhotoThatCannotBeRestoredMakesTheUploadRetryable() {
    harness.first("b");
    storedAt(a, "old");
    a.readFailure = Optional.of(new BackpackException(ErrorCode.MISSING, "lost"));
    awaitFailure(ErrorCode.UNAVAILABLE, harness.put("cat.jpg", "new"));
    assertEquals("new", bytes(b));
  }

  @Test
  void anUploadOnlyIfAbsentIsTheSame() {
    harness.first("b");
    storedAt(a, "old");
    PutOptions ifAbsent = new PutOptions("", Optional.empty(), false, true, List.of(), Trace.NONE);
    awaitFailure(
        ErrorCode.PRECONDITION_FAILED,
        harness.store().put(ADDRESS, ifAbsent, Upload.of(Buffer.buffer("new"))));
    assertBothHave("old");
  }

  @Test
  void theSameBytesUnderDifferentVersionsSettleOnTheHighest() {
    PhotoInfo old = storedAt(a, "meow");
    StoredPhoto stored = await(harness.put("cat.jpg", "meow"));
    assertTrue(stored.info().version().isAfter(old.version()));
    assertFalse(stored.unchanged());
    assertBothHave("meow");
    assertEquals(stored.info(), a.stored(CAT).orElseThrow());
  }

  @Test
  void aDeleteUnderAFastClockIsOvertaken() {
    Version tombstone = ofAFastClock();
    await(a.disk.delete(ADDRESS, DeleteOptions.at(tombstone)));
    await(b.disk.delete(ADDRESS, DeleteOptions.at(tombstone)));
    StoredPhoto stored = await(harness.put("cat.jpg", "meow"));
    assertTrue(stored.info().version().isAfter(tombstone));
    assertBothHave("meow");
  }

  @Test
  void aDeleteUnderAFastClockOnOneNodeIsOvertakenOnBoth() {
    Version tombstone = ofAFastClock();
    await(a.disk.delete(ADDRESS, DeleteOptions.at(tombstone)));
    StoredPhoto stored = await(harness.put("cat.jpg", "meow"));
    assertTrue(stored.info().version().isAfter(tombstone));
    assertBothHave("meow");
  }

  @Test
  void aStreamedUploadIsAskedToTryAgainAndThenOvertakesIt() {
    Version tombstone = ofAFastClock();
    await(a.disk.delete(ADDRESS, DeleteOptions.at(tombstone)));
    await(b.disk.delete(ADDRESS, DeleteOptions.at(tombstone)));
    awaitFailure(ErrorCode.UNAVAILABLE, stream());
    assertTrue(await(stream()).info().version().isAfter(tombstone));
  }

  private Future<StoredPhoto> stream() {
    SlowStream large = new SlowStream(harness.vertx, 8, 32 << 10);
    return harness.store().put(ADDRESS, PutOptions.DEFAULT, new Upload(8 * (32 << 10), large));
  }

  @Test
  void aDeletedPhotoThatAReturningNodeStillHasIsNotRestored() {
    harness.first("b");
    await(harness.put("cat.jpg", "old"));
    a.hangDeletes = true;
    await(harness.store().delete(Harness.at("1", "cat.jpg"), DeleteOptions.DEFAULT));
    assertEquals(Set.of("a"), harness.queue.targets(true));
    assertEquals("old", bytes(a));
    StoredPhoto stored = await(harness.put("cat.jpg", "new"));
    assertBothHave("new");
    assertEquals(stored.info(), a.stored(CAT).orElseThrow());
  }

  @Test
  void norWhenTheAnswerOfTheNodeThatKnowsOfTheDeleteIsLost() {
    harness.first("b");
    await(harness.put("cat.jpg", "old"));
    a.hangDeletes = true;
    await(harness.store().delete(Harness.at("1", "cat.jpg"), DeleteOptions.DEFAULT));
    b.onPut = FakeNode.Puts.STORE_AND_LOSE_ANSWER;
    StoredPhoto stored = await(harness.put("cat.jpg", "new"));
    assertBothHave("new");
    assertEquals(stored.info(), a.stored(CAT).orElseThrow());
  }

  /** As made through another coordinator, or before a restart. */
  private Version deletedAt(FakeNode node) {
    Version deleted = harness.clock.next();
    return await(node.disk.delete(ADDRESS, DeleteOptions.at(deleted))).version();
  }

  @Test
  void aPhotoWhoseDeleteOnlyTheOtherNodeHasHeardOfIsNotRestored() {
    storedAt(a, "old");
    Version deleted = deletedAt(b);
    StoredPhoto stored = await(putToAllAtOnce(PutOptions.DEFAULT));
    assertBothHave("new");
    assertEquals(stored.info(), a.stored(CAT).orElseThrow());
    assertFalse(stored.unchanged());
    assertTrue(stored.info().version().isAfter(deleted));
    assertEquals(1, b.puts.get());
    assertEquals(List.of(), harness.queue.tasks);
    assertEquals(List.of("stored 1:cat.jpg"), harness.events);
  }

  @Test
  void norForAnUploadOnlyIfAbsent() {
    storedAt(a, "old");
    deletedAt(b);
    PutOptions ifAbsent = new PutOptions("", Optional.empty(), false, true, List.of(), Trace.NONE);
    await(putToAllAtOnce(ifAbsent));
    assertBothHave("new");
  }

  @Test
  void norForAStreamedUploadWhoseCopyIsQueued() {
    harness.first("b");
    storedAt(a, "old");
    deletedAt(b);
    StoredPhoto stored = await(stream());
    assertEquals(stored.info(), b.stored(CAT).orElseThrow());
    assertEquals("old", bytes(a));
    assertEquals(
        List.of(new CopyTask(CAT, stored.info().version(), false, List.of("b"), "a")),
        harness.queue.tasks);
  }

  @Test
  void aNodeThatDoesNotTakeItsPlaceIsQueued() {
    storedAt(a, "old");
    deletedAt(b);
    a.refusesCopies = true;
    StoredPhoto stored = await(putToAllAtOnce(PutOptions.DEFAULT));
    assertEquals("new", bytes(b));
    assertEquals("old", bytes(a));
    assertEquals(
        List.of(new CopyTask(CAT, stored.info().version(), false, List.of("b"), "a")),
        harness.queue.tasks);
  }

  @Test
  void aPhotoThatWasStoredAgainAfterTheDeleteIsRestored() {
    deletedAt(b);
    PhotoInfo again = storedAt(a, "again");
    BackpackException refusal = awaitFailure(ErrorCode.EXISTS, putToAllAtOnce(PutOptions.DEFAULT));
    assertEquals(again.version(), refusal.version().orElseThrow());
    assertBothHave("again");
  }

  @Test
  void ofTwoStoredPhotosOnlyTheLaterIsRestored() {
    harness.close();
    harness = new Harness().shard("1", "a", "b", "c").start(Harness.settings(3, false));
    a = harness.node("a");
    b = harness.node("b");
    FakeNode c = harness.node("c");
    storedAt(a, "old");
    deletedAt(b);
    PhotoInfo again = storedAt(c, "again");
    c.readFailure = Optional.of(new BackpackException(ErrorCode.DAMAGED, "a bad sector"));
    awaitFailure(ErrorCode.UNAVAILABLE, putToAllAtOnce(PutOptions.DEFAULT));
    assertEquals("old", bytes(a));
    assertEquals(again, c.stored(CAT).orElseThrow());
  }

  @Test
  void theSameBytesAgainAfterADeleteThatIsOnItsWayAreWrittenAnew() {
    harness.shard("1", "a", "b", "c").first("a").first("b");
    Version deleted = harness.clock.nextAfter(storedAt(a, "meow").version());
    await(
        b.disk.put(
            ADDRESS,
            PutOptions.DEFAULT.asReplica(a.stored(CAT).orElseThrow().version()),
            Upload.of(Buffer.buffer("meow"))));
    await(harness.node("c").disk.delete(ADDRESS, DeleteOptions.at(deleted)));
    StoredPhoto stored = await(harness.put("cat.jpg", "meow"));
    assertTrue(stored.info().version().isAfter(deleted));
    assertBothHave("meow");
    assertEquals(stored.info(), a.stored(CAT).orElseThrow());
  }
}
