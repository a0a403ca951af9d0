package io.backpack.storage;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import io.backpack.redis.RedisLink;
import io.backpack.redis.RedisLinkSettings;
import io.backpack.testing.TestRedis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writes of names that the node knows to be new, and that what is not new is treated as ever. */
class NewNameWritesTest {
  private static final PutOptions IF_ABSENT =
      new PutOptions("", Optional.empty(), false, true, List.of(), Trace.NONE);

  @TempDir Path directory;
  private Vertx vertx;
  private TestRedis redis;
  private RedisLink side;
  private TestNode node;

  @BeforeEach
  void start() throws IOException {
    vertx = Vertx.vertx();
    redis = TestRedis.start(Files.createDirectory(directory.resolve("redis")));
    side = RedisLink.create(vertx, new RedisLinkSettings(redis.uri(), Duration.ofSeconds(5), 100));
    node = TestNode.start(vertx, TestNode.settings(directory.resolve("volumes"), redis));
    awaitFilter();
  }

  @AfterEach
  void stop() {
    node.close();
    await(side.close());
    redis.close();
    await(vertx.close());
  }

  private void awaitFilter() {
    node.ready();
    Awaitility.await().until(() -> filter().getString("state").equals("complete"));
  }

  private JsonObject filter() {
    return new NodeHttp(node).page("/_/stats").getJsonObject("index").getJsonObject("name_filter");
  }

  private Response redis(Command command, String... arguments) {
    Request request = Request.cmd(command);
    for (String each : arguments) {
      request.arg(each);
    }
    return await(side.send(request));
  }

  /** An upload asks once in the script that applies it; a look-up before it would be another. */
  private int questions() {
    Matcher calls =
        Pattern.compile("cmdstat_hget:calls=(\\d+)")
            .matcher(redis(Command.INFO, "commandstats").toString());
    return calls.find() ? Integer.parseInt(calls.group(1)) : 0;
  }

  @Test
  void newNamesAreWrittenWithoutALookUpBefore() {
    int before = questions();
    for (int i = 0; i < 20; i++) {
      await(put("n" + i, 1));
    }
    await(store(IF_ABSENT, "absent", 2));
    Version version = await(put("other", 3)).info().version();
    await(store(PutOptions.DEFAULT.asReplica(version), "copy", 3));
    await(delete("never", DeleteOptions.at(version)));
    assertEquals(before + 24, questions());
    assertEquals(24, filter().getInteger("saved"));
    for (int i = 0; i < 20; i++) {
      assertEquals(1, read("n" + i));
    }
    awaitFailure(ErrorCode.DELETED, get("never"));
  }

  @Test
  void storedNamesAreImmutableAsEver() {
    for (int round = 0; round < 2; round++) {
      StoredPhoto first = await(put("kept" + round, 1));
      await(put("deleted" + round, 1));
      await(delete("deleted" + round, DeleteOptions.DEFAULT));
      for (int seen = 0; seen <= round; seen++) {
        assertRules("kept" + seen, "deleted" + seen);
      }
      Version older = new Version(first.info().version().bits() - (1 << 22));
      awaitFailure(
          ErrorCode.OLDER_VERSION, store(PutOptions.DEFAULT.asReplica(older), "kept" + round, 2));
      awaitFailure(ErrorCode.OLDER_VERSION, delete("kept" + round, DeleteOptions.at(older)));
      // What another process has written is known as well.
      node.stop();
      node.start();
      awaitFilter();
    }
    redis(Command.FLUSHALL);
    // Nothing is taken for new while nobody knows.
    for (int i = 0; i < 50; i++) {
      BackpackException refusal = refusal(put("kept0", 9));
      assertTrue(
          refusal.code() == ErrorCode.EXISTS || refusal.code() == ErrorCode.INDEX_UNAVAILABLE,
          refusal::toString);
    }
    awaitFilter();
    assertRules("kept0", "deleted0");
    assertRules("kept1", "deleted1");
  }

  private void assertRules(String kept, String deleted) {
    assertTrue(await(put(kept, 1)).unchanged());
    awaitFailure(ErrorCode.EXISTS, put(kept, 2));
    awaitFailure(ErrorCode.PRECONDITION_FAILED, store(IF_ABSENT, kept, 1));
    assertEquals(1, read(kept));
    awaitFailure(ErrorCode.DELETED, delete(deleted, DeleteOptions.DEFAULT));
    awaitFailure(ErrorCode.NOT_FOUND, delete("unknown", DeleteOptions.DEFAULT));
  }

  @Test
  void ofWritersOfOneNewNameOneIsFirst() {
    for (int round = 0; round < 20; round++) {
      List<Future<StoredPhoto>> uploads = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        uploads.add(put("contended" + round, i));
      }
      await(Future.join(uploads).otherwiseEmpty());
      assertEquals(1, uploads.stream().filter(Future::succeeded).count());
      assertTrue(uploads.get(read("contended" + round)).succeeded());
    }
  }

  @Test
  void aWriteThatFindsRedisEmptiedIsThereLater() {
    await(put("before", 1));
    redis(Command.FLUSHALL);
    BackpackException refusal = refusal(put("new", 2));
    assertEquals(ErrorCode.INDEX_UNAVAILABLE, refusal.code());
    awaitFilter();
    assertEquals(1, read("before"));
    // It was on the disk when the index refused it: the same again is no other write.
    assertTrue(await(put("new", 2)).unchanged());
    assertEquals(2, read("new"));
    awaitFailure(ErrorCode.EXISTS, put("new", 3));
  }

  private static BackpackException refusal(Future<?> future) {
    return await(
        future.transform(
            done ->
                done.failed()
                    ? Future.succeededFuture(BackpackException.of(done.cause()))
                    : Future.failedFuture("it was stored")));
  }

  private Future<StoredPhoto> put(String name, int content) {
    return store(PutOptions.DEFAULT, name, content);
  }

  private Future<StoredPhoto> store(PutOptions options, String name, int content) {
    Upload upload = Upload.of(Buffer.buffer(new byte[] {(byte) content}));
    return node.store().put(address(name), options, upload);
  }

  private Future<?> delete(String name, DeleteOptions options) {
    return node.store().delete(address(name), options);
  }

  private Future<Buffer> get(String name) {
    return node.store().get(address(name), GetOptions.DEFAULT).compose(photo -> photo.bytes());
  }

  private int read(String name) {
    return await(get(name)).getByte(0);
  }

  private static PhotoAddress address(String name) {
    return PhotoAddress.of(PhotoName.of(name));
  }
}
