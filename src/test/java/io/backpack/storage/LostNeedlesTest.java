package io.backpack.storage;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.testing.Pictures;
import io.backpack.testing.TestRedis;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node says when index logs and Redis are gone and a part of a volume as well. */
class LostNeedlesTest {
  private static final int PHOTOS = 12;
  private static final int SIZE = 5000;

  @TempDir Path directory;
  private Vertx vertx;
  private TestRedis redis;
  private TestNode node;

  @BeforeEach
  void start() throws IOException {
    vertx = Vertx.vertx();
    redis = TestRedis.start(Files.createDirectory(directory.resolve("redis")));
    node = TestNode.start(vertx, TestNode.settings(directory.resolve("volumes"), redis)).ready();
    for (int i = 0; i < PHOTOS; i++) {
      put("p" + i);
    }
    node.stop();
  }

  @AfterEach
  void stop() {
    node.close();
    redis.close();
    await(vertx.close());
  }

  private void put(String name) {
    Upload upload = Upload.of(Buffer.buffer(Pictures.noise(new Random(1), SIZE)));
    await(node.store().put(address(name), PutOptions.DEFAULT, upload));
  }

  private static PhotoAddress address(String name) {
    return PhotoAddress.of(PhotoName.of(name));
  }

  private void refused(ErrorCode code, String name) {
    awaitFailure(code, node.store().get(address(name), GetOptions.DEFAULT));
  }

  private List<Path> files(String suffix) throws IOException {
    try (Stream<Path> all = Files.list(directory.resolve("volumes"))) {
      return all.filter(each -> each.getFileName().toString().matches("data_\\d+" + suffix))
          .toList();
    }
  }

  private void loseIndexAndLogs() throws IOException {
    redis.kill();
    try (Stream<Path> all = Files.walk(redis.directory())) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
    redis.start();
    for (Path log : files("\\.meta")) {
      Files.delete(log);
    }
  }

  private void again() {
    node.start();
    node.ready();
  }

  private static void write(Path volume, ByteBuffer bytes) throws IOException {
    try (FileChannel file = FileChannel.open(volume, StandardOpenOption.WRITE)) {
      file.write(bytes, SIZE);
    }
  }

  @Test
  void aNameThatMayHaveBeenLostIsMissingAndNotUnknown() throws IOException {
    loseIndexAndLogs();
    Path volume = files("").get(0);
    byte[] whole = Files.readAllBytes(volume);
    write(volume, ByteBuffer.allocate(2 * SIZE));
    again();
    refused(ErrorCode.MISSING, "p1");
    refused(ErrorCode.MISSING, "never");
    awaitFailure(ErrorCode.MISSING, node.store().stat(address("never"), Trace.NONE));
    awaitFailure(ErrorCode.MISSING, node.store().delete(address("never"), DeleteOptions.DEFAULT));
    assertEquals(SIZE, await(node.store().stat(address("p11"), Trace.NONE)).size());
    put("new");
    node.stop();

    write(volume, ByteBuffer.wrap(whole, SIZE, 2 * SIZE));
    again();
    for (int i = 0; i < PHOTOS; i++) {
      // Read rather than asked for: what is remembered as damaged is taken back when it verifies.
      assertEquals(
          SIZE, await(node.store().get(address("p" + i), GetOptions.DEFAULT)).info().size());
    }
    refused(ErrorCode.NOT_FOUND, "never");
    assertEquals(SIZE, await(node.store().stat(address("new"), Trace.NONE)).size());
  }

  @Test
  void aLostVolumeIsReplayedWhenItIsBroughtBack() throws IOException {
    loseIndexAndLogs();
    Path volume = files("").get(0);
    Path away = directory.resolve("away");
    Files.move(volume, away);
    again();
    refused(ErrorCode.MISSING, "p3");
    node.stop();
    Files.move(away, volume);
    again();
    assertEquals(SIZE, await(node.store().stat(address("p3"), Trace.NONE)).size());
    refused(ErrorCode.NOT_FOUND, "never");
  }
}
