package io.backpack.storage;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.Held;
import io.backpack.api.HeldSums;
import io.backpack.api.Lost;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.Upload;
import io.backpack.index.HeldIndex;
import io.backpack.index.IndexEntry;
import io.backpack.index.RedisIndex;
import io.backpack.testing.Pictures;
import io.backpack.testing.TestRedis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is lost with a directory, where it is more than is kept in mind and where it is not. */
class LostEntriesTest {
  private static final int PHOTOS = 60;
  private static final int REMEMBERED = 5;

  @TempDir Path directory;
  private Vertx vertx;
  private TestRedis redis;
  private OfflineNode node;
  private DiskReads reads;
  private HeldIndex index;

  @BeforeEach
  void start() throws IOException {
    vertx = Vertx.vertx();
    redis = TestRedis.start(Files.createDirectory(directory.resolve("redis")));
    Path one = directory.resolve("1");
    Path two = directory.resolve("2");
    try (TestNode filled =
        TestNode.start(vertx, TestNode.settings(List.of(one, two), redis)).ready()) {
      for (int i = 0; i < PHOTOS; i++) {
        PhotoAddress address = PhotoAddress.of(PhotoName.of("p" + i));
        Buffer bytes = Buffer.buffer(Pictures.noise(new Random(i), 3000));
        await(filled.store().put(address, PutOptions.DEFAULT, Upload.of(bytes)));
      }
    }
    Directories.delete(two);
    Files.createFile(one.resolve("backpack.removed-2"));
    node =
        await(
            OfflineNode.open(
                vertx,
                TestNode.settings(one, redis),
                (id, cookie) -> Future.succeededFuture(7),
                false));
    await(node.ready());
    index = ((RedisIndex) node.index()).held();
    reads = new DiskReads(vertx, "n1", 2);
  }

  @AfterEach
  void stop() {
    reads.close();
    await(node.close());
    redis.close();
    await(vertx.close());
  }

  private LostEntries entries(int remembered) {
    return new LostEntries(
        index,
        node.volumes(),
        reads,
        new LostWalks.Limits(remembered, Duration.ofSeconds(30), Duration.ofSeconds(10)));
  }

  private static Set<Held> held(List<IndexEntry> entries) {
    Set<Held> held = new HashSet<>();
    entries.forEach(each -> held.add(each.held()));
    return held;
  }

  @Test
  void isToldAndIsNotAmongTheSums() {
    List<IndexEntry> everything =
        await(index.list(IntStream.range(0, Held.SLOTS).boxed().toList()));
    assertEquals(PHOTOS, everything.size());
    LostEntries few = entries(REMEMBERED);
    LostEntries all = entries(PHOTOS);
    Set<Held> kept = held(await(all.kept(everything)));
    assertFalse(kept.isEmpty() || PHOTOS - kept.size() <= REMEMBERED + 1, kept.size() + " left");
    Set<Held> lost = held(everything);
    lost.removeAll(kept);
    HeldSums sums = HeldSums.NONE.with(kept);
    assertEquals(sums, await(index.sums().compose(few::without)));
    assertEquals(sums, await(index.sums().compose(all::without)));

    Lost told = await(all.all());
    assertEquals(lost, Set.copyOf(told.entries()));
    assertEquals(lost.size(), told.entries().size());
    assertFalse(told.more() || told.unnamed());
    Lost some = await(few.all());
    assertTrue(some.more());
    assertFalse(some.unnamed());
    assertTrue(some.entries().size() >= REMEMBERED && lost.containsAll(some.entries()));
  }
}
