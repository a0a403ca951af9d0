package io.backpack.cli.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.DeleteOptions;
import io.backpack.api.GetOptions;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PhotoStore;
import io.backpack.api.PutOptions;
import io.backpack.api.Streams;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.ZooKeeperFixture;
import io.backpack.node.OfflineProcess;
import io.backpack.node.config.Configuration;
import io.backpack.node.config.NodeConfiguration;
import io.backpack.testing.TestRedis;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands over the files of real nodes, with a real Redis and ZooKeeper. */
class VolumeCommandTest {
  private static ZooKeeperFixture zookeeper;
  private static TestRedis redis;
  private static int lastId = 100;

  @TempDir private Path directory;
  private final int source = ++lastId;
  private final int target = ++lastId;
  private final Map<String, byte[]> photos = new LinkedHashMap<>();

  @BeforeAll
  static void startServers(@TempDir Path files) throws Exception {
    zookeeper = new ZooKeeperFixture();
    try (ClusterAdmin admin = zookeeper.admin()) {
      admin.init();
    }
    redis = TestRedis.start(files);
  }

  @AfterAll
  static void stopServers() throws IOException {
    redis.close();
    zookeeper.close();
  }

  @BeforeEach
  void fill() throws IOException {
    Random random = new Random(7);
    List<Integer> sizes = List.of(1, 7, 8, 511, 512, 513, 65_535, 65_536, 65_537, 300_000, 590_000);
    for (int size : sizes) {
      photos.put("sizes/" + size + ".jpg", bytes(random, size));
    }
    photos.put("x", bytes(random, 10));
    photos.put("a", bytes(random, 11));
    photos.put("a/b", bytes(random, 12));
    photos.put("c/d/e", bytes(random, 13));
    photos.put("c/d", bytes(random, 14));
    photos.put("Köln/写真 1.png", bytes(random, 15));
    photos.put("l".repeat(PhotoName.MAX_BYTES), bytes(random, 16));
    photos.put("d/" + "m".repeat(200) + "/" + "ü".repeat(100), bytes(random, 17));
    onNode(
        source,
        store -> {
          photos.forEach((name, data) -> put(store, name, data));
          put(store, "deleted", new byte[] {1});
          OfflineProcess.await(
              store.delete(
                  PhotoAddress.of(PhotoName.of("deleted")),
                  new DeleteOptions(Optional.empty(), Trace.NONE)));
        });
  }

  private static byte[] bytes(Random random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  private Path dir(int node) {
    return directory.resolve("node" + node);
  }

  private Path config(int node) throws IOException {
    return Files.writeString(
        directory.resolve(node + ".yaml"),
        """
        cluster: {zookeeper: "%s"}
        storage: {id: %d, dirs: ["%s"], redis: "%s", volume-size: 1mb, reserve: 0, max-photo-size: 600kb}
        """
            .formatted(zookeeper.hosts(), node, dir(node), redis.uri()));
  }

  private void onNode(int node, Consumer<PhotoStore> work) throws IOException {
    NodeConfiguration configuration =
        Configuration.load(Optional.of(config(node)), Map.of(), List.of()).toNodeConfiguration();
    try (OfflineProcess process =
        OfflineProcess.open(
            configuration, configuration.storage().get(0), OfflineProcess.Purpose.STORE)) {
      work.accept(process.ready(recovering -> {}).store());
    }
  }

  private static void put(PhotoStore store, String name, byte[] data) {
    OfflineProcess.await(
        store.put(
            PhotoAddress.of(PhotoName.of(name)),
            PutOptions.DEFAULT,
            Upload.of(Buffer.buffer(data))));
  }

  private static byte[] get(PhotoStore store, String name) {
    return OfflineProcess.await(
            store
                .get(PhotoAddress.of(PhotoName.of(name)), GetOptions.DEFAULT)
                .compose(photo -> Streams.collect(photo.body(), 1 << 20)))
        .getBytes();
  }

  private Ended good(String... arguments) {
    Ended ended = Ended.run(arguments);
    assertEquals(0, ended.code(), ended.toString());
    return ended;
  }

  private String sourceDir() {
    return dir(source).toString();
  }

  private Path export() {
    Path tar = directory.resolve("all.tar");
    good("export", "--dir", sourceDir(), "-o", tar.toString());
    return tar;
  }

  @Test
  void listsDumpsAndVerifies() {
    JsonArray listed = new JsonArray(good("list", "--dir", sourceDir(), "--dead", "--json").out());
    assertTrue(listed.size() > 1, "several volumes");
    long needles = 0;
    long dead = 0;
    long dumped = 0;
    for (Object each : listed) {
      JsonObject volume = (JsonObject) each;
      needles += volume.getLong("needles");
      dead += volume.getLong("dead_bytes");
      List<String> lines =
          good("dump", "--dir", sourceDir(), "--json", volume.getString("file"))
              .out()
              .lines()
              .toList();
      dumped += lines.size();
      lines.forEach(line -> assertEquals("ok", new JsonObject(line).getString("check"), line));
    }
    assertEquals(photos.size() + 2, needles);
    assertEquals(needles, dumped);
    assertTrue(dead > 0, "the deleted photo");
    assertTrue(good("list", "--dir", sourceDir()).out().contains("sealed"));
    assertTrue(good("verify", "--dir", sourceDir()).out().contains("DAMAGED"));
    assertEquals(3, Ended.run("dump", "--dir", sourceDir(), "99").code());
    assertEquals(1, Ended.run("list", "--dir", directory.resolve("no").toString()).code());
  }

  @Test
  void exportsAndImportsIntoAnotherNode() throws IOException {
    Path tar = export();
    Ended imported =
        good("import", "--config", config(target).toString(), "--json", tar.toString());
    assertEquals(photos.size(), new JsonObject(imported.out()).getLong("stored"));
    Ended again = good("import", "--config", config(target).toString(), "--json", tar.toString());
    assertEquals(photos.size(), new JsonObject(again.out()).getLong("unchanged"));
    assertEquals(0, new JsonObject(again.out()).getLong("stored"));
    List<String> versions = new ArrayList<>();
    onNode(
        target,
        store -> {
          photos.forEach((name, data) -> assertArrayEquals(data, get(store, name), name));
          versions.add(stat(store, "x"));
          try {
            get(store, "deleted");
            throw new AssertionError("a deleted photo was exported");
          } catch (BackpackException e) {
            assertEquals("NOT_FOUND", e.code().toString());
          }
        });
    onNode(source, store -> assertEquals(versions.get(0), stat(store, "x")));
  }

  private static String stat(PhotoStore store, String name) {
    return OfflineProcess.await(store.stat(PhotoAddress.of(PhotoName.of(name)), Trace.NONE))
        .version()
        .hex();
  }

  @Test
  void theSystemsTarExtractsEveryPhoto() throws Exception {
    Path tar = export();
    Path out = Files.createDirectory(directory.resolve("out"));
    Process process =
        new ProcessBuilder("tar", "-xf", tar.toString(), "-C", out.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    long files;
    try (var all = Files.walk(out)) {
      files = all.filter(Files::isRegularFile).count();
    }
    assertEquals(photos.size(), files);
    assertArrayEquals(
        photos.get("sizes/65537.jpg"), Files.readAllBytes(out.resolve("sizes/65537.jpg")));
    Ended tree =
        Ended.run("import", "--config", config(target).toString(), "--json", out.toString());
    assertEquals(4, tree.code(), "what stands below _/ has lost its name: " + tree);
    JsonObject counts = new JsonObject(tree.out());
    assertEquals(photos.size(), counts.getLong("stored") + counts.getLong("failed"));
    assertTrue(counts.getLong("failed") >= 3, tree.out());
  }

  @Test
  void anImportThatBrokeOffGoesOn() throws IOException {
    Path tar = export();
    Path part = directory.resolve("part.tar");
    byte[] all = Files.readAllBytes(tar);
    Files.write(part, Arrays.copyOf(all, all.length / 2));
    Ended broken = Ended.run("import", "--config", config(target).toString(), part.toString());
    assertEquals(1, broken.code(), broken.toString());
    JsonObject counts =
        new JsonObject(
            good("import", "--config", config(target).toString(), "--json", tar.toString()).out());
    assertTrue(counts.getLong("unchanged") > 0, counts.encode());
    assertTrue(counts.getLong("stored") > 0, counts.encode());
    assertEquals(photos.size(), counts.getLong("unchanged") + counts.getLong("stored"));
  }

  @Test
  void whatWasDeletedSinceStaysDeleted() throws IOException {
    Path tar = export();
    onNode(
        source,
        store ->
            OfflineProcess.await(
                store.delete(
                    PhotoAddress.of(PhotoName.of("x")),
                    new DeleteOptions(Optional.empty(), Trace.NONE))));
    JsonObject counts =
        new JsonObject(
            good("import", "--config", config(source).toString(), "--json", tar.toString()).out());
    assertEquals(1, counts.getLong("older"), counts.encode());
    counts =
        new JsonObject(
            good(
                    "import",
                    "--config",
                    config(source).toString(),
                    "--as-new",
                    "--json",
                    tar.toString())
                .out());
    assertEquals(1, counts.getLong("stored"), counts.encode());
  }

  @Test
  void damageIsLeftOutAndTold() throws IOException {
    damage("sizes/300000.jpg");
    Path tar = directory.resolve("rest.tar");
    Ended ended = Ended.run("export", "--dir", sourceDir(), "-o", tar.toString(), "--json");
    assertEquals(4, ended.code(), ended.toString());
    assertEquals(photos.size() - 1, new JsonObject(ended.out()).getLong("photos"));
    Ended verified = Ended.run("verify", "--dir", sourceDir(), "--json");
    assertEquals(4, verified.code(), verified.toString());
    assertEquals(1, new JsonObject(verified.out()).getJsonArray("damage").size());
    JsonObject counts =
        new JsonObject(
            good("import", "--config", config(target).toString(), "--json", tar.toString()).out());
    assertEquals(photos.size() - 1, counts.getLong("stored"));
  }

  private void damage(String name) throws IOException {
    for (Object each : new JsonArray(good("list", "--dir", sourceDir(), "--json").out())) {
      String id = ((JsonObject) each).getLong("id").toString();
      for (String line : good("dump", "--dir", sourceDir(), "--json", id).out().lines().toList()) {
        JsonObject needle = new JsonObject(line);
        if (needle.getString("name").equals(name)) {
          long middle = needle.getLong("offset") + needle.getLong("length") / 2;
          try (FileChannel file =
              FileChannel.open(dir(source).resolve("data_" + id), StandardOpenOption.WRITE)) {
            assertEquals(4, file.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), middle));
          }
        }
      }
    }
  }

  @Test
  void aNodeThatRunsIsLeftAlone() throws IOException {
    onNode(
        source,
        store -> {
          for (String command : List.of("rebuild-index", "compact", "import")) {
            Ended ended = runOnSource(command);
            assertEquals(1, ended.code(), ended.toString());
            assertTrue(ended.err().contains("in use by this process"), ended.err());
          }
          export();
          assertArrayEquals(photos.get("x"), get(store, "x"), "it still works");
        });
  }

  private Ended runOnSource(String command) {
    try {
      String config = config(source).toString();
      return command.equals("import")
          ? Ended.run(command, "--config", config, directory.toString())
          : Ended.run(command, "--config", config);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void rebuildsTheIndex() throws Exception {
    assertEquals(0, Ended.run("verify", "--config", config(source).toString(), "--index").code());
    redisCli("DEL", "bp:{" + source + "}:b0");
    Ended lacking = Ended.run("verify", "--config", config(source).toString(), "--index", "--json");
    assertEquals(4, lacking.code(), lacking.toString());
    assertTrue(new JsonObject(lacking.out()).getLong("not_indexed") > 0, lacking.out());
    // As an interrupted one leaves it.
    redisCli("HSET", "bp:{" + source + "}:meta", "erasing", "1");
    Ended interrupted = Ended.run("verify", "--config", config(source).toString(), "--index");
    assertEquals(1, interrupted.code(), interrupted.toString());
    assertTrue(interrupted.err().contains("volume rebuild-index"), interrupted.err());
    Ended rebuilt = good("rebuild-index", "--config", config(source).toString(), "--json");
    assertEquals(
        new JsonObject().put("photos", photos.size()).put("tombstones", 1),
        new JsonObject(rebuilt.out()));
    assertEquals(0, Ended.run("verify", "--config", config(source).toString(), "--index").code());
    onNode(
        source,
        store -> photos.forEach((name, data) -> assertArrayEquals(data, get(store, name), name)));
  }

  private static void redisCli(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("redis-cli", "-p", "" + redis.port()));
    command.addAll(List.of(arguments));
    assertEquals(0, new ProcessBuilder(command).start().waitFor());
  }

  @Test
  void compactsWhatIsStopped() throws IOException {
    String config = config(source).toString();
    int before = new JsonArray(good("list", "--dir", sourceDir(), "--json").out()).size();
    JsonObject done = new JsonObject(good("compact", "--config", config, "--all", "--json").out());
    assertEquals(before, done.getJsonArray("retired").size(), done.encode());
    assertEquals(1, done.getLong("needles_dropped"), "the photo that was deleted");
    assertEquals(photos.size() + 1, done.getLong("needles_moved"), "the tombstone too");
    assertEquals(0, done.getJsonArray("kept").size());
    assertEquals(0, Ended.run("verify", "--config", config, "--index").code());
    onNode(
        source,
        store -> photos.forEach((name, data) -> assertArrayEquals(data, get(store, name), name)));
    JsonArray left = new JsonArray(good("list", "--dir", sourceDir(), "--json").out());
    String file = left.getJsonObject(0).getString("file");
    String told = good("compact", "--config", config, "--rate", "100mb", file).out();
    assertTrue(told.startsWith("1 volume is gone, 1 was made"), told);
    assertEquals(3, Ended.run("compact", "--config", config, file).code(), "it is gone");
    assertEquals(2, Ended.run("compact", "--config", config, "--dead-ratio", "2").code());
    assertEquals(2, Ended.run("compact", "--config", config, "--rate", "fast").code());
    assertEquals(2, Ended.run("compact", "--dir", sourceDir()).code());
  }

  @Test
  void aDamagedVolumeIsKept() throws IOException {
    damage("sizes/300000.jpg");
    Ended ended = Ended.run("compact", "--config", config(source).toString(), "--all", "--json");
    assertEquals(4, ended.code(), ended.toString());
    JsonArray kept = new JsonObject(ended.out()).getJsonArray("kept");
    assertEquals(1, kept.size());
    assertTrue(kept.getJsonObject(0).getBoolean("damaged"), kept.encode());
  }

  @Test
  void wrongUsageIsTold() throws IOException {
    assertEquals(2, Ended.run("rebuild-index", "--dir", sourceDir()).code());
    assertEquals(2, Ended.run("list", "--config", config(source).toString(), "--node", "9").code());
    assertEquals(2, Ended.run("export", "--dir", sourceDir()).code());
    assertEquals(2, Ended.run().code());
    Ended none = Ended.run("import", "--config", config(source).toString(), "/no/such");
    assertEquals(3, none.code(), none.toString());
    assertFalse(Files.exists(dir(target)));
  }
}
