package io.backpack.coordinator;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.Checksum;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.cluster.Shard;
import io.backpack.cluster.ShardSize;
import io.backpack.queue.CopyTask;
import io.vertx.core.buffer.Buffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32C;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CoordinatorPutTest {
  private static final PhotoName CAT = PhotoName.of("cat.jpg");

  private Harness harness;

  private Harness oneShard(int copies, boolean strict, String... nodes) {
    harness = new Harness().shard("1", nodes).start(Harness.settings(copies, strict));
    return harness;
  }

  private Harness twoShards(boolean strict) {
    harness =
        new Harness().shard("1", "a", "b").shard("2", "c", "d").start(Harness.settings(2, strict));
    return harness;
  }

  @AfterEach
  void close() {
    harness.close();
  }

  @Test
  void anUploadIsOnAsManyNodesAsConfiguredAndQueuedForTheOthers() {
    oneShard(2, false, "a", "b", "c");
    StoredPhoto stored = await(harness.put("cat.jpg", "meow"));
    assertEquals("1", stored.shard());
    assertFalse(stored.unchanged());
    assertEquals(4, stored.info().size());
    Set<String> queued = harness.queue.targets(false);
    assertEquals(1, queued.size());
    for (String id : List.of("a", "b", "c")) {
      assertEquals(!queued.contains(id), harness.node(id).stored(CAT).isPresent());
    }
    CopyTask task = harness.queue.tasks.get(0);
    assertEquals(stored.info().version(), task.version());
    assertEquals(2, task.from().size());
    assertFalse(task.from().contains(task.to()));
    assertEquals(List.of("stored 1:cat.jpg"), harness.events);
  }

  @Test
  void everyNodeGetsTheSameVersionAndTheClientsOptions() {
    oneShard(2, false, "a", "b");
    CRC32C crc = new CRC32C();
    crc.update('x');
    Checksum checksum =
        new Checksum(Checksum.Algorithm.CRC32C, HexFormat.of().toHexDigits((int) crc.getValue()));
    PutOptions options =
        new PutOptions(
            "image/png",
            Optional.of(new Version(1)),
            true,
            true,
            List.of(checksum),
            new Trace("r", "t"));
    await(harness.store().put(PhotoAddress.of(CAT), options, Upload.of(Buffer.buffer("x"))));
    PutOptions atA = harness.node("a").putOptions.get(0);
    assertEquals(atA, harness.node("b").putOptions.get(0));
    assertEquals("image/png", atA.contentType());
    assertEquals(List.of(checksum), atA.checksums());
    assertEquals(new Trace("r", "t"), atA.trace());
    assertTrue(atA.ifAbsent());
    assertFalse(atA.replica());
    assertEquals(9, atA.version().orElseThrow().stamper());
  }

  @Test
  void aShardWithFewerNodesTakesAsManyAsItHas() {
    oneShard(3, true, "a");
    await(harness.put("cat.jpg", "meow"));
    assertTrue(harness.queue.tasks.isEmpty());
  }

  @Test
  void aRepeatedUploadIsUnchangedInTheSameShard() {
    twoShards(false);
    StoredPhoto first = await(harness.put("cat.jpg", "meow"));
    StoredPhoto again = await(harness.put("cat.jpg", "meow"));
    assertTrue(again.unchanged());
    assertEquals(first.shard(), again.shard());
    assertEquals(first.info(), again.info());
    assertEquals(1, harness.events.size());
    assertTrue(harness.queue.tasks.isEmpty());
  }

  @Test
  void anEmptyBodyAndOneThatIsTooLargeAskNoNode() {
    oneShard(2, false, "a", "b");
    awaitFailure(ErrorCode.EMPTY_BODY, harness.put("cat.jpg", ""));
    SlowStream unknownLength = new SlowStream(harness.vertx, 0, 1);
    awaitFailure(
        ErrorCode.EMPTY_BODY,
        harness
            .store()
            .put(PhotoAddress.of(CAT), PutOptions.DEFAULT, new Upload(-1, unknownLength)));
    awaitFailure(
        ErrorCode.TOO_LARGE,
        harness
            .store()
            .put(
                PhotoAddress.of(CAT),
                PutOptions.DEFAULT,
                new Upload(1L << 40, new SlowStream(harness.vertx, 1, 1))));
    assertEquals(0, harness.node("a").puts.get() + harness.node("b").puts.get());
  }

  @Test
  void aForcedShardIsUsedAndMustBeThereAndWritable() {
    harness =
        new Harness()
            .shard("1", "a")
            .shard("2", "b")
            .shard(new Shard("old", List.of("c"), true), new ShardSize(100, 0))
            .start(Harness.settings(1, false));
    for (int i = 0; i < 8; i++) {
      PhotoAddress address = Harness.at("2", "photo-" + i);
      assertEquals("2", await(harness.put(address, Buffer.buffer("x"))).shard());
    }
    awaitFailure(
        ErrorCode.NO_SHARD_AVAILABLE, harness.put(Harness.at("old", "x"), Buffer.buffer("x")));
    awaitFailure(ErrorCode.UNKNOWN_SHARD, harness.put(Harness.at("9", "x"), Buffer.buffer("x")));
    harness.cluster.live(false);
    awaitFailure(ErrorCode.UNAVAILABLE, harness.put(Harness.at("9", "x"), Buffer.buffer("x")));
  }

  @Test
  void aForcedShardIsNeverLeft() {
    twoShards(false);
    harness.node("a").down(ErrorCode.UNAVAILABLE);
    harness.node("b").down(ErrorCode.UNAVAILABLE);
    awaitFailure(
        ErrorCode.NO_SHARD_AVAILABLE, harness.put(Harness.at("1", "x"), Buffer.buffer("x")));
    assertEquals(0, harness.node("c").puts.get());
  }

  @Test
  void aFailingNodeIsReplacedByAnotherOfTheShard() {
    oneShard(2, true, "a", "b", "c");
    harness.first("a").node("a").down(ErrorCode.UNAVAILABLE);
    await(harness.put("cat.jpg", "meow"));
    assertTrue(harness.node("b").stored(CAT).isPresent());
    assertTrue(harness.node("c").stored(CAT).isPresent());
    assertEquals(Set.of("a"), harness.queue.targets(false));
    assertEquals(1, harness.coordinator().stats().failuresByNode().get("a"));
  }

  @Test
  void aNodeThatFailedIsAskedLast() {
    oneShard(1, false, "a", "b");
    harness.first("a").node("a").down(ErrorCode.UNAVAILABLE);
    await(harness.put("cat.jpg", "meow"));
    harness.node("a").disk.heal();
    await(harness.put("dog.jpg", "woof"));
    assertEquals(1, harness.node("a").puts.get());
  }

  @Test
  void aHangingNodeCostsAtMostOneTimeout() {
    oneShard(2, true, "a", "b", "c");
    harness.first("a").first("b").node("a").onPut = FakeNode.Puts.HANG;
    long started = System.nanoTime();
    await(harness.put("cat.jpg", "meow"));
    assertTrue(System.nanoTime() - started >= Harness.TIMEOUT.toNanos());
    assertEquals(Set.of("a"), harness.queue.targets(false));
    await(harness.put("dog.jpg", "woof"));
    assertEquals(1, harness.node("a").puts.get());
  }

  @Test
  void withTooFewCopiesAnotherShardTakesItAndNothingIsDeletedInTheFirst() {
    twoShards(false);
    harness.node("a").down(ErrorCode.UNAVAILABLE);
    PhotoName name = harness.nameFor("1");
    StoredPhoto stored = await(harness.put(PhotoAddress.of(name), Buffer.buffer("meow")));
    assertEquals("2", stored.shard());
    assertTrue(harness.node("c").stored(name).isPresent());
    assertTrue(harness.node("d").stored(name).isPresent());
    // A tombstone could outrank an acknowledged photo of this name on the node that is away.
    assertEquals(List.of(), harness.queue.tasks);
    assertTrue(harness.node("b").stored(name).isPresent());
    assertEquals(1, harness.coordinator().stats().movedUploads());
  }

  @Test
  void anUploadThatMovedAndIsRepeatedStaysWhereItIsFound() {
    twoShards(false);
    PhotoName name = harness.nameFor("1");
    PhotoAddress address = PhotoAddress.of(name);
    // Both nodes of the first shard store it, but the answer of one is lost.
    harness.node("a").onPut = FakeNode.Puts.STORE_AND_LOSE_ANSWER;
    assertEquals("2", await(harness.put(address, Buffer.buffer("meow"))).shard());
    harness.node("a").onPut = FakeNode.Puts.WORK;
    assertEquals("1", await(harness.put(address, Buffer.buffer("meow"))).shard());
    assertEquals(List.of(), harness.queue.tasks);
  }

  @Test
  void aShardOfWhichNobodyAnswersIsNotSentATombstone() {
    twoShards(false);
    PhotoName name = harness.nameFor("1");
    PhotoAddress address = PhotoAddress.of(name);
    // Acknowledged in the first shard long ago; now both of its nodes hang and it is repeated.
    assertEquals("1", await(harness.put(address, Buffer.buffer("meow"))).shard());
    harness.node("a").onPut = FakeNode.Puts.HANG;
    harness.node("b").onPut = FakeNode.Puts.HANG;
    assertEquals("2", await(harness.put(address, Buffer.buffer("meow"))).shard());
    assertEquals(Set.of(), harness.queue.targets(true));
  }

  @Test
  void aPhotoThatTheShardHasAlreadyIsNotStoredASecondTimeElsewhere() {
    twoShards(false);
    PhotoName name = harness.nameFor("1");
    PhotoAddress address = PhotoAddress.of(name);
    await(harness.put(address, Buffer.buffer("meow")));
    harness.node("a").down(ErrorCode.UNAVAILABLE);
    Version first = harness.node("b").stored(name).orElseThrow().version();
    StoredPhoto again = await(harness.put(address, Buffer.buffer("meow")));
    assertEquals("1", again.shard());
    // "a" may have a delete of what "b" still has: the photo is written anew, above it.
    assertTrue(again.info().version().isAfter(first));
    assertEquals(again.info().version(), harness.node("b").stored(name).orElseThrow().version());
    assertEquals(Set.of("a"), harness.queue.targets(false));
    assertEquals(Set.of(), harness.queue.targets(true));
    assertEquals(0, harness.node("c").puts.get());
  }

  @Test
  void withoutAnotherShardOneCopyAndAQueuedTaskAreEnough() {
    oneShard(2, false, "a", "b");
    harness.node("b").down(ErrorCode.UNAVAILABLE);
    StoredPhoto stored = await(harness.put("cat.jpg", "meow"));
    assertEquals(
        List.of(new CopyTask(CAT, stored.info().version(), false, List.of("a"), "b")),
        harness.queue.tasks);
    assertEquals(1, harness.coordinator().stats().degradedUploads());
  }

  @Test
  void degradedPrefersTheShardOfTheName() {
    twoShards(false);
    harness.node("a").down(ErrorCode.UNAVAILABLE);
    harness.node("c").down(ErrorCode.UNAVAILABLE);
    PhotoName name = harness.nameFor("1");
    assertEquals("1", await(harness.put(PhotoAddress.of(name), Buffer.buffer("m"))).shard());
    assertEquals(Set.of("a"), harness.queue.targets(false));
    assertEquals(Set.of(), harness.queue.targets(true));
  }

  /** It may stand over a delete there: whoever was told 409 must not read it. */
  @Test
  void anUploadThatWasTakenIsNotRefusedForWhatIsStoredInAnotherShard() {
    twoShards(false);
    PhotoAddress address = PhotoAddress.of(harness.nameFor("1"));
    for (String node : List.of("c", "d")) {
      await(harness.node(node).put(address, PutOptions.DEFAULT, Upload.of(Buffer.buffer("old"))));
    }
    harness.node("a").down(ErrorCode.UNAVAILABLE);
    assertEquals("1", await(harness.put(address, Buffer.buffer("new"))).shard());
    assertEquals(Set.of("a"), harness.queue.targets(false));
    harness.node("b").down(ErrorCode.UNAVAILABLE);
    awaitFailure(ErrorCode.EXISTS, harness.put(address, Buffer.buffer("newer")));
  }

  @Test
  void degradedWithoutAQueueIsRefused() {
    oneShard(2, false, "a", "b");
    harness.node("b").down(ErrorCode.UNAVAILABLE);
    harness.queue.down = true;
    awaitFailure(ErrorCode.NO_SHARD_AVAILABLE, harness.put("cat.jpg", "meow"));
    assertEquals(1, harness.coordinator().stats().failedUploads());
    assertEquals(List.of(), harness.events);
  }

  @Test
  void withAllCopiesOnDiskTheQueueMayBeDown() {
    oneShard(2, false, "a", "b", "c");
    harness.queue.down = true;
    await(harness.put("cat.jpg", "meow"));
    Awaitility.await()
        .untilAsserted(() -> assertEquals(1, harness.coordinator().stats().lostTasks()));
  }

  @Test
  void strictRefusesFewerCopies() {
    oneShard(2, true, "a", "b");
    harness.node("b").down(ErrorCode.UNAVAILABLE);
    awaitFailure(ErrorCode.NO_SHARD_AVAILABLE, harness.put("cat.jpg", "meow"));
    assertTrue(harness.queue.tasks.isEmpty());
    harness.node("b").disk.heal();
    await(harness.put("cat.jpg", "meow"));
  }

  @Test
  void anAnswerThatWasLostIsCoveredByATask() {
    oneShard(2, false, "a", "b", "c");
    harness.first("a").node("a").onPut = FakeNode.Puts.STORE_AND_LOSE_ANSWER;
    await(harness.put("cat.jpg", "meow"));
    assertEquals(Set.of("a"), harness.queue.targets(false));
  }

  @Test
  void whatTheClientDidWrongIsNotTriedElsewhere() {
    twoShards(false);
    for (ErrorCode code :
        List.of(
            ErrorCode.CHECKSUM_MISMATCH,
            ErrorCode.BAD_NAME,
            ErrorCode.TOO_LARGE,
            ErrorCode.UNSUPPORTED_BODY)) {
      harness.node("a").putFailure = Optional.of(new BackpackException(code, "no"));
      harness.node("b").putFailure = harness.node("a").putFailure;
      awaitFailure(code, harness.put(PhotoAddress.of(harness.nameFor("1")), Buffer.buffer("meow")));
    }
    assertEquals(0, harness.node("c").puts.get());
    assertEquals(4, harness.coordinator().stats().refusedUploads());
    assertEquals(0, harness.coordinator().stats().failedUploads());
  }

  @Test
  void aShardWithoutRoomIsLeftAndRemembered() {
    twoShards(false);
    harness.node("a").down(ErrorCode.NO_SPACE);
    harness.node("b").down(ErrorCode.NO_SPACE);
    PhotoAddress address = PhotoAddress.of(harness.nameFor("1"));
    assertEquals("2", await(harness.put(address, Buffer.buffer("meow"))).shard());
    assertEquals(List.of("full 1", "stored 2:" + address.name()), harness.events);
    int asked = harness.node("a").puts.get();
    await(harness.put(address, Buffer.buffer("meow")));
    assertEquals(asked, harness.node("a").puts.get());
  }

  @Test
  void withoutRoomAnywhereItIsNoSpace() {
    twoShards(false);
    harness.nodes.values().forEach(node -> node.down(ErrorCode.NO_SPACE));
    awaitFailure(ErrorCode.NO_SPACE, harness.put("cat.jpg", "meow"));
    harness.node("a").down(ErrorCode.UNAVAILABLE);
    awaitFailure(ErrorCode.NO_SHARD_AVAILABLE, harness.put("cat.jpg", "meow"));
  }

  @Test
  void withAllShardsFullItIsNoSpaceAndWithNoneNoShard() {
    harness =
        new Harness()
            .shard(new Shard("1", List.of("a"), false), new ShardSize(100, 100))
            .start(Harness.settings(1, false));
    awaitFailure(ErrorCode.NO_SPACE, harness.put("cat.jpg", "meow"));
    harness.shard(new Shard("1", List.of("a"), true), new ShardSize(100, 0));
    awaitFailure(ErrorCode.NO_SHARD_AVAILABLE, harness.put("cat.jpg", "meow"));
  }

  @Test
  void aShardThatKeepsFailingIsNoLongerWaitedFor() {
    twoShards(false);
    harness.node("a").onPut = FakeNode.Puts.HANG;
    harness.node("b").onPut = FakeNode.Puts.HANG;
    PhotoAddress address = PhotoAddress.of(harness.nameFor("1"));
    Awaitility.await()
        .untilAsserted(
            () -> {
              int asked = harness.node("a").puts.get();
              assertEquals("2", await(harness.put(address, Buffer.buffer("meow"))).shard());
              assertEquals(asked, harness.node("a").puts.get());
            });
  }

  @Test
  void sizesCountAPhotoOnce() {
    oneShard(2, false, "a", "b", "c");
    await(harness.put("cat.jpg", "meow"));
    await(harness.put("cat.jpg", "meow"));
    await(harness.put("dog.jpg", "woof!"));
    await(harness.coordinator().close());
    assertEquals(9, harness.cluster.sizes.get("1"));
  }
}
