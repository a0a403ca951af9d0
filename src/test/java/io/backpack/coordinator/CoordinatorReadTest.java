package io.backpack.coordinator;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.RangeRequest;
import io.backpack.api.Trace;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.QueueSettings;
import io.backpack.cluster.Shard;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CoordinatorReadTest {
  private static final PhotoName CAT = PhotoName.of("cat.jpg");
  private static final PhotoAddress IN_SHARD = new PhotoAddress("1", CAT);

  private Harness harness;
  private FakeNode a;
  private FakeNode b;
  private PhotoInfo stored;

  @BeforeEach
  void start() {
    harness = new Harness().shard("1", "a", "b").start(Harness.settings(2, false)).first("a");
    a = harness.node("a");
    b = harness.node("b");
    stored = await(harness.put("cat.jpg", "meow")).info();
  }

  @AfterEach
  void close() {
    harness.close();
  }

  private Future<Photo> get() {
    return harness.store().get(IN_SHARD, GetOptions.DEFAULT);
  }

  private String text() {
    return await(get().compose(Photo::bytes)).toString();
  }

  @Test
  void oneNodeIsAsked() {
    assertEquals("meow", text());
    assertEquals(stored, await(harness.store().stat(IN_SHARD, Trace.NONE)));
    assertEquals(1, a.reads.get());
    assertEquals(0, b.reads.get());
    assertEquals(4, harness.coordinator().stats().reads().bytes());
  }

  @Test
  void theNextNodeIsAskedWhenOneCannotAnswer() {
    for (ErrorCode code :
        List.of(
            ErrorCode.UNAVAILABLE,
            ErrorCode.MISSING,
            ErrorCode.DAMAGED,
            ErrorCode.NOT_FOUND,
            ErrorCode.INTERNAL)) {
      a.readFailure = Optional.of(new BackpackException(code, "not from me"));
      assertEquals("meow", text());
      assertEquals(stored, await(harness.store().stat(IN_SHARD, Trace.NONE)));
    }
  }

  @Test
  void aHangingNodeCostsOneTimeoutAndIsThenAskedLast() {
    a.hangReads = true;
    assertEquals("meow", text());
    assertEquals("meow", text());
    assertEquals(1, a.reads.get());
  }

  @Test
  void aNodeThatHasTooMuchToDoIsNotTakenForFailing() {
    a.readFailure = Optional.of(new BackpackException(ErrorCode.OVERLOADED, "no connection"));
    assertEquals("meow", text());
    assertEquals("meow", text());
    assertEquals(2, a.reads.get());
    a.putFailure = a.readFailure;
    a.nextDeleteFailure.set(a.readFailure.get());
    await(harness.put("dog.jpg", "woof"));
    await(harness.store().delete(IN_SHARD, DeleteOptions.DEFAULT));
    assertEquals(Map.of(), harness.coordinator().stats().failuresByNode());
    awaitFailure(ErrorCode.DELETED, harness.store().get(IN_SHARD, GetOptions.DEFAULT));
    assertEquals(3, a.reads.get());
  }

  /** One that asks its peers what was deleted shows nothing, and takes what it is sent. */
  @Test
  void aNodeThatIsNotReadyIsAskedLastAndWrittenToAsBefore() {
    a.readFailure = Optional.of(new BackpackException(ErrorCode.NOT_READY, "was away"));
    assertEquals("meow", text());
    assertEquals("meow", text());
    assertEquals(1, a.reads.get());
    await(harness.store().delete(IN_SHARD, DeleteOptions.DEFAULT));
    assertTrue(a.tombstone(CAT).isPresent());
    int puts = a.puts.get();
    await(harness.put("dog.jpg", "woof"));
    assertEquals(puts + 1, a.puts.get());
    assertEquals(Map.of(), harness.coordinator().stats().failuresByNode());
    assertTrue(harness.queue.tasks.isEmpty());
  }

  @Test
  void notFoundIsSaidOnlyWhenAllNodesKnow() {
    PhotoAddress unknown = new PhotoAddress("1", PhotoName.of("dog.jpg"));
    awaitFailure(ErrorCode.NOT_FOUND, harness.store().get(unknown, GetOptions.DEFAULT));
    awaitFailure(ErrorCode.NOT_FOUND, harness.store().stat(unknown, Trace.NONE));
    harness.cluster.live(false);
    awaitFailure(ErrorCode.UNAVAILABLE, harness.store().get(unknown, GetOptions.DEFAULT));
    harness.cluster.live(true);
    b.down(ErrorCode.INDEX_UNAVAILABLE);
    awaitFailure(ErrorCode.UNAVAILABLE, harness.store().get(unknown, GetOptions.DEFAULT));
  }

  @Test
  void aNodeWithoutAnAddressMayHaveIt() {
    ClusterMap map = harness.cluster.current();
    Shard more = new Shard("1", List.of("a", "b", "nowhere"), false);
    harness.cluster.set(
        new ClusterMap(map.servers(), Map.of("1", more), map.sizes(), QueueSettings.NONE));
    PhotoAddress unknown = new PhotoAddress("1", PhotoName.of("dog.jpg"));
    awaitFailure(ErrorCode.UNAVAILABLE, harness.store().get(unknown, GetOptions.DEFAULT));
  }

  @Test
  void damageEverywhereIsToldAsMissing() {
    a.readFailure = Optional.of(new BackpackException(ErrorCode.DAMAGED, "damaged"));
    b.readFailure = a.readFailure;
    awaitFailure(ErrorCode.MISSING, get());
    assertEquals(1, harness.coordinator().stats().failedReads());
  }

  @Test
  void aTombstoneOfAnyNodeIsFinal() {
    await(a.disk.delete(PhotoAddress.of(CAT), DeleteOptions.at(harness.clock.next())));
    awaitFailure(ErrorCode.DELETED, get());
    assertEquals(0, b.reads.get());
    harness.sightings.clear();
    harness.first("b");
    b.down(ErrorCode.NOT_FOUND);
    awaitFailure(ErrorCode.DELETED, get());
  }

  @Test
  void rangesArePassedOn() {
    GetOptions middle = new GetOptions(Optional.of(new RangeRequest(1, 2)), Trace.NONE);
    Photo part = await(harness.store().get(IN_SHARD, middle));
    assertEquals("eo", await(part.bytes()).toString());
    GetOptions beyond = new GetOptions(Optional.of(new RangeRequest(9, 10)), Trace.NONE);
    int asked = b.reads.get();
    awaitFailure(ErrorCode.RANGE_NOT_SATISFIABLE, harness.store().get(IN_SHARD, beyond));
    assertEquals(asked, b.reads.get());
  }

  @Test
  void aReadNamesItsShard() {
    awaitFailure(ErrorCode.BAD_NAME, harness.store().get(PhotoAddress.of(CAT), GetOptions.DEFAULT));
    PhotoAddress elsewhere = new PhotoAddress("9", CAT);
    awaitFailure(ErrorCode.UNKNOWN_SHARD, harness.store().get(elsewhere, GetOptions.DEFAULT));
    harness.cluster.live(false);
    awaitFailure(ErrorCode.UNAVAILABLE, harness.store().get(elsewhere, GetOptions.DEFAULT));
    assertEquals("meow", text());
  }
}
