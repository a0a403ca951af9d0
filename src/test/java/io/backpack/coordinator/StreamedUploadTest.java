package io.backpack.coordinator;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Upload;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Bodies that are larger than what is retained. */
class StreamedUploadTest {
  private static final PhotoName CAT = PhotoName.of("cat.jpg");
  private static final int CHUNK = 64 << 10;
  private static final int CHUNKS = 64;
  private static final long SIZE = (long) CHUNK * CHUNKS;

  private Harness harness;

  private Harness start(boolean strict, String... nodes) {
    harness =
        new Harness()
            .shard("1", nodes)
            .start(Harness.settings(2, strict, 1 << 20, 8 << 20, Harness.TIMEOUT));
    return harness;
  }

  @AfterEach
  void close() {
    assertEquals(0, harness.coordinator().uploadMemoryUsed());
    harness.close();
  }

  private Future<StoredPhoto> upload(long length, SlowStream stream) {
    return harness
        .store()
        .put(PhotoAddress.of(CAT), PutOptions.DEFAULT, new Upload(length, stream));
  }

  private SlowStream stream() {
    return new SlowStream(harness.vertx, CHUNKS, CHUNK);
  }

  private SlowStream twentyMebibytes() {
    return new SlowStream(harness.vertx, 5 * CHUNKS, CHUNK);
  }

  @Test
  void largePhotosReachBothNodesWithAndWithoutALength() {
    start(true, "a", "b");
    assertEquals(SIZE, await(upload(SIZE, stream())).info().size());
    assertEquals(harness.node("a").stored(CAT), harness.node("b").stored(CAT));
    await(harness.store().delete(Harness.at("1", "cat.jpg"), DeleteOptions.DEFAULT));
    assertEquals(SIZE, await(upload(-1, stream())).info().size());
  }

  @Test
  void whenOneOfTwoNodesDiesHalfWayTheOtherHasItAndATaskIsQueued() {
    start(false, "a", "b");
    harness.node("a").onPut = FakeNode.Puts.DIE;
    harness.node("a").dieAfter = 5 * SIZE / 2;
    await(upload(5 * SIZE, twentyMebibytes()));
    assertEquals(5 * SIZE, harness.node("b").stored(CAT).orElseThrow().size());
    assertEquals(Set.of("a"), harness.queue.targets(false));
    assertEquals(1, harness.coordinator().stats().degradedUploads());
  }

  @Test
  void strictRefusesThat() {
    start(true, "a", "b");
    harness.node("a").onPut = FakeNode.Puts.DIE;
    harness.node("a").dieAfter = SIZE / 2;
    awaitFailure(ErrorCode.NO_SHARD_AVAILABLE, upload(SIZE, stream()));
  }

  @Test
  void aNodeThatStallsIsCutOffAndDoesNotHoldTheOther() {
    start(false, "a", "b");
    harness.node("a").onPut = FakeNode.Puts.STALL;
    harness.node("a").dieAfter = SIZE / 2;
    await(upload(SIZE, stream()));
    assertEquals(SIZE, harness.node("b").stored(CAT).orElseThrow().size());
    assertEquals(1, harness.node("a").streamFailures.size());
    assertEquals(Set.of("a"), harness.queue.targets(false));
  }

  @Test
  void theClientIsReadAtThePaceOfTheSlowestNode() {
    start(false, "a", "b");
    harness.node("a").onPut = FakeNode.Puts.STALL;
    harness.node("a").dieAfter = 2L << 20;
    SlowStream stream = stream();
    Future<StoredPhoto> answer = upload(SIZE, stream);
    Awaitility.await().until(() -> stream.sent() * (long) CHUNK >= 2L << 20);
    int sent = stream.sent();
    assertTrue(sent <= (2 << 20) / CHUNK + 2, "sent " + sent);
    await(answer);
  }

  @Test
  void aNodeThatRefusesBeforeTheBodyFlowsIsReplaced() {
    start(true, "a", "b", "c");
    harness.first("a").first("b");
    harness.node("a").putFailure = Optional.of(new BackpackException(ErrorCode.NO_SPACE, "full"));
    await(upload(SIZE, stream()));
    assertTrue(harness.node("b").stored(CAT).isPresent());
    assertTrue(harness.node("c").stored(CAT).isPresent());
    assertEquals(Set.of("a"), harness.queue.targets(false));
  }

  @Test
  void aNodeThatHangsFromTheStartIsReplacedAfterOneTimeout() {
    start(true, "a", "b", "c");
    harness.first("a").first("b").node("a").onPut = FakeNode.Puts.HANG;
    await(upload(SIZE, stream()));
    assertTrue(harness.node("c").stored(CAT).isPresent());
    assertEquals(1, harness.node("a").puts.get());
  }

  @Test
  void anotherShardTakesItWhileTheBodyDoesNotFlow() {
    start(true, "a", "b").shard("2", "c", "d");
    for (String id : new String[] {"a", "b"}) {
      harness.node(id).putFailure = Optional.of(new BackpackException(ErrorCode.NO_SPACE, "full"));
    }
    assertEquals("2", await(upload(SIZE, stream())).shard());
  }

  @Test
  void aClientThatGoesAwayLeavesNothing() {
    start(false, "a", "b");
    for (int chunk : new int[] {0, 3, CHUNKS / 2}) {
      awaitFailure(ErrorCode.INCOMPLETE_BODY, upload(SIZE, stream().breakAt(chunk)));
    }
    assertTrue(harness.node("a").stored(CAT).isEmpty());
    assertTrue(harness.queue.tasks.isEmpty());
    assertEquals(3, harness.coordinator().stats().refusedUploads());
    assertEquals(Map.of(), harness.coordinator().stats().failuresByNode());
  }

  @Test
  void aBodyThatIsShorterThanAnnouncedIsRefused() {
    start(false, "a", "b");
    awaitFailure(ErrorCode.INCOMPLETE_BODY, upload(SIZE + 1, stream()));
    awaitFailure(ErrorCode.INCOMPLETE_BODY, upload(100, new SlowStream(harness.vertx, 1, 99)));
    assertTrue(harness.node("a").stored(CAT).isEmpty());
  }

  @Test
  void aBodyWithoutALengthMayNotGrowPastTheLimit() {
    start(false, "a", "b");
    awaitFailure(ErrorCode.TOO_LARGE, upload(-1, new SlowStream(harness.vertx, 600, 2 * CHUNK)));
    assertTrue(harness.node("a").stored(CAT).isEmpty());
  }
}
