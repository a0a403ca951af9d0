package io.backpack.index;

import static io.backpack.index.FakeNeedleLog.photo;
import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import io.backpack.api.Held;
import io.backpack.api.HeldSums;
import io.backpack.volume.NeedleEntry;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that were deleted in part are never an index, and the same again deletes the rest. */
class IndexEraserTest {
  private static final int PHOTOS = 3000;

  /** Keys of somebody else, between which those of the node are found one by one. */
  private static final int OTHERS = 30_000;

  private static final String OTHER_COOKIE = "f".repeat(32);

  @TempDir private Path directory;
  private IndexRig rig;

  @BeforeEach
  void start() {
    rig = new IndexRig(directory);
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  private RedisIndexSettings settings(String cookie) {
    return new RedisIndexSettings(
        "n1", cookie, rig.redis.uri(), IndexRig.TIMEOUT, 4096, 0, 1 << 20);
  }

  /** An index of some dozen buckets; the node is stopped. */
  private List<NeedleEntry> filled() {
    List<NeedleEntry> photos =
        IntStream.range(0, PHOTOS).mapToObj(i -> photo("p" + i, 1 + i)).toList();
    rig.ready(0).write(1, photos);
    await(rig.index.close());
    return photos;
  }

  private Set<String> keys() {
    Set<String> keys = new TreeSet<>();
    rig.command(Command.KEYS, "bp:{n1}:*").forEach(key -> keys.add(key.toString()));
    return keys;
  }

  private void interrupt(Future<Void> erasing, int before) {
    Awaitility.await().pollDelay(Duration.ZERO).until(() -> keys().size() < before - 5);
    rig.redis.kill();
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, erasing);
    rig.redis.start();
  }

  /** Kills Redis in the middle, so that some buckets and {@code meta} are left. */
  private void eraseHalf() {
    for (int from = 0; from < OTHERS; from += 1000) {
      rig.command(
          Command.EVAL,
          "for i = 1, 1000 do redis.call('SET', 'other' .. (i + " + from + "), '') end",
          "0");
    }
    int before = keys().size();
    assertTrue(before > 30, before + " keys");
    interrupt(IndexEraser.erase(rig.vertx, settings(IndexRig.COOKIE), 1), before);
    Set<String> left = keys();
    assertTrue(left.contains("bp:{n1}:meta"), left.toString());
    assertTrue(left.size() > 5 && left.size() < before, left.size() + " of " + before);
  }

  private void assertRefused() {
    awaitFailure(
        ErrorCode.INDEX_UNAVAILABLE,
        rig.starting(RedisIndex.create(rig.vertx, settings(IndexRig.COOKIE))));
    assertEquals(RedisIndex.State.REFUSED, rig.index.state());
    assertTrue(rig.index.detail().contains("give the command"), rig.index.detail());
    assertTrue(rig.index.detail().contains("node --replace"), rig.index.detail());
    await(rig.index.close());
  }

  private void assertMadeAnew(List<NeedleEntry> photos) {
    rig.ready(0);
    List<Held> held =
        photos.stream()
            .map(each -> new Held(SipHash.NAMES.of(each.name()), each.version(), false))
            .toList();
    assertEquals(HeldSums.NONE.with(held), await(rig.index.held().sums()));
    assertEquals(PHOTOS, rig.index.stats().getLong("photos"));
  }

  @Test
  void whatWasInterruptedIsNoIndexUntilItIsDoneAgain() {
    List<NeedleEntry> photos = filled();
    eraseHalf();
    assertRefused();
    await(IndexEraser.erase(rig.vertx, settings(IndexRig.COOKIE)));
    assertEquals(Set.of(), keys());
    assertEquals(OTHERS, rig.command(Command.DBSIZE).toInteger());
    assertMadeAnew(photos);
  }

  @Test
  void aNodeThatIsReplacedFinishesItToo() {
    List<NeedleEntry> photos = filled();
    await(IndexEraser.eraseForeign(rig.vertx, settings(IndexRig.COOKIE)));
    assertNotEquals(Set.of(), keys(), "its own are left");
    eraseHalf();
    await(IndexEraser.eraseForeign(rig.vertx, settings(IndexRig.COOKIE)));
    assertEquals(Set.of(), keys());
    assertMadeAnew(photos);
  }

  @Test
  void theKeysOfAnotherStoreAreDeletedOnlyForOneThatIsReplaced() {
    filled();
    Set<String> before = keys();
    assertTrue(
        awaitFailure(
                ErrorCode.INDEX_UNAVAILABLE, IndexEraser.erase(rig.vertx, settings(OTHER_COOKIE)))
            .getMessage()
            .contains("correct storage.redis"));
    assertEquals(before, keys());
    // Marked is not enough: who was told of another Redis by mistake is still told so.
    rig.command(Command.HSET, "bp:{n1}:meta", "erasing", "1");
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, IndexEraser.erase(rig.vertx, settings(OTHER_COOKIE)));
    assertEquals(before, keys());
    assertRefused();
    await(IndexEraser.eraseForeign(rig.vertx, settings(OTHER_COOKIE)));
    assertEquals(Set.of(), keys());
  }

  @Test
  void bucketsWithoutTheirHeadAreDeletedByBoth() {
    List<NeedleEntry> photos = filled();
    rig.command(Command.DEL, "bp:{n1}:meta");
    await(IndexEraser.eraseForeign(rig.vertx, settings(IndexRig.COOKIE)));
    assertEquals(Set.of(), keys());
    assertMadeAnew(photos);
    await(rig.index.close());
    rig.command(Command.DEL, "bp:{n1}:meta");
    await(IndexEraser.erase(rig.vertx, settings(IndexRig.COOKIE)));
    assertEquals(Set.of(), keys());
    assertMadeAnew(photos);
  }

  @Test
  void whoStillUsesTheKeysIsRefusedFromTheMarkOn() {
    rig.ready(0).write(1, photo("before", 1));
    rig.command(Command.HSET, "bp:{n1}:meta", "erasing", "1", "epoch", "");
    awaitFailure(
        ErrorCode.INDEX_UNAVAILABLE, rig.applying(rig.log.append(1, List.of(photo("late", 2)))));
    rig.awaitState(RedisIndex.State.REFUSED);
    await(IndexEraser.erase(rig.vertx, settings(IndexRig.COOKIE)));
    rig.awaitReady();
    assertEquals(2, rig.version("late"));
    assertEquals(1, rig.version("before"));
  }
}
