package io.backpack.index;

import static io.backpack.index.FakeNeedleLog.photo;
import static io.backpack.index.FakeNeedleLog.tombstone;
import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.vertx.redis.client.Command;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An index that was not made to its end, and directories that are not there to end it. */
class PartialLogTest {
  private static final int FIRST = 1 << 24;
  private static final int SECOND = 2 << 24;

  @TempDir Path directory;
  private IndexRig rig;

  @BeforeEach
  void start() {
    rig = new IndexRig(directory);
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  private RedisIndex fresh() {
    return RedisIndex.create(rig.vertx, IndexRig.settings(rig.redis, IndexRig.TIMEOUT, 0));
  }

  private String whole() {
    return String.valueOf(rig.command(Command.HGET, "bp:{n1}:meta", "whole"));
  }

  @Test
  void aRebuildThatWasCutOffIsNotBelievedWhileADirectoryIsAway() {
    rig.ready(0);
    rig.write(FIRST, photo("one", 1), tombstone("gone", 5));
    rig.write(SECOND, photo("two", 2), photo("gone", 3));
    assertEquals("1", whole());
    await(rig.index.close());
    rig.command(Command.FLUSHALL);

    // The rebuild ends between the two volumes: both are looked at first, then one is replayed.
    AtomicInteger replays = new AtomicInteger();
    rig.log.beforeReplay(
        () -> {
          if (replays.incrementAndGet() >= 4) {
            throw new IllegalStateException("the disk is gone");
          }
        });
    rig.start(fresh());
    Awaitility.await().until(() -> replays.get() >= 4);
    await(rig.index.close());
    assertNotNull(rig.command(Command.HGET, "bp:{n1}:ckpt", "" + FIRST), "half of it is there");
    assertEquals("null", whole());

    FakeNeedleLog both = rig.log;
    both.beforeReplay(() -> {});
    FakeNeedleLog rest = new FakeNeedleLog();
    rest.append(FIRST, photo("one", 1), tombstone("gone", 5));
    rest.complete(false);
    rig.log = rest;
    BackpackException refused = awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.starting(fresh()));
    assertTrue(refused.getMessage().contains("not made to its end"), refused.getMessage());
    assertTrue(refused.getMessage().contains("directory 2 is not there"), refused.getMessage());
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.lookup(PhotoName.of("two")));
    await(rig.index.close());

    rig.log = both;
    rig.ready(0);
    assertEquals(2, rig.version("two"));
    assertTrue(rig.lookup("gone").orElseThrow().tombstone());
    assertEquals("1", whole());
  }

  @Test
  void onceWholeItIsBelievedWithoutADirectory() {
    rig.ready(0);
    rig.write(FIRST, photo("one", 1));
    rig.write(SECOND, photo("two", 2));
    await(rig.index.close());
    rig.log.remove(SECOND);
    rig.log.complete(false);
    rig.ready(0);
    assertEquals(2, rig.version("two"));
    assertEquals(Optional.empty(), rig.lookup("never"));
    assertEquals("1", whole());
  }

  @Test
  void anOldEpochCannotSayThatTheIndexIsWhole() {
    rig.ready(0);
    rig.command(Command.HDEL, "bp:{n1}:meta", "whole");
    Keyspace keyspace = new Keyspace("n1", IndexRig.COOKIE);
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, keyspace.markWhole(rig.side(), "0123456789abcdef"));
    assertEquals("null", whole());
  }
}
