package io.backpack.index;

import static io.backpack.testing.Futures.await;

import io.backpack.api.PhotoName;
import io.backpack.redis.RedisLink;
import io.backpack.redis.RedisLinkSettings;
import io.backpack.testing.TestRedis;
import io.backpack.volume.IndexBatch;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleIndex.Outcome;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A Redis, volumes in memory and an index between them. */
final class IndexRig implements AutoCloseable {
  static final String COOKIE = "0123456789abcdef0123456789abcdef";
  static final Duration TIMEOUT = Duration.ofSeconds(2);

  final Vertx vertx = Vertx.vertx();
  final TestRedis redis;
  FakeNeedleLog log = new FakeNeedleLog();
  private final ExecutorService blocking = Executors.newCachedThreadPool();
  private RedisLink side;
  RedisIndex index;

  IndexRig(Path directory, String... options) {
    redis = TestRedis.start(directory, options);
  }

  static RedisIndexSettings settings(TestRedis redis, Duration timeout, int cacheEntries) {
    return new RedisIndexSettings("n1", COOKIE, redis.uri(), timeout, 4096, cacheEntries, 1 << 20);
  }

  /** Starts an index and waits until it knows everything. */
  IndexRig ready(int cacheEntries) {
    return start(RedisIndex.create(vertx, settings(redis, TIMEOUT, cacheEntries))).awaitReady();
  }

  /** The same with a hash of the test's own. */
  IndexRig ready(NameHash hash, int cacheEntries) {
    return start(RedisIndex.create(vertx, settings(redis, TIMEOUT, cacheEntries), hash))
        .awaitReady();
  }

  IndexRig start(RedisIndex started) {
    index = started;
    await(index.start(log, blocking));
    return this;
  }

  Future<Void> starting(RedisIndex started) {
    index = started;
    return index.start(log, blocking);
  }

  IndexRig awaitReady() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> index.state() == RedisIndex.State.READY);
    return this;
  }

  /** Waits until the filter of names has all that Redis has. */
  IndexRig awaitFilter() {
    awaitReady();
    Awaitility.await()
        .pollInterval(Duration.ofMillis(5))
        .until(() -> filter().getString("state").equals("complete"));
    return this;
  }

  JsonObject filter() {
    return index.stats().getJsonObject("name_filter");
  }

  void awaitState(RedisIndex.State state) {
    Awaitility.await().pollInterval(Duration.ofMillis(5)).until(() -> index.state() == state);
  }

  /** Appends to the volume and applies. */
  List<Outcome> write(int volume, NeedleEntry... needles) {
    return write(volume, List.of(needles));
  }

  List<Outcome> write(int volume, List<NeedleEntry> needles) {
    return await(Future.fromCompletionStage(index.apply(log.append(volume, needles))));
  }

  Future<List<Outcome>> applying(IndexBatch batch) {
    return Future.fromCompletionStage(index.apply(batch));
  }

  Optional<Lookup> lookup(String name) {
    return await(index.lookup(PhotoName.of(name)));
  }

  long version(String name) {
    return lookup(name).orElseThrow().version().bits();
  }

  /** A command over a connection of its own. */
  Response command(Command command, String... arguments) {
    if (side == null || !side.connected()) {
      side = RedisLink.create(vertx, new RedisLinkSettings(redis.uri(), TIMEOUT, 1000));
      await(side.firstAttempt());
    }
    Request request = Request.cmd(command);
    for (String argument : arguments) {
      request.arg(argument);
    }
    return await(side.send(request));
  }

  RedisLink side() {
    command(Command.PING);
    return side;
  }

  long usedMemory() {
    Matcher used =
        Pattern.compile("used_memory:(\\d+)").matcher(command(Command.INFO, "memory").toString());
    if (!used.find()) {
      throw new AssertionError("no used_memory");
    }
    return Long.parseLong(used.group(1));
  }

  /** A copy of what Redis has on disk, after an orderly stop and start. */
  Path backup() throws IOException {
    redis.stop();
    Path copy = redis.directory().resolve("backup");
    copy(redis.directory().resolve("appendonlydir"), copy);
    redis.start();
    return copy;
  }

  /** Kills Redis and lets it come back with the copy. */
  void crashBackTo(Path copy) throws IOException {
    redis.kill();
    Path live = redis.directory().resolve("appendonlydir");
    try (Stream<Path> files = Files.list(live)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    copy(copy, live);
    redis.start();
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  @Override
  public void close() {
    if (index != null) {
      await(index.close());
    }
    if (side != null) {
      await(side.close());
    }
    redis.close();
    await(vertx.close());
    blocking.shutdownNow();
  }

  /** Photos of which each has a version of its own. */
  void writeMany(int volume, int from, int to) {
    List<NeedleEntry> many = new ArrayList<>();
    for (int i = from; i < to; i++) {
      many.add(FakeNeedleLog.photo("n" + i, i + 1));
    }
    write(volume, many);
  }

  /** An index over the same Redis that was not started. */
  RedisIndex fresh() {
    return RedisIndex.create(vertx, settings(redis, TIMEOUT, 0));
  }
}
