package io.backpack.http;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ByteRange;
import io.backpack.api.Checksum;
import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.PhotoStore;
import io.backpack.api.PutOptions;
import io.backpack.api.RangeRequest;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.testing.OriginalNode;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OriginalPhotoStoreTest {
  private static final int SUM = (int) 0xe3069283L;
  private static final Buffer NINE = Buffer.buffer("123456789");
  private static final PhotoName NAME = PhotoName.of("my cat.png");
  private static final PhotoAddress X = PhotoAddress.of(NAME);
  private static final Version LATE = new Version(1L << 50);
  private static final PutOptions STAMPED = PutOptions.DEFAULT.withVersion(LATE);

  private final Vertx vertx = Vertx.vertx();
  private final OriginalNode node = new OriginalNode();
  private final PhotoStore store = store(HttpStoreSettings.DEFAULT_UPLOAD_MEMORY);

  private PhotoStore store(long memory) {
    return HttpStoreFactory.of(
            vertx,
            new HttpStoreSettings(Duration.ofSeconds(2), Duration.ofSeconds(5), 4, 4, "secret")
                .withUploadMemory(memory))
        .original(node.url());
  }

  @AfterEach
  void stop() {
    node.close();
    await(vertx.close());
  }

  private static PhotoInfo nine(Version version) {
    return new PhotoInfo(NAME, 9, SUM, version, "image/png");
  }

  @Test
  void anUploadIsReadBackAndKeepsTheVersionItWasTold() {
    assertEquals(
        new StoredPhoto("", nine(LATE), false), await(store.put(X, STAMPED, Upload.of(NINE))));
    assertEquals(NINE, node.photos.get("my%20cat.png"));
    assertEquals(
        List.of("GET /my%20cat.png", "PUT /my%20cat.png", "GET /my%20cat.png"), node.requests);
    node.photos.clear();
    node.damages = true;
    BackpackException failure =
        awaitFailure(ErrorCode.UNAVAILABLE, store.put(X, STAMPED, Upload.of(NINE)));
    assertTrue(failure.getMessage().contains("other bytes"), failure.getMessage());
  }

  @Test
  void aPhotoHasAChecksumAndTheLowestOfVersions() {
    node.photos.put("my%20cat.png", NINE);
    Version version = Version.ofOriginal(SUM);
    assertEquals("00000000e3069284", version.hex());
    assertTrue(new Version(1L << 33).isAfter(version));
    assertTrue(version.isAfter(Version.NONE));
    assertEquals(new Version(1), Version.ofOriginal(0));
    Photo photo = await(store.get(X, GetOptions.DEFAULT));
    assertEquals(nine(version), photo.info());
    assertEquals(NINE, await(photo.bytes()));
    assertEquals(nine(version), await(store.stat(X, Trace.NONE)));
    Photo part =
        await(store.get(X, new GetOptions(Optional.of(new RangeRequest(2, 4)), Trace.NONE)));
    assertEquals(new ByteRange(2, 3), part.range());
    assertEquals("345", await(part.bytes()).toString());
    assertFalse(node.requests.toString().contains("HEAD"), "which it does not know");
  }

  @Test
  void aLargePhotoHasItsChecksumToo() {
    Buffer large = Buffer.buffer(new byte[3 << 20]);
    node.photos.put("my%20cat.png", large);
    Photo photo = await(store.get(X, GetOptions.DEFAULT));
    assertEquals(Version.ofOriginal(photo.info().crc32c()), photo.info().version());
    assertTrue(photo.info().crc32c() != 0);
    assertEquals(large, await(photo.bytes()));
  }

  @Test
  void whatIsNotThereIsNotFound() {
    awaitFailure(ErrorCode.NOT_FOUND, store.get(X, GetOptions.DEFAULT));
    awaitFailure(ErrorCode.NOT_FOUND, store.stat(X, Trace.NONE));
  }

  @Test
  void otherBytesUnderANameAreRefusedAsByANodeOfOurs() {
    node.photos.put("my%20cat.png", Buffer.buffer("other"));
    BackpackException failure =
        awaitFailure(ErrorCode.EXISTS, store.put(X, STAMPED, Upload.of(NINE)));
    assertTrue(Version.ofOriginal(-1).isAfter(failure.version().orElseThrow()));
    assertEquals("other", node.photos.get("my%20cat.png").toString());
    PutOptions absent = new PutOptions("", Optional.of(LATE), false, true, List.of(), Trace.NONE);
    awaitFailure(ErrorCode.PRECONDITION_FAILED, store.put(X, absent, Upload.of(NINE)));
    StoredPhoto copy = await(store.put(X, PutOptions.DEFAULT.asReplica(LATE), Upload.of(NINE)));
    assertEquals(new StoredPhoto("", nine(LATE), false), copy);
    assertEquals(NINE, node.photos.get("my%20cat.png"));
  }

  @Test
  void theSameBytesAreUnchanged() {
    node.photos.put("my%20cat.png", NINE);
    assertEquals(
        new StoredPhoto("", nine(Version.ofOriginal(SUM)), true),
        await(store.put(X, STAMPED, Upload.of(NINE))));
    assertEquals(
        new StoredPhoto("", nine(LATE), true),
        await(store.put(X, PutOptions.DEFAULT.asReplica(LATE), Upload.of(NINE))));
    assertFalse(node.requests.toString().contains("PUT"), node.requests.toString());
  }

  @Test
  void wrongBytesNeverReachIt() {
    Checksum wrong = new Checksum(Checksum.Algorithm.CRC32C, "00000000");
    PutOptions checked = STAMPED.withChecksums(List.of(wrong));
    awaitFailure(ErrorCode.CHECKSUM_MISMATCH, store.put(X, checked, Upload.of(NINE)));
    assertTrue(node.requests.isEmpty());
    Checksum right = new Checksum(Checksum.Algorithm.MD5, "25f9e794323b453885f5181f1b624d0b");
    await(store.put(X, STAMPED.withChecksums(List.of(right)), Upload.of(NINE)));
  }

  @Test
  void nothingIsDeletedAndNoTokenIsShown() {
    node.photos.put("my%20cat.png", NINE);
    awaitFailure(ErrorCode.METHOD_NOT_ALLOWED, store.delete(X, DeleteOptions.at(LATE)));
    assertTrue(node.requests.isEmpty());
  }

  @Test
  void memoryIsBounded() {
    PhotoStore small = store(20);
    node.photos.put("my%20cat.png", NINE);
    var first = small.put(X, STAMPED, Upload.of(NINE));
    awaitFailure(ErrorCode.OVERLOADED, small.put(X, STAMPED, Upload.of(NINE)));
    await(first);
    assertEquals(9, await(small.stat(X, Trace.NONE)).size());
    awaitFailure(
        ErrorCode.TOO_LARGE, small.put(X, STAMPED, new Upload(1L << 40, Upload.of(NINE).stream())));
  }
}
