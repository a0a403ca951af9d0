package io.backpack.storage;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Held;
import io.backpack.api.HeldName;
import io.backpack.api.HeldSums;
import io.backpack.api.Holdings;
import io.backpack.api.Lost;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.http.HttpStoreFactory;
import io.backpack.http.HttpStoreSettings;
import io.backpack.testing.Pictures;
import io.backpack.testing.TestRedis;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node says that it has: by itself, and over HTTP. */
class HoldingsTest {
  private static final int SIZE = 5000;
  private static final int HEADER = 10;
  private static final int PHOTOS = 40;

  @TempDir Path directory;
  private Vertx vertx;
  private TestRedis redis;
  private TestNode node;
  private HttpStoreFactory factory;

  @BeforeEach
  void start() throws IOException {
    vertx = Vertx.vertx();
    redis = TestRedis.start(Files.createDirectory(directory.resolve("redis")));
    List<Path> directories = List.of(directory.resolve("1"), directory.resolve("2"));
    node = TestNode.start(vertx, TestNode.settings(directories, redis)).ready();
    factory = HttpStoreFactory.of(vertx, HttpStoreSettings.DEFAULT);
  }

  @AfterEach
  void stop() {
    node.close();
    await(factory.close());
    redis.close();
    await(vertx.close());
  }

  /** The node asked in its own process, and by another one. */
  private List<Holdings> both() {
    return List.of(node.holdings(), factory.holdings(node.url()));
  }

  @Test
  void itIsAskedToCompareItselfAsWell() {
    assertTrue(await(factory.repair(node.url()).status()).getBoolean("complete"));
    assertEquals(0, await(factory.repair(node.url()).begin()).getInteger("round"));
  }

  private static PhotoAddress address(String name) {
    return PhotoAddress.of(PhotoName.of(name));
  }

  private static Upload upload() {
    return Upload.of(Buffer.buffer(Pictures.noise(new Random(1), SIZE)));
  }

  private Version store(String name) {
    return await(node.store().put(address(name), PutOptions.DEFAULT, upload())).info().version();
  }

  private Held put(String name) {
    return held(store(name));
  }

  private Held delete(String name) {
    return held(await(node.store().delete(address(name), DeleteOptions.DEFAULT)).version());
  }

  private void repair(String name, Held copy) {
    PutOptions options = PutOptions.DEFAULT.asReplica(copy.version());
    await(node.store().put(address(name), options, upload()));
  }

  private boolean readable(String name) {
    return await(
        node.store()
            .get(address(name), GetOptions.DEFAULT)
            .compose(Photo::bytes)
            .map(true)
            .otherwise(false));
  }

  /** A version is that of one write. */
  private Held held(Version version) {
    return everything(node.holdings()).stream()
        .filter(each -> each.version().equals(version))
        .findAny()
        .orElseThrow();
  }

  private static Set<Held> everything(Holdings holdings) {
    Set<Held> all = new HashSet<>();
    for (int slot = 0; slot < Held.SLOTS; slot += Holdings.MAX_SLOTS) {
      all.addAll(
          await(holdings.list(IntStream.range(slot, slot + Holdings.MAX_SLOTS).boxed().toList())));
    }
    return all;
  }

  private void assertTells(Set<Held> expected) {
    for (Holdings holdings : both()) {
      assertEquals(expected, everything(holdings));
      assertEquals(HeldSums.NONE.with(expected), await(holdings.sums()));
    }
  }

  private void assertLost(boolean unnamed, Held... expected) {
    for (Holdings holdings : both()) {
      Lost lost = await(holdings.lost());
      assertEquals(Set.of(expected), Set.copyOf(lost.entries()));
      assertEquals(expected.length, lost.entries().size());
      assertFalse(lost.more());
      assertEquals(unnamed, lost.unnamed());
    }
  }

  private void assertHas(Set<Held> expected) {
    assertTells(expected);
    for (Holdings holdings : both()) {
      List<Long> hashes = expected.stream().map(Held::hash).toList();
      assertEquals(expected.size(), await(holdings.names(hashes)).size());
    }
  }

  @Test
  void tellsWhatStandsUnderEachName() {
    assertHas(Set.of());
    Held cat = put("cat");
    Held dog = put("d\u00f6g/\u72ac");
    assertHas(Set.of(cat, dog));
    Held gone = delete("cat");
    assertEquals(cat.hash(), gone.hash());
    assertTrue(gone.tombstone());
    assertHas(Set.of(gone, dog));
    assertLost(false);
    for (Holdings holdings : both()) {
      assertEquals(
          Set.of(
              new HeldName(PhotoName.of("cat"), gone.version(), true),
              new HeldName(PhotoName.of("d\u00f6g/\u72ac"), dog.version(), false)),
          Set.copyOf(await(holdings.names(List.of(gone.hash(), dog.hash(), 77L)))));
      int slot = Held.slot(dog.hash());
      assertEquals(List.of(dog), await(holdings.list(List.of(slot, slot))));
      List<Integer> slots = List.of(Held.slot(gone.hash()), slot);
      assertEquals(Set.of(gone, dog), Set.copyOf(await(holdings.list(slots))));
      assertEquals(List.of(gone), await(holdings.tombstones(slots)));
      assertEquals(List.of(), await(holdings.list(List.of())));
      assertEquals(List.of(), await(holdings.names(List.of())));
    }
  }

  @Test
  void whatNobodyMayAskIsRefused() {
    for (Holdings holdings : both()) {
      awaitFailure(
          ErrorCode.BAD_REQUEST, holdings.list(Collections.nCopies(Holdings.MAX_SLOTS + 1, 1)));
      awaitFailure(ErrorCode.BAD_REQUEST, holdings.tombstones(List.of(Held.SLOTS)));
      awaitFailure(ErrorCode.BAD_REQUEST, holdings.list(List.of(-1)));
      awaitFailure(ErrorCode.BAD_REQUEST, holdings.list(List.of(Held.SLOTS)));
      awaitFailure(
          ErrorCode.BAD_REQUEST, holdings.names(Collections.nCopies(Holdings.MAX_NAMES + 1, 1L)));
    }
  }

  @Test
  void whatIsDamagedIsNotAmongItUntilItIsRepaired() throws IOException {
    Held sound = put("sound");
    Held data = put("data");
    Held header = put("header");
    Held unread = put("unread");
    assertHas(Set.of(sound, data, header, unread));
    flip("data", SIZE / 2);
    flip("header", HEADER);
    flip("unread", HEADER);
    assertFalse(readable("data") || readable("header"));
    assertTells(Set.of(sound, unread));
    assertLost(false, data, header);
    for (Holdings holdings : both()) {
      List<Long> hashes = List.of(sound.hash(), data.hash(), header.hash(), unread.hash());
      assertEquals(
          List.of(new HeldName(PhotoName.of("sound"), sound.version(), false)),
          await(holdings.names(hashes)));
    }
    // Found by who asked for the names, so that no name is known of it but only the place.
    assertHas(Set.of(sound));
    assertLost(false, data, header, unread);
    Held late = put("late");
    repair("data", data);
    repair("header", header);
    assertHas(Set.of(sound, late, data, header));
    assertLost(false, unread);
    repair("unread", unread);
    assertHas(Set.of(sound, late, data, header, unread));
    assertLost(false);
  }

  @Test
  void aDeleteThatIsDamagedIsToldAsOneThatIsLost() throws IOException {
    put("cat");
    Held gone = delete("cat");
    assertHas(Set.of(gone));
    flip("cat", HEADER);
    for (Holdings holdings : both()) {
      assertEquals(List.of(), await(holdings.names(List.of(gone.hash()))));
    }
    assertTells(Set.of());
    assertLost(false, gone);
  }

  @Test
  void whatWasInADirectoryThatIsGoneForGoodIsNotAmongIt() throws IOException {
    List<Version> versions = new ArrayList<>();
    for (int i = 0; i < PHOTOS; i++) {
      versions.add(store("p" + i));
    }
    Map<Version, Held> all =
        everything(node.holdings()).stream()
            .collect(Collectors.toMap(Held::version, Function.identity()));
    node.stop();
    try (Stream<Path> files = Files.list(directory.resolve("2"))) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory.resolve("2"));
    Files.createFile(directory.resolve("1").resolve("backpack.removed-2"));
    node = TestNode.start(vertx, TestNode.settings(List.of(directory.resolve("1")), redis)).ready();
    Set<Held> left = new HashSet<>();
    for (int i = 0; i < PHOTOS; i++) {
      if (readable("p" + i)) {
        left.add(all.get(versions.get(i)));
      }
    }
    assertFalse(left.isEmpty() || left.size() == PHOTOS, left.size() + " are left");
    assertHas(left);
    assertLost(
        false, all.values().stream().filter(each -> !left.contains(each)).toArray(Held[]::new));
    for (int i = 0; i < PHOTOS; i++) {
      repair("p" + i, all.get(versions.get(i)));
    }
    assertHas(Set.copyOf(all.values()));
    assertLost(false);
  }

  @Test
  void whatIsLostWithoutItsNameIsToldToBeSomething() throws IOException {
    Held sound = put("sound");
    put("header");
    JsonObject where = where("header");
    flip("header", HEADER);
    node.stop();
    Files.delete(file(where).resolveSibling(where.getString("file") + ".meta"));
    redis.kill();
    Directories.delete(redis.directory().resolve("appendonlydir"));
    redis.start();
    node.start();
    node.ready();
    assertHas(Set.of(sound));
    assertLost(true);
  }

  @Test
  void withoutItsRedisItDoesNotSay() {
    put("cat");
    redis.kill();
    for (Holdings holdings : both()) {
      awaitFailure(ErrorCode.INDEX_UNAVAILABLE, holdings.sums());
      awaitFailure(ErrorCode.INDEX_UNAVAILABLE, holdings.list(List.of(1)));
      awaitFailure(ErrorCode.INDEX_UNAVAILABLE, holdings.names(List.of(1L)));
      awaitFailure(ErrorCode.INDEX_UNAVAILABLE, holdings.lost());
    }
  }

  private void flip(String name, int fromItsStart) throws IOException {
    JsonObject where = where(name);
    Path file = file(where);
    long at = where.getLong("offset") + fromItsStart;
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      assertEquals(1, channel.read(one, at));
      one.put(0, (byte) ~one.get(0)).rewind();
      assertEquals(1, channel.write(one, at));
    }
  }

  private Path file(JsonObject where) {
    Path file = directory.resolve("1").resolve(where.getString("file"));
    return Files.exists(file) ? file : directory.resolve("2").resolve(where.getString("file"));
  }

  private JsonObject where(String name) throws IOException {
    URI page = URI.create(node.url() + "/_/where" + address(name).path());
    try (InputStream body = page.toURL().openStream()) {
      return new JsonObject(new String(body.readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}
