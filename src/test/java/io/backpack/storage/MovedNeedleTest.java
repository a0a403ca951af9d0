package io.backpack.storage;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ByteRange;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.Streams;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.redis.RedisLink;
import io.backpack.redis.RedisLinkSettings;
import io.backpack.testing.Pictures;
import io.backpack.testing.TestRedis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A needle that is moved to another volume between the look-up and the read is found there. */
class MovedNeedleTest {
  private static final int LARGE = 1_300_000;
  private static final int VOLUME_AT = 9;
  private static final int GONE = 0x01ffff00;
  private static final String BUCKET = "bp:{n1}:b0";

  @TempDir Path directory;
  private Vertx vertx;
  private TestRedis redis;
  private TestNode node;
  private RedisLink link;

  @BeforeEach
  void start() throws IOException {
    vertx = Vertx.vertx();
    redis = TestRedis.start(Files.createDirectory(directory.resolve("redis")));
    node = TestNode.start(vertx, TestNode.settings(directory.resolve("volumes"), redis)).ready();
    link = RedisLink.create(vertx, new RedisLinkSettings(redis.uri(), Duration.ofSeconds(5), 100));
    await(link.firstAttempt());
  }

  @AfterEach
  void stop() {
    await(link.close());
    node.close();
    redis.close();
    await(vertx.close());
  }

  private static PhotoAddress address(String name) {
    return PhotoAddress.of(PhotoName.of(name));
  }

  private Upload upload(String name) {
    int size = name.startsWith("large") ? LARGE : 500;
    return Upload.of(Buffer.buffer(Pictures.noise(new Random(size), size)));
  }

  private byte[] read(String name) {
    return await(node.store().get(address(name), GetOptions.DEFAULT).compose(Photo::bytes))
        .getBytes();
  }

  /** Fields and values of the one bucket, in turn. */
  private List<byte[]> entries() {
    List<byte[]> entries = new ArrayList<>();
    for (Response each : await(link.send(Request.cmd(Command.HVALS).arg(BUCKET)))) {
      entries.add(each.toBytes());
    }
    int i = 0;
    for (Response each : await(link.send(Request.cmd(Command.HKEYS).arg(BUCKET)))) {
      entries.add(2 * i++, each.toBytes());
    }
    return entries;
  }

  private void write(List<byte[]> entries) {
    Request set = Request.cmd(Command.HSET).arg(BUCKET);
    entries.forEach(set::arg);
    await(link.send(set));
  }

  @Test
  void whoFindsAVolumeGoneLooksUpAgainPastTheCache() {
    List<String> names = List.of("small", "large", "stat", "large stat", "put", "large put");
    for (String name : names) {
      await(node.store().put(address(name), PutOptions.DEFAULT, upload(name)));
    }
    List<byte[]> right = entries();
    List<byte[]> wrong = new ArrayList<>();
    for (int i = 0; i < right.size(); i++) {
      wrong.add(right.get(i).clone());
      if (i % 2 == 1) {
        ByteBuffer.wrap(wrong.get(i)).putInt(VOLUME_AT, GONE);
      }
    }
    node.stop();
    node.start();
    node.ready();
    write(wrong);
    for (String name : names) {
      // The cache learns the place in the volume that is gone.
      awaitFailure(ErrorCode.MISSING, node.store().get(address(name), GetOptions.DEFAULT));
      awaitFailure(ErrorCode.MISSING, node.store().stat(address(name), Trace.NONE));
    }
    write(right);
    for (String name : List.of("small", "large")) {
      assertArrayEquals(
          await(Streams.collect(upload(name).stream(), LARGE)).getBytes(), read(name));
    }
    for (String name : List.of("stat", "large stat")) {
      await(node.store().stat(address(name), Trace.NONE));
    }
    for (String name : List.of("put", "large put")) {
      assertTrue(
          await(node.store().put(address(name), PutOptions.DEFAULT, upload(name))).unchanged());
    }
  }

  @Test
  void aPhotoThatIsMovedBetweenTwoPiecesGoesOn() {
    byte[] bytes = Pictures.noise(new Random(3), LARGE);
    try (DiskReads reads = new DiskReads(vertx, "moving", 1)) {
      MovingPieces<Integer> pieces =
          new MovingPieces<>(
              reads,
              source(bytes, 0, 600_000),
              (place, failure) -> BackpackException.of(failure).code() == ErrorCode.MISSING,
              () -> Future.succeededFuture(source(bytes, 1, LARGE)));
      NeedleStream stream =
          new NeedleStream(vertx.getOrCreateContext(), pieces, ByteRange.all(LARGE));
      assertArrayEquals(bytes, await(Streams.collect(stream, LARGE)).getBytes());
    }
  }

  @Test
  void aPhotoThatIsNowhereBreaksOff() {
    byte[] bytes = Pictures.noise(new Random(3), LARGE);
    int[] asked = {0};
    try (DiskReads reads = new DiskReads(vertx, "moving", 1)) {
      MovingPieces<Integer> pieces =
          new MovingPieces<>(
              reads,
              source(bytes, 0, 600_000),
              (place, failure) -> true,
              () -> {
                asked[0]++;
                return Future.succeededFuture(source(bytes, asked[0], 600_000));
              });
      NeedleStream stream =
          new NeedleStream(vertx.getOrCreateContext(), pieces, ByteRange.all(LARGE));
      awaitFailure(ErrorCode.MISSING, Streams.collect(stream, LARGE));
      assertEquals(CurrentNeedles.TRIES, asked[0]);
    }
  }

  /** Has the bytes up to an offset. */
  private static MovingPieces.Source<Integer> source(byte[] bytes, int place, long until) {
    return new MovingPieces.Source<>(
        place,
        (offset, length) -> {
          if (offset + length > until) {
            throw new BackpackException(ErrorCode.MISSING, "gone from " + place);
          }
          return ByteBuffer.wrap(bytes, (int) offset, length).slice();
        });
  }
}
