package io.backpack.copy;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ByteRange;
import io.backpack.api.DeleteOptions;
import io.backpack.api.Deletion;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.HeldName;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.PhotoStore;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.copy.Outcome.Kind;
import io.backpack.testing.InMemoryPhotoStore;
import io.backpack.testing.TestStream;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One copy at a time, between stores with the semantics of nodes. */
class PhotoCopierTest {
  private static final PhotoName NAME = PhotoName.of("a/b.jpg");
  private static final PhotoAddress ADDRESS = PhotoAddress.of(NAME);
  private static final Version OLD = Version.parse("0000000000000010");
  private static final Version NEW = Version.parse("0000000000000020");
  private static final Buffer BYTES = Buffer.buffer("some bytes");

  private static Vertx vertx;

  private final InMemoryPhotoStore first = new InMemoryPhotoStore(1, 1 << 20);
  private final InMemoryPhotoStore second = new InMemoryPhotoStore(2, 1 << 20);
  private final InMemoryPhotoStore target = new InMemoryPhotoStore(3, 1 << 20);
  private final AtomicInteger away = new AtomicInteger();
  private final PhotoCopier copier =
      new PhotoCopier(
          vertx.getOrCreateContext(), Duration.ofMillis(500), source -> away.incrementAndGet());

  @BeforeAll
  static void start() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void stop() {
    await(vertx.close());
  }

  private Outcome copy(Version version, PhotoStore to) {
    return await(copier.copy(write(version, false), sources(), to));
  }

  private List<Source> sources() {
    return List.of(new Source("1", first), new Source("2", second));
  }

  private static HeldName write(Version version, boolean tombstone) {
    return new HeldName(NAME, version, tombstone);
  }

  private static void put(PhotoStore store, Version version, Buffer bytes) {
    PutOptions options = PutOptions.DEFAULT.withContentType("image/jpeg").asReplica(version);
    await(store.put(ADDRESS, options, Upload.of(bytes)));
  }

  @Test
  void thePhotoArrivesWithItsVersionAndType() {
    put(first, NEW, BYTES);
    Outcome outcome = copy(NEW, target);
    assertEquals(Kind.COPIED, outcome.kind());
    PhotoInfo there = await(target.stat(ADDRESS, Trace.NONE));
    assertEquals(await(first.stat(ADDRESS, Trace.NONE)), there);
    assertEquals(there, outcome.copied().get());
  }

  @Test
  void copyingTwiceIsHarmless() {
    put(first, NEW, BYTES);
    copy(NEW, target);
    assertEquals(Kind.ALREADY_THERE, copy(NEW, target).kind());
  }

  @Test
  void aLaterVersionOfTheSourceIsCopiedInstead() {
    put(first, NEW, BYTES);
    assertEquals(Kind.COPIED, copy(OLD, target).kind());
    assertEquals(NEW, await(target.stat(ADDRESS, Trace.NONE)).version());
  }

  @Test
  void aSourceWithAnOlderVersionIsPassedOver() {
    put(first, OLD, Buffer.buffer("old"));
    put(second, NEW, BYTES);
    assertEquals(Kind.COPIED, copy(NEW, target).kind());
    assertEquals(NEW, await(target.stat(ADDRESS, Trace.NONE)).version());
  }

  @Test
  void aTargetWithALaterVersionIsLeftAsItIs() {
    put(first, OLD, Buffer.buffer("old"));
    put(target, NEW, BYTES);
    assertEquals(Kind.ALREADY_THERE, copy(OLD, target).kind());
    assertEquals(NEW, await(target.stat(ADDRESS, Trace.NONE)).version());
  }

  @Test
  void aPhotoDeletedAtTheSourceTravelsAsItsTombstone() {
    put(target, OLD, BYTES);
    await(first.delete(ADDRESS, DeleteOptions.at(NEW)));
    assertEquals(Kind.DELETED, copy(OLD, target).kind());
    BackpackException gone = awaitFailure(ErrorCode.DELETED, target.stat(ADDRESS, Trace.NONE));
    assertEquals(NEW, gone.version().get());
  }

  @Test
  void aTombstoneOlderThanThePhotoIsNoAnswer() {
    await(first.delete(ADDRESS, DeleteOptions.at(OLD)));
    put(second, NEW, BYTES);
    assertEquals(Kind.COPIED, copy(NEW, target).kind());
  }

  @Test
  void aTombstoneNeedsNoSource() {
    put(target, OLD, BYTES);
    assertEquals(Kind.DELETED, await(copier.copy(write(NEW, true), List.of(), target)).kind());
    awaitFailure(ErrorCode.DELETED, target.stat(ADDRESS, Trace.NONE));
    put(second, NEW, BYTES);
    assertEquals(
        Kind.ALREADY_THERE, await(copier.copy(write(OLD, true), List.of(), second)).kind());
    assertEquals(NEW, await(second.stat(ADDRESS, Trace.NONE)).version());
  }

  @Test
  void damagedAndUnreachableSourcesArePassedOver() {
    for (ErrorCode code :
        List.of(ErrorCode.DAMAGED, ErrorCode.MISSING, ErrorCode.UNAVAILABLE, ErrorCode.NOT_FOUND)) {
      target.clear();
      put(second, NEW, BYTES);
      first.fail(new BackpackException(code, "test"));
      assertEquals(Kind.COPIED, copy(NEW, target).kind(), code.name());
    }
    assertEquals(1, away.get());
  }

  @Test
  void nobodyHasItIsAFailureWithEveryAnswerInTheReason() {
    second.fail(new BackpackException(ErrorCode.DAMAGED, "bad sector"));
    Outcome outcome = copy(NEW, target);
    assertEquals(Kind.FAILED, outcome.kind());
    assertTrue(outcome.reason().contains("node 1: NOT_FOUND"), outcome.reason());
    assertTrue(outcome.reason().contains("node 2: DAMAGED, bad sector"), outcome.reason());
  }

  @Test
  void aSourceThatIsAwayMayStillHaveIt() {
    second.fail(new BackpackException(ErrorCode.UNAVAILABLE, "refused"));
    assertEquals(Kind.SOURCE_AWAY, copy(NEW, target).kind());
  }

  @Test
  void withoutAnySourceItFails() {
    Outcome outcome = await(copier.copy(write(NEW, false), List.of(), target));
    assertEquals(Kind.FAILED, outcome.kind());
  }

  @Test
  void aTargetThatIsAwayIsToldApartFromOneThatRefusesThisPhoto() {
    put(first, NEW, BYTES);
    target.fail(new BackpackException(ErrorCode.UNAVAILABLE, "refused"));
    assertEquals(Kind.TARGET_AWAY, copy(NEW, target).kind());
    target.fail(new BackpackException(ErrorCode.TOO_LARGE, "too large"));
    assertEquals(Kind.FAILED, copy(NEW, target).kind());
  }

  @Test
  void anAnswerThatNamesOtherBytesIsNotBelieved() {
    put(first, NEW, BYTES);
    PhotoInfo right = await(first.stat(ADDRESS, Trace.NONE));
    PhotoInfo wrongCrc =
        new PhotoInfo(NAME, right.size(), right.crc32c() + 1, NEW, right.contentType());
    PhotoInfo wrongSize =
        new PhotoInfo(NAME, right.size() + 1, right.crc32c(), NEW, right.contentType());
    PhotoInfo wrongVersion =
        new PhotoInfo(NAME, right.size(), right.crc32c(), OLD, right.contentType());
    for (PhotoInfo wrong : List.of(wrongCrc, wrongSize, wrongVersion)) {
      assertEquals(Kind.FAILED, copy(NEW, new Answering(new StoredPhoto("", wrong, false))).kind());
    }
    assertEquals(
        Kind.FAILED, copy(NEW, new Answering(new StoredPhoto("", wrongVersion, true))).kind());
    assertEquals(Kind.COPIED, copy(NEW, new Answering(new StoredPhoto("", right, false))).kind());
  }

  @Test
  void aTargetThatNeverAnswersIsAway() {
    put(first, NEW, BYTES);
    assertEquals(Kind.TARGET_AWAY, copy(NEW, new Answering(null)).kind());
  }

  @Test
  void aSourceThatBreaksOffIsPassedOverForTheNext() {
    put(second, NEW, BYTES);
    PhotoInfo info = await(second.stat(ADDRESS, Trace.NONE));
    List<Source> sources = List.of(new Source("1", new BreakingOff(info)), new Source("2", second));
    assertEquals(Kind.COPIED, await(copier.copy(write(NEW, false), sources, target)).kind());
    Outcome alone =
        await(copier.copy(write(NEW, false), sources.subList(0, 1), new InMemoryPhotoStore(4, 99)));
    assertEquals(Kind.SOURCE_AWAY, alone.kind());
  }

  /** A target with one answer, or none at all. */
  private record Answering(StoredPhoto answer) implements PhotoStore {
    @Override
    public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
      return answer == null ? Future.future(never -> {}) : Future.succeededFuture(answer);
    }

    @Override
    public Future<Photo> get(PhotoAddress address, GetOptions options) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<PhotoInfo> stat(PhotoAddress address, Trace trace) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Deletion> delete(PhotoAddress address, DeleteOptions options) {
      throw new UnsupportedOperationException();
    }
  }

  /** A source that gives some bytes and then fails, as a node that dies in the middle. */
  private record BreakingOff(PhotoInfo info) implements PhotoStore {
    @Override
    public Future<Photo> get(PhotoAddress address, GetOptions options) {
      TestStream body =
          TestStream.onDemand(
              stream -> {
                stream.emit(BYTES.slice(0, 4));
                stream.fail(new BackpackException(ErrorCode.UNAVAILABLE, "connection reset"));
              });
      return Future.succeededFuture(new Photo(info, ByteRange.all(info.size()), body));
    }

    @Override
    public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<PhotoInfo> stat(PhotoAddress address, Trace trace) {
      return Future.succeededFuture(info);
    }

    @Override
    public Future<Deletion> delete(PhotoAddress address, DeleteOptions options) {
      throw new UnsupportedOperationException();
    }
  }
}
