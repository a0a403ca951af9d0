package io.backpack.node;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.cli.CliException;
import io.backpack.cli.replicate.ReplicateCommand;
import io.backpack.cluster.ClusterAdmin;
import io.backpack.testing.Pictures;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Nodes over real disks, Redis and ZooKeeper make each other complete; nothing else does. */
class NodeRepairTest {
  private static final long SEED = Long.getLong("backpack.seed", System.nanoTime());

  @TempDir static Path directory;
  private static RepairCluster cluster;

  private final Random random = new Random(SEED);

  @BeforeAll
  static void start() throws Exception {
    System.out.println("NodeRepairTest: -Dbackpack.seed=" + SEED);
    cluster = new RepairCluster(directory);
  }

  @AfterAll
  static void stop() throws IOException {
    cluster.close();
  }

  private static PhotoAddress address(String name) {
    return PhotoAddress.of(PhotoName.of(name));
  }

  private byte[] put(String node, String name, int size) {
    byte[] bytes = Pictures.noise(random, size);
    put(node, name, bytes);
    return bytes;
  }

  private static StoredPhoto put(String node, String name, byte[] bytes) {
    return await(
        cluster
            .store(node)
            .put(address(name), PutOptions.DEFAULT, Upload.of(Buffer.buffer(bytes))));
  }

  private static void delete(String node, String name) {
    await(cluster.store(node).delete(address(name), DeleteOptions.DEFAULT));
  }

  private static byte[] read(String node, String name) {
    return await(cluster.store(node).get(address(name), GetOptions.DEFAULT).compose(Photo::bytes))
        .getBytes();
  }

  private static void assertFails(ErrorCode code, String node, String name) {
    awaitFailure(code, cluster.store(node).stat(address(name), Trace.NONE));
    awaitFailure(code, cluster.store(node).get(address(name), GetOptions.DEFAULT));
  }

  /** A peer may just have asked the node to compare itself, which makes it doubt for a moment. */
  private static void awaitUnknown(String node) {
    await().untilAsserted(() -> assertFails(ErrorCode.NOT_FOUND, node, "unknown"));
  }

  @Test
  void aNodeThatWasAwayKnowsThatItDoesNotKnowAndCatchesUp() throws IOException {
    cluster.shard("away", "a1", "a2");
    cluster.start("a1");
    cluster.start("a2");
    cluster.awaitComplete("a1", "a2");
    awaitUnknown("a1");
    byte[] before = put("a1", "deleted", 1000);
    put("a2", "deleted", before);
    // Each node has stamped its own version; the higher one is where both end up.
    cluster.stop("a1");
    delete("a2", "deleted");
    byte[] small = put("a2", "small while it was away", 5000);
    byte[] large = put("a2", "large while it was away", 3 << 20);
    delete("a2", "large while it was away");
    byte[] again = put("a2", "large while it was away", 2 << 20);
    assertFalse(Arrays.equals(large, again));
    cluster.stop("a2");

    cluster.start("a1");
    assertFails(ErrorCode.MISSING, "a1", "small while it was away");
    awaitFailure(
        ErrorCode.MISSING, cluster.store("a1").delete(address("unknown"), DeleteOptions.DEFAULT));
    HttpResponse<String> unknown = cluster.get("a1", "/unknown");
    assertEquals(503, unknown.statusCode());
    assertTrue(unknown.headers().firstValue("Retry-After").isPresent());
    assertTrue(new JsonObject(unknown.body()).getString("message").contains("a2"), unknown.body());
    assertFalse(cluster.complete("a1"));
    assertArrayEquals(before, read("a1", "deleted"), "what it has is served");
    byte[] alone = put("a1", "stored while it was alone", 700);

    cluster.start("a2");
    cluster.awaitComplete("a1", "a2");
    awaitUnknown("a1");
    assertFails(ErrorCode.DELETED, "a1", "deleted");
    assertFails(ErrorCode.DELETED, "a2", "deleted");
    assertArrayEquals(small, read("a1", "small while it was away"));
    assertArrayEquals(again, read("a1", "large while it was away"));
    await().untilAsserted(() -> assertArrayEquals(alone, read("a2", "stored while it was alone")));
    assertEquals(cluster.sums("a1"), cluster.sums("a2"));
  }

  @Test
  void aNodeThatReturnsShowsNothingThatWasDeletedMeanwhile() throws IOException {
    cluster.shard("deletes", "e1", "e2");
    cluster.start("e1");
    cluster.start("e2");
    for (int i = 0; i < 40; i++) {
      put("e1", "photo " + i, 2000);
    }
    ask("e2");
    cluster.stop("e1");
    for (int i = 0; i < 40; i += 2) {
      delete("e2", "photo " + i);
    }
    for (int i = 100; i < 140; i++) {
      put("e2", "photo " + i, 20_000);
    }
    // Copies come slowly, deletes do not wait for them.
    cluster.start("e1", "storage.repair-rate", "64kb");
    for (int i = 0; i < 40; i += 2) {
      assertFails(ErrorCode.DELETED, "e1", "photo " + i);
    }
    assertEquals(2000, read("e1", "photo 1").length);
    assertFalse(cluster.complete("e1"));
    JsonObject status = cluster.page("e1", "/_/repair");
    assertTrue(status.getBoolean("serves"), status.encode());
    assertEquals(20, status.getJsonArray("peers").getJsonObject(0).getInteger("deletes"));
    assertTrue(cluster.page("e1", "/_/health").getJsonObject("repair").getBoolean("serves"));
  }

  @Test
  void anEmptyNodeIsRefilledAlsoWhenItIsInterrupted() throws IOException {
    cluster.shard("refill", "r1");
    cluster.start("r1");
    for (int i = 0; i < 60; i++) {
      put("r1", "photo " + i, 20_000);
    }
    delete("r1", "photo 7");
    awaitUnknown("r1");
    try (ClusterAdmin admin = cluster.admin()) {
      admin.removeShard("refill", true);
    }
    cluster.shard("refill", "r1", "r2");
    cluster.start("r2", "storage.repair-rate", "200kb");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> copied(cluster.page("r2", "/_/repair")) > 10);
    JsonObject status = cluster.page("r2", "/_/repair");
    assertEquals("copying", status.getString("state"), status.encode());
    assertTrue(status.getInteger("left_seconds") >= 0, status.encode());
    assertFails(ErrorCode.MISSING, "r2", "unknown");
    cluster.stop("r2");

    cluster.start("r2");
    cluster.awaitComplete("r2");
    long rest = copied(cluster.page("r2", "/_/repair"));
    assertTrue(rest < 60, "what was there was not copied again, but " + rest + " were");
    assertArrayEquals(read("r1", "photo 59"), read("r2", "photo 59"));
    assertFails(ErrorCode.DELETED, "r2", "photo 7");
    awaitUnknown("r2");
    assertEquals(cluster.sums("r1"), cluster.sums("r2"));
    String metrics = cluster.get("r2", "/_/metrics").body();
    assertTrue(metrics.contains("backpack_repair_complete{"), metrics);
  }

  private static long copied(JsonObject status) {
    return status.getJsonArray("peers").stream()
        .mapToLong(peer -> ((JsonObject) peer).getLong("copied"))
        .sum();
  }

  @Test
  void aLostStoreIsReplacedByAnEmptyOne() throws IOException {
    cluster.shard("store", "s1", "s2");
    cluster.start("s1");
    cluster.start("s2");
    for (int i = 0; i < 30; i++) {
      put("s2", "photo " + i, 3000);
    }
    delete("s2", "photo 3");
    ask("s1");
    cluster.stop("s2");
    erase(cluster.volumes("s2"));
    BackpackException refused = assertThrows(BackpackException.class, () -> cluster.start("s2"));
    assertEquals(ErrorCode.FORBIDDEN, refused.code());
    assertTrue(refused.getMessage().contains("--replace"), refused.getMessage());

    cluster.startReplaced("s2");
    cluster.awaitComplete("s2");
    assertEquals(cluster.sums("s1"), cluster.sums("s2"));
    assertArrayEquals(read("s1", "photo 29"), read("s2", "photo 29"));
    assertFails(ErrorCode.DELETED, "s2", "photo 3");
    cluster.stop("s2");
    // A command line that is not put right again does no harm.
    cluster.startReplaced("s2");
    cluster.awaitComplete("s2");
    assertArrayEquals(read("s1", "photo 29"), read("s2", "photo 29"));
  }

  @Test
  void oneOfTwoDirectoriesIsReplaced() throws IOException {
    cluster.shard("directory", "t1", "t2");
    Path lost = directory.resolve("lost");
    String[] dirs = {"storage.dirs", lost + "," + directory.resolve("kept")};
    cluster.start("t1", dirs);
    cluster.start("t2");
    cluster.awaitComplete("t1", "t2");
    for (int i = 0; i < 30; i++) {
      put("t1", "photo " + i, 3000);
    }
    ask("t2");
    cluster.stop("t1");
    erase(lost);
    cluster.startReplaced("t1", dirs);
    cluster.awaitComplete("t1");
    await().untilAsserted(() -> assertEquals(cluster.sums("t2"), cluster.sums("t1")));
    for (int i = 0; i < 30; i++) {
      assertArrayEquals(read("t2", "photo " + i), read("t1", "photo " + i));
    }
    awaitUnknown("t1");
    assertEquals(
        0, cluster.page("t1", "/_/health").getJsonArray("refused_dirs").size(), "both serve");
  }

  private static void erase(Path dir) throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void aDamagedPhotoIsReplaced() throws IOException {
    cluster.shard("damage", "d1", "d2");
    cluster.start("d1");
    cluster.start("d2");
    cluster.awaitComplete("d1", "d2");
    byte[] bytes = put("d2", "torn", 50_000);
    ask("d1");
    assertArrayEquals(bytes, read("d1", "torn"));
    JsonObject where = cluster.page("d1", "/_/where/torn");
    flip(cluster.volumes("d1").resolve(where.getString("file")), where.getLong("offset") + 30_000);
    awaitFailure(ErrorCode.DAMAGED, cluster.store("d1").get(address("torn"), GetOptions.DEFAULT));
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> cluster.page("d1", "/_/health").getLong("damaged_needles") == 0);
    assertArrayEquals(bytes, read("d1", "torn"));
  }

  private static void ask(String node) {
    assertEquals(0, repair("--node", node));
  }

  private static int repair(String... more) {
    List<String> arguments = new ArrayList<>(List.of("repair", "--zookeeper", cluster.hosts()));
    arguments.addAll(List.of(more));
    CommandLine line = new CommandLine(new ReplicateCommand());
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          if (failure instanceof CliException known) {
            return known.exitCode();
          }
          throw failure;
        });
    return line.execute(arguments.toArray(new String[0]));
  }

  private static void flip(Path file, long at) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      assertEquals(1, channel.read(one, at));
      one.put(0, (byte) ~one.get(0)).rewind();
      assertEquals(1, channel.write(one, at));
    }
  }

  @Test
  void theCommandSaysWhatItCouldNotDo() {
    cluster.shard("command", "c1", "c2");
    cluster.start("c1");
    put("c1", "photo", 1000);
    assertEquals(CliException.NOT_FOUND, repair("--shard", "nowhere"));
    assertEquals(CliException.NOT_FOUND, repair("--node", "nobody"));
    assertEquals(CliException.PARTLY, repair("--shard", "command"), "c2 does not run");
    cluster.start("c2");
    assertEquals(0, repair("--shard", "command", "--json"));
    read("c2", "photo");
  }
}
