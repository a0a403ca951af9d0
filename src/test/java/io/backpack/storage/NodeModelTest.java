package io.backpack.storage;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.testing.Pictures;
import io.backpack.testing.TestRedis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random writes of one node against a map, while its Redis is killed, emptied and rolled back, the
 * node restarted, its volumes compacted and verified, and its clock set.
 */
class NodeModelTest {
  private static final long SEED = Long.getLong("backpack.seed", System.nanoTime());
  private static final int STEPS = Integer.getInteger("backpack.node-model.steps", 500);
  private static final int NAMES = 30;
  private static final int VOLUME = 1 << 20;
  private static final int[] SIZES = {1, 100, 4095, 65_536, 65_537, 120_000};

  /**
   * @param bytes null for a tombstone
   */
  private record Known(Version version, Buffer bytes) {}

  @TempDir Path directory;
  private final Map<String, Known> model = new HashMap<>();
  private static final long BEGUN = System.currentTimeMillis();
  private final AtomicLong clockMillis = new AtomicLong(BEGUN);
  private Vertx vertx;
  private TestRedis redis;
  private Path olderRedis;
  private TestNode node;
  private NodeHttp http;
  private boolean overwrite;

  @BeforeEach
  void start() throws IOException {
    vertx = Vertx.vertx();
    redis = TestRedis.start(Files.createDirectory(directory.resolve("redis")));
    olderRedis = directory.resolve("older");
  }

  @AfterEach
  void stop() {
    if (node != null) {
      node.close();
    }
    redis.close();
    await(vertx.close());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theHighestVersionStandsWhateverHappens(boolean overwriting) throws Exception {
    overwrite = overwriting;
    System.out.println("NodeModelTest: -Dbackpack.seed=" + SEED);
    Random random = new Random(SEED + (overwriting ? 1 : 0));
    StorageSettings plain = TestNode.settings(directory.resolve("volumes"), redis);
    StorageSettings settings =
        TestNode.settings(plain, VOLUME, overwriting, new MaintenanceSettings(0, 0, 256 << 20));
    node = TestNode.start(vertx, settings, () -> Instant.ofEpochMilli(clockMillis.get())).ready();
    http = new NodeHttp(node);
    for (int step = 0; step < STEPS; step++) {
      try {
        step(random);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("step " + step + ", seed " + SEED, e);
      }
    }
    for (int i = 0; i < NAMES; i++) {
      read("n" + i);
    }
    verifyAll();
  }

  private void step(Random random) throws IOException {
    clockMillis.addAndGet(random.nextInt(50));
    int what = random.nextInt(1000);
    String name = "n" + random.nextInt(NAMES);
    if (what < 250) {
      put(name, bytes(random));
    } else if (what < 380) {
      delete(name);
    } else if (what < 560) {
      copy(name, version(random, name), bytes(random));
    } else if (what < 660) {
      deleteAt(name, version(random, name));
    } else if (what < 940) {
      read(name);
    } else if (what < 953) {
      compact(random);
    } else if (what < 960) {
      verify(random);
    } else if (what < 975) {
      // Five minutes are less than what a version may be ahead.
      clockMillis.set(BEGUN + random.nextInt(-250_000, 250_000)); // Within what is accepted.
    } else if (what < 982) {
      node.stop();
      node.start();
      node.ready();
    } else if (what < 987) {
      redis.kill();
      read(name, true);
      redis.start();
      node.ready();
    } else if (what < 994) {
      redis.kill();
      Directories.delete(live());
      redis.start();
      read(name, true);
      node.ready();
    } else if (Files.exists(olderRedis) && random.nextBoolean()) {
      redis.kill();
      Directories.delete(live());
      Directories.copy(olderRedis, live());
      redis.start();
      read(name, true);
      node.ready();
    } else {
      redis.stop();
      Directories.delete(olderRedis);
      Directories.copy(live(), olderRedis);
      redis.start();
      node.ready();
    }
  }

  /** Moves what lives in a volume; half of the time something is written meanwhile. */
  private void compact(Random random) {
    List<Long> sealed = http.sealed();
    if (sealed.isEmpty()) {
      return;
    }
    long source = sealed.get(random.nextInt(sealed.size()));
    boolean beside = random.nextBoolean();
    CompletableFuture<JsonObject> work =
        CompletableFuture.supplyAsync(() -> http.work(source, "compact"));
    if (beside) {
      String name = "n" + random.nextInt(NAMES);
      put(name, bytes(random));
      read(name);
      delete("n" + random.nextInt(NAMES));
    }
    JsonObject result = work.join();
    assertEquals(1, result.getJsonArray("retired").size(), result.encode());
    assertFalse(http.sealed().contains(source));
  }

  private void verify(Random random) {
    List<JsonObject> volumes = http.volumes();
    if (!volumes.isEmpty()) {
      long id = volumes.get(random.nextInt(volumes.size())).getLong("id");
      JsonObject result = http.work(id, "verify");
      assertEquals(true, result.getBoolean("sound"), result.encode());
      assertEquals(0, result.getInteger("unindexed"), result.encode());
    }
  }

  /** That nothing dead is taken for alive or the other way round. */
  private void verifyAll() {
    for (JsonObject volume : http.volumes()) {
      JsonObject result = http.work(volume.getLong("id"), "verify");
      assertEquals(true, result.getBoolean("sound"), result.encode());
      assertEquals(0, result.getInteger("unindexed"), result.encode());
      assertEquals(
          volume.getLong("dead_bytes"), result.getLong("dead_bytes"), () -> volume.encode());
    }
  }

  private static Buffer bytes(Random random) {
    return Buffer.buffer(Pictures.noise(random, SIZES[random.nextInt(SIZES.length)]));
  }

  private static PhotoAddress address(String name) {
    return new PhotoAddress("", PhotoName.of(name));
  }

  private Version standing(String name) {
    return model.containsKey(name) ? model.get(name).version() : Version.NONE;
  }

  /** Older, newer or equal to what stands. */
  private Version version(Random random, String name) {
    Version stands = standing(name);
    return switch (random.nextInt(4)) {
      case 0 -> stands.equals(Version.NONE) ? now(random) : stands;
      case 1 -> new Version(Math.max(1, stands.bits() - 1 - random.nextInt(1 << 24)));
      case 2 -> new Version(Math.max(now(random).bits(), stands.bits() + 1));
      default -> now(random);
    };
  }

  private Version now(Random random) {
    return new Version(clockMillis.get() << 22 | random.nextInt(1 << 22));
  }

  private void put(String name, Buffer bytes) {
    Known known = model.get(name);
    boolean photo = known != null && known.bytes() != null;
    try {
      StoredPhoto stored =
          awaited(() -> node.store().put(address(name), PutOptions.DEFAULT, Upload.of(bytes)));
      assertTrue(!photo || overwrite || known.bytes().equals(bytes), "names are immutable");
      if (!stored.unchanged()) {
        assertTrue(stored.info().version().isAfter(standing(name)), "an upload is the newest");
        model.put(name, new Known(stored.info().version(), bytes));
      }
    } catch (BackpackException refused) {
      assertEquals(ErrorCode.EXISTS, refused.code(), refused::toString);
      assertTrue(photo && !overwrite);
    }
  }

  private void delete(String name) {
    Known known = model.get(name);
    try {
      Version deleted =
          awaited(() -> node.store().delete(address(name), DeleteOptions.DEFAULT)).version();
      assertTrue(known != null && known.bytes() != null);
      assertTrue(deleted.isAfter(known.version()));
      model.put(name, new Known(deleted, null));
    } catch (BackpackException refused) {
      assertEquals(known == null ? ErrorCode.NOT_FOUND : ErrorCode.DELETED, refused.code(), name);
      assertTrue(known == null || known.bytes() == null);
    }
  }

  private void copy(String name, Version version, Buffer bytes) {
    Known known = model.get(name);
    boolean newer = version.isAfter(standing(name));
    PutOptions options =
        new PutOptions("", Optional.of(version), true, false, List.of(), Trace.NONE);
    try {
      StoredPhoto stored =
          awaited(() -> node.store().put(address(name), options, Upload.of(bytes)));
      if (newer) {
        assertEquals(version, stored.info().version());
        model.put(name, new Known(version, bytes));
      } else {
        assertTrue(stored.unchanged() && known.bytes().equals(bytes));
      }
    } catch (BackpackException refused) {
      assertTrue(
          refused.code() == ErrorCode.OLDER_VERSION || refused.code() == ErrorCode.EXISTS,
          refused::toString);
      assertTrue(!newer, () -> refused + ", but " + version + " is newer than " + standing(name));
    }
  }

  private void deleteAt(String name, Version version) {
    Known known = model.get(name);
    boolean wins =
        version.isAfter(standing(name)) || version.equals(standing(name)) && known != null;
    try {
      awaited(() -> node.store().delete(address(name), DeleteOptions.at(version)));
      assertTrue(wins, "an older delete is refused");
      model.put(name, new Known(version, null));
    } catch (BackpackException refused) {
      assertEquals(ErrorCode.OLDER_VERSION, refused.code(), refused::toString);
      assertTrue(!wins);
    }
  }

  private void read(String name) {
    read(name, false);
  }

  /**
   * @param unsure the node may not know now, and then says so
   */
  private void read(String name, boolean unsure) {
    Known known = model.get(name);
    try {
      Buffer bytes = unsure ? await(get(name)) : awaited(() -> get(name));
      assertTrue(known != null && known.bytes() != null, () -> name + " is not to be had");
      assertEquals(known.bytes(), bytes, name);
    } catch (BackpackException refused) {
      if (unsure && refused.code().status() == 503) {
        return;
      }
      assertEquals(known == null ? ErrorCode.NOT_FOUND : ErrorCode.DELETED, refused.code(), name);
      assertTrue(known == null || known.bytes() == null, () -> name + " is " + refused);
    }
  }

  private Future<Buffer> get(String name) {
    return node.store().get(address(name), GetOptions.DEFAULT).compose(photo -> photo.bytes());
  }

  private interface Call<T> {
    Future<T> make();
  }

  /** Tries again while the node says that it does not know yet. */
  private static <T> T awaited(Call<T> call) {
    long patience = System.nanoTime() + 20_000_000_000L;
    while (true) {
      try {
        return await(call.make());
      } catch (BackpackException notNow) {
        if (notNow.code() != ErrorCode.INDEX_UNAVAILABLE || System.nanoTime() > patience) {
          throw notNow;
        }
        LockSupport.parkNanos(20_000_000);
      }
    }
  }

  private Path live() {
    return redis.directory().resolve("appendonlydir");
  }
}
