package io.backpack.storage;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import io.backpack.api.PutOptions;
import io.backpack.api.RangeRequest;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.testing.Pictures;
import io.backpack.testing.TestRedis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is particular to a node: its disk, its Redis, and the rules where both meet. */
class LocalPhotoStoreTest {
  @TempDir Path directory;
  private Vertx vertx;
  private TestRedis redis;
  private TestNode node;
  private LocalPhotoStore store;

  @BeforeEach
  void start() throws IOException {
    vertx = Vertx.vertx();
    redis = TestRedis.start(Files.createDirectory(directory.resolve("redis")));
    node = TestNode.start(vertx, TestNode.settings(volumes(), redis)).ready();
    store = node.store();
  }

  @AfterEach
  void stop() {
    node.close();
    redis.close();
    await(vertx.close());
  }

  private Path volumes() {
    return directory.resolve("volumes");
  }

  @Test
  void keepsPhotosOverARestart() {
    byte[] bytes = Pictures.noise(new Random(1), 100_000);
    StoredPhoto stored = await(put("a.jpg", bytes));
    await(put("b.jpg", new byte[] {1}));
    await(delete("b.jpg"));
    node.stop();
    node.start();
    store = node.ready().store();
    Photo photo = await(get("a.jpg"));
    assertArrayEquals(bytes, await(photo.bytes()).getBytes());
    assertEquals(stored.info(), photo.info());
    awaitFailure(ErrorCode.DELETED, get("b.jpg"));
  }

  @Test
  void streamsLargePhotosAndTheirRanges() {
    byte[] bytes = Pictures.noise(new Random(2), 20 << 20);
    await(put("large", bytes));
    Photo whole = await(get("large"));
    assertTrue(whole.buffered().isEmpty());
    assertArrayEquals(bytes, await(whole.bytes()).getBytes());
    for (long[] part :
        new long[][] {{0, 0}, {65_535, 65_537}, {300_000, 9_999_999}, {-1, 70_000}}) {
      GetOptions options =
          new GetOptions(Optional.of(new RangeRequest(part[0], part[1])), Trace.NONE);
      Photo photo = await(store.get(address("large"), options));
      ByteRange range = photo.range();
      assertArrayEquals(
          Arrays.copyOfRange(bytes, (int) range.offset(), (int) range.end()),
          await(photo.bytes()).getBytes());
    }
  }

  @Test
  void ofConcurrentUploadsOfOneNameOneIsStored() {
    List<Future<StoredPhoto>> uploads = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      uploads.add(put("contended", new byte[] {(byte) i}));
    }
    await(Future.join(uploads).otherwiseEmpty());
    assertEquals(1, uploads.stream().filter(Future::succeeded).count());
    for (Future<StoredPhoto> upload : uploads) {
      if (upload.failed()) {
        assertEquals(ErrorCode.EXISTS, BackpackException.of(upload.cause()).code());
      }
    }
    byte stored = await(await(get("contended")).bytes()).getByte(0);
    assertTrue(uploads.get(stored).succeeded());
  }

  @Test
  void refusesWhatTheClientDidNotMean() {
    Checksum wrong = Checksum.of(Checksum.Algorithm.MD5, new byte[16]);
    PutOptions options = PutOptions.DEFAULT.withChecksums(List.of(wrong));
    Upload upload = Upload.of(Buffer.buffer("bytes"));
    awaitFailure(ErrorCode.CHECKSUM_MISMATCH, store.put(address("x"), options, upload));
    awaitFailure(ErrorCode.EMPTY_BODY, put("x", new byte[0]));
    Upload shorter = new Upload(9, Upload.of(Buffer.buffer("bytes")).stream());
    awaitFailure(ErrorCode.INCOMPLETE_BODY, store.put(address("x"), PutOptions.DEFAULT, shorter));
    Upload longer = new Upload(3, Upload.of(Buffer.buffer("bytes")).stream());
    awaitFailure(ErrorCode.TOO_LARGE, store.put(address("x"), PutOptions.DEFAULT, longer));
    awaitFailure(
        ErrorCode.VERSION_AHEAD,
        store.delete(address("x"), DeleteOptions.at(new Version(Long.MAX_VALUE))));
    awaitFailure(ErrorCode.NOT_FOUND, get("x"));
    assertEquals(0, store.uploadMemoryUsed());
  }

  @Test
  void neverSaysNotFoundWhileRedisIsAway() {
    await(put("kept", new byte[] {1}));
    await(put("gone", new byte[] {2}));
    await(delete("gone"));
    redis.kill();
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, get("unknown"));
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, put("new", new byte[] {3}));
    redis.start();
    node.ready();
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .ignoreException(BackpackException.class)
        .until(() -> await(await(get("kept")).bytes()).getByte(0) == 1);
    awaitFailure(ErrorCode.NOT_FOUND, get("unknown"));
    awaitFailure(ErrorCode.DELETED, get("gone"));
    await(put("new", new byte[] {3}));
  }

  @Test
  void reportsDamageAndTakesTheSameBytesAsRepair() throws IOException {
    byte[] bytes = Pictures.noise(new Random(3), 200_000);
    StoredPhoto stored = await(put("damaged", bytes));
    await(put("neighbour", new byte[] {4}));
    flipAByteOf(bytes);
    awaitFailure(ErrorCode.DAMAGED, get("damaged"));
    assertEquals(1, await(await(get("neighbour")).bytes()).length());
    awaitFailure(ErrorCode.EXISTS, put("damaged", new byte[] {5}));

    StoredPhoto repaired = await(put("damaged", bytes));
    assertEquals(stored.info(), repaired.info());
    assertArrayEquals(bytes, await(await(get("damaged")).bytes()).getBytes());
    assertTrue(await(put("damaged", bytes)).unchanged());
  }

  /** Damages the stored photo in its middle, in whatever volume it is. */
  private void flipAByteOf(byte[] bytes) throws IOException {
    byte[] sample = Arrays.copyOfRange(bytes, 100_000, 100_064);
    try (var files = Files.list(volumes())) {
      for (Path file :
          files.filter(f -> f.getFileName().toString().matches("data_\\d+")).toList()) {
        ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(file));
        for (int i = 0; i + sample.length <= content.limit(); i++) {
          if (content.slice(i, sample.length).equals(ByteBuffer.wrap(sample))) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
              channel.write(ByteBuffer.wrap(new byte[] {(byte) ~sample[0]}), i);
            }
            return;
          }
        }
      }
    }
    throw new AssertionError("the photo is in no volume");
  }

  @Test
  void copiesAreOrderedByTheirVersion() {
    PhotoInfo first = await(put("copied", new byte[] {1})).info();
    Version older = new Version(first.version().bits() - (1 << 22));
    Version newer = new Version(first.version().bits() + (1 << 22));
    awaitFailure(ErrorCode.OLDER_VERSION, replica("copied", new byte[] {2}, older));
    assertTrue(await(replica("copied", new byte[] {1}, first.version())).unchanged());
    assertFalse(await(replica("copied", new byte[] {3}, newer)).unchanged());
    assertEquals(newer, await(get("copied")).info().version());
    awaitFailure(
        ErrorCode.OLDER_VERSION,
        store.delete(address("copied"), DeleteOptions.at(first.version())));
    Version last = new Version(newer.bits() + (1 << 22));
    assertEquals(last, await(store.delete(address("copied"), DeleteOptions.at(last))).version());
    assertEquals(last, await(store.delete(address("copied"), DeleteOptions.at(last))).version());
    assertEquals(last, awaitFailure(ErrorCode.DELETED, get("copied")).version().orElseThrow());
    assertTrue(await(put("copied", new byte[] {9})).info().version().isAfter(last));
  }

  @Test
  void anUploadOverATombstoneSaysWhich() {
    assertEquals(Optional.empty(), await(put("used", new byte[] {1})).replaced());
    await(delete("used"));
    Version deleted = awaitFailure(ErrorCode.DELETED, get("used")).version().orElseThrow();
    StoredPhoto again = await(put("used", new byte[] {2}));
    assertEquals(Optional.of(deleted), again.replaced());
    assertEquals(Optional.empty(), await(put("used", new byte[] {2})).replaced());
    Version newer = new Version(again.info().version().bits() + (1 << 22));
    assertEquals(Optional.empty(), await(replica("used", new byte[] {3}, newer)).replaced());
    Version buried = new Version(newer.bits() + 1);
    await(store.delete(address("used"), DeleteOptions.at(buried)));
    Version last = new Version(buried.bits() + 1);
    assertEquals(Optional.of(buried), await(replica("used", new byte[] {4}, last)).replaced());
  }

  @Test
  void writesTombstonesForUnknownNames() {
    Version version = new Version(await(put("other", new byte[] {1})).info().version().bits() + 1);
    awaitFailure(ErrorCode.NOT_FOUND, delete("never"));
    await(store.delete(address("never"), DeleteOptions.at(version)));
    awaitFailure(ErrorCode.DELETED, get("never"));
    awaitFailure(
        ErrorCode.OLDER_VERSION, replica("never", new byte[] {1}, new Version(version.bits() - 1)));
  }

  @Test
  void aFullDiskRefusesPhotosAndTakesDeletes() {
    await(put("stored", new byte[] {1}));
    node.stop();
    StorageSettings small = TestNode.settings(volumes(), redis);
    StorageSettings full =
        new StorageSettings(
            small.nodeId(),
            small.http(),
            small.dirs(),
            small.redis(),
            small.redisTimeout(),
            small.volumeSize(),
            Long.MAX_VALUE / 2,
            small.sync(),
            small.overwrite(),
            small.uploadMemory(),
            small.readThreads(),
            small.locationCache(),
            small.nameFilter(),
            small.photoCache(),
            small.maxVersionAhead(),
            small.maintenance());
    node = TestNode.start(vertx, full).ready();
    store = node.store();
    assertEquals("full", node.state());
    awaitFailure(ErrorCode.NO_SPACE, put("more", new byte[] {2}));
    assertEquals(1, await(await(get("stored")).bytes()).length());
    await(delete("stored"));
    awaitFailure(ErrorCode.DELETED, get("stored"));
  }

  private Future<StoredPhoto> put(String name, byte[] bytes) {
    return store.put(address(name), PutOptions.DEFAULT, Upload.of(Buffer.buffer(bytes)));
  }

  private Future<StoredPhoto> replica(String name, byte[] bytes, Version version) {
    return store.put(
        address(name), PutOptions.DEFAULT.asReplica(version), Upload.of(Buffer.buffer(bytes)));
  }

  private Future<Photo> get(String name) {
    return store.get(address(name), GetOptions.DEFAULT);
  }

  private Future<?> delete(String name) {
    return store.delete(address(name), DeleteOptions.DEFAULT);
  }

  private static PhotoAddress address(String name) {
    return PhotoAddress.of(PhotoName.of(name));
  }
}
