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
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.http.HttpSettings;
import io.backpack.http.HttpStoreFactory;
import io.backpack.http.HttpStoreSettings;
import io.backpack.http.PhotoServer;
import io.backpack.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A node that takes requests and does not answer, as one whose process is stopped. That nobody
 * waits for it shows in that it is not asked: each request to it would wait for the timeout.
 */
class HungNodeTest {
  /** Long enough that what follows a timeout is over before the next one. */
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  /** Nothing is over before the test is. */
  private static final Duration LONG = Duration.ofSeconds(20);

  /** For how long those wait who are not the one that finds out. */
  private static final Duration PATIENCE = Duration.ofMillis(500);

  private static final int MANY = 20;

  private final Harness harness = new Harness();
  private final Map<String, Integer> ports = new HashMap<>();
  private final Promise<Void> continued = Promise.promise();
  private int number;

  @AfterEach
  void close() {
    harness.close();
  }

  private FakeNode start(boolean strict) {
    return start(strict, TIMEOUT);
  }

  private FakeNode start(boolean strict, Duration timeout) {
    harness.start(Harness.settings(2, strict, 64 << 10, 8 << 20, timeout));
    return harness.node("b");
  }

  /** Lets a read fail late enough for the node to be taken for one that hangs; returns when. */
  private long hangs(FakeNode node) {
    Promise<Void> broken = Promise.promise();
    node.readGate = broken.future();
    int before = node.reads.get();
    Future<Photo> read = harness.store().get(Harness.at("1", "unknown.jpg"), GetOptions.DEFAULT);
    Awaitility.await().until(() -> node.reads.get() > before);
    pass(PATIENCE.plusMillis(100));
    broken.fail(new BackpackException(ErrorCode.UNAVAILABLE, "late"));
    awaitFailure(ErrorCode.UNAVAILABLE, read);
    return System.nanoTime();
  }

  private static void pass(Duration time) {
    passSince(System.nanoTime(), time);
  }

  private static void passSince(long begun, Duration time) {
    Awaitility.await().until(() -> System.nanoTime() - begun > time.toNanos());
  }

  private void stop(FakeNode node) {
    node.gate = continued.future();
  }

  /** What it was sent is answered now. */
  private void goOn(FakeNode node) {
    node.gate = Future.succeededFuture();
    continued.complete();
  }

  /** An upload of a new name that belongs into this shard. */
  private Future<StoredPhoto> put(String shard) {
    PhotoName name = nameFor(shard);
    return harness.put(PhotoAddress.of(name), Buffer.buffer("photo " + name));
  }

  private PhotoName nameFor(String shard) {
    ShardChooser chooser = new ShardChooser(1, System::nanoTime, full -> {});
    while (true) {
      PhotoName name = PhotoName.of("new-" + number++);
      if (chooser.order(name, harness.cluster.current()).get(0).id().equals(shard)) {
        return name;
      }
    }
  }

  private void assertManyGoTo(String shard, String named) {
    List<Future<StoredPhoto>> puts = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      puts.add(put(named));
    }
    for (Future<StoredPhoto> each : puts) {
      assertEquals(shard, await(each).shard());
    }
  }

  @Test
  void oneUploadWaitsAndTheOthersOfTheShardAreDegradedAtOnce() {
    harness.shard("1", "a", "b");
    FakeNode b = start(false);
    stop(b);
    long started = System.nanoTime();
    await(put("1"));
    assertTrue(System.nanoTime() - started >= TIMEOUT.toNanos());
    assertEquals(1, harness.coordinator().stats().degradedUploads());

    await(put("1"));
    assertEquals(2, b.puts.get(), "one sees whether it still hangs, and is answered before");
    assertManyGoTo("1", "1");
    assertTrue(b.puts.get() <= 3, "asked " + b.puts.get() + " times");
    assertEquals(Set.of("b"), harness.queue.targets(false));
    assertEquals(2 + MANY, harness.queue.tasks.size());

    goOn(b);
    Awaitility.await("it is taken back without a further upload")
        .untilAsserted(
            () -> {
              long degraded = harness.coordinator().stats().degradedUploads();
              await(put("1"));
              assertEquals(degraded, harness.coordinator().stats().degradedUploads());
            });
  }

  @Test
  void strictUploadsGoToAnotherShardAndComeBack() {
    harness.shard("1", "a", "b").shard("2", "c", "d");
    FakeNode b = start(true);
    stop(b);
    assertEquals("2", await(put("1")).shard(), "after the timeout");
    assertManyGoTo("2", "1");
    assertManyGoTo("2", "2");
    assertTrue(b.puts.get() <= 2, "asked " + b.puts.get() + " times");
    goOn(b);
    Awaitility.await().until(() -> await(put("1")).shard().equals("1"));
    assertManyGoTo("1", "1");
  }

  @Test
  void whoNeedsItWaitsForIt() {
    harness.shard("1", "a", "b");
    FakeNode b = start(true);
    stop(b);
    awaitFailure(ErrorCode.NO_SHARD_AVAILABLE, put("1"));
    List<Future<StoredPhoto>> puts = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      puts.add(put("1"));
    }
    Awaitility.await().until(() -> b.puts.get() == 1 + MANY);
    goOn(b);
    puts.forEach(each -> await(each));
    assertTrue(harness.queue.tasks.isEmpty());
  }

  @Test
  void anUploadWhoseOtherNodeFailsFindsTheOneThatWasPassedOver() {
    harness.shard("1", "a", "b");
    FakeNode b = start(false);
    stop(b);
    await(put("1"));
    await(put("1"));
    assertEquals(2, b.puts.get(), "asked, and silent");
    b.gate = Future.succeededFuture();
    harness.node("a").down(ErrorCode.UNAVAILABLE);
    harness.queue.tasks.clear();
    StoredPhoto stored = await(put("1"));
    assertTrue(b.stored(stored.info().name()).isPresent());
    assertEquals(Set.of("a"), harness.queue.targets(false));
  }

  @Test
  void streamedUploadsFindItBackToo() {
    harness.shard("1", "a", "b");
    FakeNode b = start(false);
    stop(b);
    await(stream());
    assertEquals(1, harness.coordinator().stats().degradedUploads());
    goOn(b);
    Awaitility.await()
        .untilAsserted(
            () -> {
              long degraded = harness.coordinator().stats().degradedUploads();
              await(stream());
              assertEquals(degraded, harness.coordinator().stats().degradedUploads());
            });
  }

  private Future<StoredPhoto> stream() {
    int chunks = 4;
    SlowStream large = new SlowStream(harness.vertx, chunks, 1 << 16);
    PhotoAddress address = PhotoAddress.of(nameFor("1"));
    return harness.store().put(address, PutOptions.DEFAULT, new Upload((long) chunks << 16, large));
  }

  @Test
  void aDeleteAsksIt() {
    harness.shard("1", "a", "b");
    FakeNode b = start(false);
    StoredPhoto stored = await(put("1"));
    stop(b);
    await(put("1"));
    await(harness.store().delete(stored.address(), DeleteOptions.DEFAULT));
    assertTrue(b.tombstone(stored.info().name()).isPresent(), "only its uploads hang");
    b.hangDeletes = true;
    b.hangReads = true;
    await(harness.store().delete(await(put("1")).address(), DeleteOptions.DEFAULT));
    assertEquals(Set.of("b"), harness.queue.targets(true));
  }

  @Test
  void aRepeatedUploadIsWrittenAboveADeleteThatOnlyItMayHave() {
    harness.shard("1", "a", "b");
    FakeNode b = start(false);
    PhotoAddress address = PhotoAddress.of(PhotoName.of("cat.jpg"));
    StoredPhoto first = await(harness.put(address, Buffer.buffer("meow")));
    stop(b);
    await(put("1"));
    await(put("1"));
    StoredPhoto again = await(harness.put(address, Buffer.buffer("meow")));
    assertFalse(again.unchanged());
    assertTrue(again.info().version().isAfter(first.info().version()));
  }

  @Test
  void readsGoOnWithTheOthersAndFindItBack() {
    harness.shard("1", "a", "b");
    FakeNode b = start(false);
    PhotoAddress address = await(put("1")).address();
    harness.first("b");
    b.hangReads = true;
    await(harness.store().get(address, GetOptions.DEFAULT));
    int asked = b.reads.get();
    for (int i = 0; i < MANY; i++) {
      await(harness.store().get(address, GetOptions.DEFAULT));
    }
    assertTrue(b.reads.get() <= asked + 1);
    b.hangReads = false;
    Awaitility.await()
        .untilAsserted(
            () -> {
              int before = harness.node("a").reads.get();
              await(harness.store().get(address, GetOptions.DEFAULT));
              assertEquals(before, harness.node("a").reads.get(), "it is the first one again");
            });
  }

  /** What nobody but the node that hangs may have. */
  @Test
  void oneReadAtATimeWaitsForItWhenTheOthersDoNotKnow() {
    harness.shard("1", "a", "b");
    FakeNode b = start(false, LONG);
    hangs(b);
    Promise<Void> open = Promise.promise();
    b.readGate = open.future();
    PhotoAddress unknown = Harness.at("1", "unknown.jpg");
    Future<Photo> waits = harness.store().get(unknown, GetOptions.DEFAULT);
    awaitFailure(ErrorCode.UNAVAILABLE, harness.store().get(unknown, GetOptions.DEFAULT));
    assertFalse(waits.isComplete(), "it waits as long as for any other node");
    open.complete();
    awaitFailure(ErrorCode.NOT_FOUND, waits);
  }

  /** When the node is due to be asked, the read that does so needs what it says. */
  @Test
  void theReadThatSeesWhetherItStillHangsTakesItsAnswer() {
    harness.shard("1", "a", "b");
    FakeNode b = start(false, LONG);
    PhotoName cat = PhotoName.of("cat.jpg");
    await(
        b.disk.put(
            PhotoAddress.of(cat),
            PutOptions.DEFAULT.withVersion(new Version(1 << 20)),
            Upload.of(Buffer.buffer("meow"))));
    passSince(hangs(b), Duration.ofMillis(1100));
    Promise<Void> open = Promise.promise();
    b.readGate = open.future();
    int asked = b.reads.get();
    Future<Photo> read = harness.store().get(new PhotoAddress("1", cat), GetOptions.DEFAULT);
    pass(PATIENCE.plusMillis(300));
    assertFalse(read.isComplete());
    assertEquals(asked + 1, b.reads.get(), "once");
    open.complete();
    assertEquals("meow", await(read.compose(Photo::bytes)).toString());
  }

  /** Over real connections, with uploads that share requests. */
  @Test
  void aServerThatIsSilentHoldsNobodyOfTheOtherShard() {
    // All uploads to the other shard are over before it.
    Duration timeout = Duration.ofSeconds(4);
    HttpStoreFactory stores =
        HttpStoreFactory.of(
            harness.vertx, new HttpStoreSettings(timeout, timeout, 4, 64, "").withBatches());
    harness.connect = server -> stores.store("http://127.0.0.1:" + ports.get(server.id()));
    harness.shard("1", "a", "b").shard("2", "c", "d");
    FakeNode b = start(false, timeout);
    List<PhotoServer> servers = harness.nodes.keySet().stream().map(this::serve).toList();
    stop(b);
    List<Future<StoredPhoto>> held = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      held.add(put("1"));
    }
    Awaitility.await().until(() -> b.puts.get() > 0);
    assertManyGoTo("2", "2");
    assertTrue(held.stream().noneMatch(Future::isComplete));
    held.forEach(each -> assertEquals("2", await(each).shard()));
    assertManyGoTo("2", "1");
    // Those that shared a request with one that waited may have come to the node only now, and now
    // and then one sees whether it still hangs.
    assertTrue(b.puts.get() < 2 * MANY, "asked " + b.puts.get() + " times");
    goOn(b);
    Awaitility.await().until(() -> await(put("1")).shard().equals("1"));
    await(stores.close());
    servers.forEach(server -> await(server.close()));
  }

  private PhotoServer serve(String id) {
    PhotoServer server =
        PhotoServer.create(
            harness.vertx,
            PhotoServer.Kind.NODE,
            HttpSettings.DEFAULT.withPort(0),
            harness.node(id),
            harness.coordinator().status(),
            Metrics.create("storage", id));
    ports.put(id, await(server.listen()));
    return server;
  }
}
