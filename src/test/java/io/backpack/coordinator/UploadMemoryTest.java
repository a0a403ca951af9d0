package io.backpack.coordinator;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Upload;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UploadMemoryTest {
  private static final int UPLOADS = 10_000;
  private static final int CHUNK = 16 << 10;
  private static final int CHUNKS = 2;
  private static final long BUDGET = 4 << 20;

  private Harness harness;

  @AfterEach
  void close() {
    harness.close();
  }

  private Future<StoredPhoto> upload(String name, long length, SlowStream stream) {
    return harness
        .store()
        .put(PhotoAddress.of(PhotoName.of(name)), PutOptions.DEFAULT, new Upload(length, stream));
  }

  @Test
  void tenThousandSlowUploadsHoldNoMoreThanTheBudget() {
    harness =
        new Harness()
            .shard("1", "a", "b")
            .start(Harness.settings(2, true, 64 << 10, BUDGET, Duration.ofSeconds(60)));
    Promise<Void> gate = Promise.promise();
    for (FakeNode node : harness.nodes.values()) {
      node.onPut = FakeNode.Puts.DISCARD;
      node.gate = gate.future();
    }
    AtomicLong inMemory = new AtomicLong();
    AtomicLong most = new AtomicLong();
    long before = heap();
    List<Future<StoredPhoto>> answers = new ArrayList<>();
    for (int i = 0; i < UPLOADS; i++) {
      SlowStream stream =
          new SlowStream(harness.vertx, CHUNKS, CHUNK)
              .onChunk(() -> most.accumulateAndGet(inMemory.addAndGet(CHUNK), Math::max));
      answers.add(
          upload("photo-" + i, (long) CHUNK * CHUNKS, stream)
              .onSuccess(stored -> inMemory.addAndGet(-CHUNK * CHUNKS)));
    }
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .until(
            () ->
                harness.coordinator().uploadsWaiting() == UPLOADS - BUDGET / (CHUNK * CHUNKS)
                    && inMemory.get() == BUDGET);
    long grown = heap() - before;
    assertTrue(grown < UPLOADS * (8L << 10), "the heap grew by " + grown);
    gate.complete();
    await(Future.join(answers));
    assertTrue(most.get() <= BUDGET, "bytes in memory " + most);
    assertEquals(0, harness.coordinator().uploadMemoryUsed());
    assertEquals(UPLOADS, harness.coordinator().stats().uploads().count());
  }

  private static long heap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Test
  void waitingForMemoryHasAnEnd() {
    harness =
        new Harness()
            .shard("1", "a")
            .start(Harness.settings(1, false, CHUNK, CHUNK, Harness.TIMEOUT));
    SlowStream silent = new SlowStream(harness.vertx, 0, 1);
    silent.neverSend();
    Future<StoredPhoto> first = upload("first", CHUNK, silent);
    awaitFailure(ErrorCode.OVERLOADED, upload("second", 1, new SlowStream(harness.vertx, 1, 1)));
    assertEquals(0, harness.coordinator().uploadsWaiting());
    silent.breakNow();
    awaitFailure(ErrorCode.INCOMPLETE_BODY, first);
    await(upload("second", 1, new SlowStream(harness.vertx, 1, 1)));
  }

  @Test
  void aClientThatGoesAwayLeavesTheLine() {
    harness =
        new Harness()
            .shard("1", "a")
            .start(Harness.settings(1, false, CHUNK, CHUNK, Duration.ofSeconds(60)));
    SlowStream silent = new SlowStream(harness.vertx, 0, 1);
    silent.neverSend();
    Future<StoredPhoto> first = upload("first", CHUNK, silent);
    SlowStream impatient = new SlowStream(harness.vertx, 1, 1);
    Future<StoredPhoto> second = upload("second", 1, impatient);
    Awaitility.await().until(() -> harness.coordinator().uploadsWaiting() == 1);
    impatient.breakNow();
    awaitFailure(ErrorCode.INCOMPLETE_BODY, second);
    assertEquals(0, harness.coordinator().uploadsWaiting());
    silent.breakNow();
    awaitFailure(ErrorCode.INCOMPLETE_BODY, first);
    assertEquals(0, harness.coordinator().uploadMemoryUsed());
  }
}
