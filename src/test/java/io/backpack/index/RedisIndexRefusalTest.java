package io.backpack.index;

import static io.backpack.index.FakeNeedleLog.photo;
import static io.backpack.index.FakeNeedleLog.tombstone;
import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.vertx.redis.client.Command;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the index does not begin with: the keys of others, or too little to make it whole. */
class RedisIndexRefusalTest {
  private static final int SECOND_DIRECTORY = 1 << 24 | 1;

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

  @Test
  void aKeyspaceOfAnotherStoreIsRefused() {
    rig.ready(0);
    rig.writeMany(1, 0, 10);
    await(rig.index.close());
    RedisIndex other =
        RedisIndex.create(
            rig.vertx,
            new RedisIndexSettings(
                "n1", "f".repeat(32), rig.redis.uri(), IndexRig.TIMEOUT, 100, 100, 1 << 20));
    BackpackException refusal = awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.starting(other));
    assertTrue(refusal.getMessage().contains("belong to another store"), refusal.getMessage());
    assertEquals(RedisIndex.State.REFUSED, other.state());
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, other.lookup(PhotoName.of("n1")));
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.applying(rig.log.append(1, photo("x", 50))));
    assertEquals("10", rig.command(Command.HGET, "bp:{n1}:meta", "count").toString());
    // Once the foreign keys are gone it may have the place.
    rig.command(Command.FLUSHALL);
    rig.awaitReady();
    assertEquals(2, rig.version("n1"));
  }

  @Test
  void aRedisThatEvictsIsRefusedUntilItIsSetUpWell() {
    rig.command(Command.CONFIG, "SET", "maxmemory-policy", "allkeys-lru");
    BackpackException refusal =
        awaitFailure(
            ErrorCode.INDEX_UNAVAILABLE,
            rig.starting(
                RedisIndex.create(rig.vertx, IndexRig.settings(rig.redis, IndexRig.TIMEOUT, 0))));
    assertTrue(refusal.getMessage().contains("noeviction"), refusal.getMessage());
    rig.command(Command.CONFIG, "SET", "maxmemory-policy", "noeviction");
    rig.awaitReady();
  }

  @Test
  void aKeyspaceOfAnotherLayoutOrWithoutItsHeadIsRefused() {
    rig.ready(0);
    rig.writeMany(1, 0, 10);
    await(rig.index.close());
    rig.command(Command.HSET, "bp:{n1}:meta", "layout", "99");
    BackpackException refusal =
        awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.starting(rig.fresh()));
    assertTrue(refusal.getMessage().contains("layout 99"), refusal.getMessage());
    await(rig.index.close());
    rig.command(Command.DEL, "bp:{n1}:meta");
    refusal = awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.starting(rig.fresh()));
    assertTrue(refusal.getMessage().contains("delete the keys bp:{n1}:*"), refusal.getMessage());
  }

  @Test
  void anEmptyIndexIsNotMadeFromSomeOfTheDirectories() {
    rig.ready(0);
    rig.write(SECOND_DIRECTORY, photo("old", 1), photo("deleted", 2));
    rig.write(1, tombstone("deleted", 3));
    await(rig.index.close());
    // The first directory is refused, and Redis is emptied: the delete is known to nobody now.
    FakeNeedleLog whole = rig.log;
    FakeNeedleLog rest = new FakeNeedleLog();
    rest.append(SECOND_DIRECTORY, photo("old", 1), photo("deleted", 2));
    rest.complete(false);
    rig.log = rest;
    rig.command(Command.FLUSHALL);
    BackpackException refusal =
        awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.starting(rig.fresh()));
    assertTrue(refusal.getMessage().contains("bring the directory back"), refusal.getMessage());
    assertEquals(RedisIndex.State.REFUSED, rig.index.state());
    for (String name : List.of("old", "deleted", "never")) {
      awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.lookup(PhotoName.of(name)));
    }
    awaitFailure(
        ErrorCode.INDEX_UNAVAILABLE, rig.applying(rest.append(SECOND_DIRECTORY, photo("new", 9))));
    await(rig.index.close());
    rig.log = whole;
    rig.ready(0);
    assertTrue(rig.lookup("deleted").orElseThrow().tombstone());
    assertEquals(1, rig.version("old"));
    assertEquals(Optional.empty(), rig.lookup("never"));
  }

  @Test
  void anIndexThatIsEmptiedWhileADirectoryIsRefusedIsNotRebuiltWithoutIt() {
    rig.ready(0);
    rig.writeMany(1, 0, 10);
    rig.log.complete(false);
    rig.command(Command.FLUSHALL);
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.applying(rig.log.append(1, photo("late", 99))));
    rig.awaitState(RedisIndex.State.REFUSED);
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.lookup(PhotoName.of("n1")));
    assertTrue(rig.index.detail().contains("bring the directory back"), rig.index.detail());
  }

  @Test
  void whatTheIndexKnowsOfARefusedDirectoryStays() {
    rig.ready(0);
    rig.writeMany(1, 0, 10);
    rig.writeMany(2, 10, 20);
    rig.writeMany(SECOND_DIRECTORY, 20, 30);
    await(rig.index.close());
    String checkpoint = rig.command(Command.HGET, "bp:{n1}:ckpt", "" + SECOND_DIRECTORY).toString();
    rig.log.remove(2);
    rig.log.remove(SECOND_DIRECTORY);
    rig.log.complete(false);
    rig.ready(0);
    assertEquals(
        checkpoint, rig.command(Command.HGET, "bp:{n1}:ckpt", "" + SECOND_DIRECTORY).toString());
    assertEquals(null, rig.command(Command.HGET, "bp:{n1}:ckpt", "2"), "its directory is open");
    // The index knows of every photo, wherever it is: a miss is a miss.
    assertEquals(26, rig.version("n25"));
    assertEquals(Optional.empty(), rig.lookup("never"));
    rig.write(1, photo("new", 99));
    assertEquals(99, rig.version("new"));
  }
}
