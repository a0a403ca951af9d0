package io.backpack.index;

import static io.backpack.index.FakeNeedleLog.entry;
import static io.backpack.index.FakeNeedleLog.photo;
import static io.backpack.index.FakeNeedleLog.tombstone;
import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.volume.NeedleEntry;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writers of new names do not ask Redis, and no name that Redis has passes for new. */
class NewNamesTest {
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

  private void writeMany(int from, int to) {
    List<NeedleEntry> many = new ArrayList<>();
    for (int i = from; i < to; i++) {
      many.add(photo("n" + i, i + 1));
    }
    rig.write(1, many);
  }

  private Optional<Lookup> toWrite(String name) {
    return await(rig.index.lookupToWrite(PhotoName.of(name)));
  }

  private void assertAllFound(int from, int to) {
    for (int i = from; i < to; i++) {
      assertTrue(toWrite("n" + i).isPresent(), "n" + i + " passes for new");
    }
  }

  private RedisIndex fresh() {
    return RedisIndex.create(rig.vertx, IndexRig.settings(rig.redis, IndexRig.TIMEOUT, 0));
  }

  /** Calls of HGET, with which Redis is asked for a name, since the start of Redis. */
  private int questions() {
    Matcher calls =
        Pattern.compile("cmdstat_hget:calls=(\\d+)")
            .matcher(rig.command(Command.INFO, "commandstats").toString());
    return calls.find() ? Integer.parseInt(calls.group(1)) : 0;
  }

  @Test
  void aNewNameIsNotAskedForAndOneThatWasWrittenIs() {
    rig.ready(0).awaitFilter();
    int before = questions();
    for (int i = 0; i < 100; i++) {
      assertEquals(Optional.empty(), toWrite("n" + i));
    }
    assertEquals(before, questions());
    assertEquals(100, rig.filter().getInteger("saved"));
    rig.write(1, photo("n7", 5), tombstone("n8", 6));
    before = questions();
    assertEquals(5, toWrite("n7").orElseThrow().version().bits());
    assertTrue(toWrite("n8").orElseThrow().tombstone());
    assertEquals(before + 2, questions());
    assertEquals(2, rig.filter().getInteger("asked"));
    // Who reads is told by Redis.
    assertEquals(Optional.empty(), rig.lookup("n9"));
    assertEquals(before + 3, questions());
  }

  @Test
  void namesOfEarlierSessionsAreKnown() {
    rig.ready(0);
    writeMany(0, 3000);
    await(rig.index.close());
    rig.start(fresh()).awaitFilter();
    assertAllFound(0, 3000);
    for (int i = 3000; i < 6000; i++) {
      assertEquals(Optional.empty(), toWrite("n" + i));
    }
    int saved = rig.filter().getInteger("saved");
    assertTrue(saved > 2900, "only " + saved + " of 3000 were known to be new");
    assertEquals(3000 - saved, rig.filter().getInteger("false_claims"));
  }

  @Test
  void noNameIsMissedWhileBucketsAreSplit() {
    rig.ready(0);
    writeMany(0, 1000);
    String epoch = rig.command(Command.HGET, "bp:{n1}:meta", "epoch").toString();
    Keyspace keyspace = new Keyspace("n1", IndexRig.COOKIE);
    NameHash hash = SipHash.NAMES;
    Set<Long> met = new HashSet<>();
    int written = 1000;
    long bucket = 0;
    do {
      Keyspace.NamePage page = await(keyspace.names(rig.side(), epoch, bucket, 1));
      while (page.hashes().hasRemaining()) {
        met.add(page.hashes().getLong());
      }
      bucket = page.next();
      if (written < 6000) {
        writeMany(written, written + 100);
        written += 100;
      }
    } while (bucket != 0);
    assertEquals(6000, written, "too few pages for a test");
    for (int i = 0; i < 1000; i++) {
      assertTrue(met.contains(hash.of(PhotoName.of("n" + i))), "n" + i + " was missed");
    }
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, keyspace.names(rig.side(), "another", 0, 2));
  }

  @Test
  void untilAllNamesAreReadEveryNameIsAskedFor() {
    Session session = new Session(1);
    NewNames names = new NewNames(rig.vertx, null, null, name -> 0, (s, reason) -> {}, 1 << 16);
    session.claimed(new Keyspace.Claimed(Keyspace.Shape.EMPTY, Map.of(), true, Set.of()));
    session.serve();
    names.prepare(session);
    session.names().complete();
    AtomicInteger asked = new AtomicInteger();
    Runnable find =
        () ->
            await(
                names.find(
                    session,
                    5,
                    () -> {
                      asked.incrementAndGet();
                      return Future.succeededFuture(Optional.empty());
                    }));
    find.run();
    assertEquals(1, asked.get(), "a session that is not ready knows nothing");
    assertTrue(session.becomeReady());
    find.run();
    assertEquals(1, asked.get());
    session.names(new NameFilter(0, 1 << 16));
    find.run();
    assertEquals(2, asked.get(), "a filter that is not complete knows nothing");
    session.names().complete();
    session.writing(new long[] {4, 5});
    find.run();
    assertEquals(3, asked.get());
    session.names(new NameFilter(0, 1 << 16));
    session.names().complete();
    session.end();
    find.run();
    assertEquals(4, asked.get(), "a session that is over knows nothing");
  }

  @Test
  void anEmptiedKeyspaceIsReadAnewWhenItIsRebuilt() {
    rig.ready(0);
    writeMany(0, 2000);
    rig.awaitFilter();
    rig.command(Command.FLUSHALL);
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.applying(rig.log.append(1, photo("late", 99))));
    assertFalse(rig.filter().getString("state").equals("complete"));
    rig.awaitFilter();
    assertAllFound(0, 2000);
    assertTrue(toWrite("late").isPresent());
    writeMany(2000, 2001);
    assertAllFound(2000, 2001);
  }

  @Test
  void whatAnotherDumpHasDoesNotPassForNew() throws Exception {
    rig.ready(0);
    writeMany(0, 500);
    Path copy = rig.backup();
    rig.awaitFilter();
    // The volumes lose what the dump has, as if it were another day's.
    rig.redis.kill();
    rig.awaitState(RedisIndex.State.DISCONNECTED);
    awaitFailure(ErrorCode.INDEX_UNAVAILABLE, rig.index.lookupToWrite(PhotoName.of("new")));
    rig.log.truncate(1, 200);
    rig.redis.start();
    rig.crashBackTo(copy);
    rig.awaitFilter();
    assertAllFound(0, 500);
    // And the other way round.
    writeMany(500, 600);
    rig.crashBackTo(copy);
    rig.awaitFilter();
    assertAllFound(0, 600);
  }

  @Test
  void collidedNamesDoNotPassForNew() {
    NameHash byFirst = name -> name.value().charAt(0);
    rig.ready(byFirst, 0);
    rig.write(1, photo("apple", 5), entry("avocado", 6, false, false, true, 0));
    // Nothing has the place of its hash.
    rig.write(1, entry("berry", 7, false, false, true, 0));
    await(rig.index.close());
    rig.start(
        RedisIndex.create(rig.vertx, IndexRig.settings(rig.redis, IndexRig.TIMEOUT, 0), byFirst));
    rig.awaitFilter();
    assertEquals(5, toWrite("avocado").orElseThrow().version().bits());
    assertEquals(7, toWrite("berry").orElseThrow().version().bits());
    assertEquals(Optional.empty(), toWrite("cherry"));
    assertEquals(1, rig.filter().getInteger("saved"));
  }

  @Test
  void aNodeWithoutAFilterAsksForEveryName() {
    rig.start(
            RedisIndex.create(
                rig.vertx,
                new RedisIndexSettings(
                    "n1", IndexRig.COOKIE, rig.redis.uri(), IndexRig.TIMEOUT, 100, 0, 0)))
        .awaitReady();
    writeMany(0, 10);
    int before = questions();
    assertEquals(Optional.empty(), toWrite("new"));
    assertAllFound(0, 10);
    assertEquals(before + 11, questions());
    assertEquals("off", rig.filter().getString("state"));
  }
}
