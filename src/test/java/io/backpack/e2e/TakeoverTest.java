package io.backpack.e2e;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.QueueSettings;
import io.backpack.cluster.Server;
import io.backpack.cluster.ZooKeeperFixture;
import io.backpack.node.NodeProcess;
import io.backpack.node.config.Configuration;
import io.backpack.queue.CopyTask;
import io.backpack.queue.QueueLimits;
import io.backpack.queue.RedisCopyQueue;
import io.backpack.replicator.ReplicatorVerticle;
import io.backpack.testing.OriginalNode;
import io.backpack.testing.TestRedis;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster map as the tools of the original left it, with a node of the original and one of ours
 * in its shard, and a coordinator and a replicator of ours.
 */
class TakeoverTest {
  private static final String SHARDS = "{\"1\":{\"nodes\":[1,\"2\"],\"note\":\"ours\"}}";

  @TempDir private Path directory;

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private ZooKeeperFixture zookeeper;
  private OriginalNode original;
  private String node;
  private String coordinator;
  private QueueSettings.Endpoint queueServer;

  @BeforeEach
  void start() throws Exception {
    zookeeper = opened(new ZooKeeperFixture());
    original = opened(new OriginalNode());
    TestRedis redis = opened(TestRedis.start(Files.createDirectory(directory.resolve("index"))));
    TestRedis queue = opened(TestRedis.start(Files.createDirectory(directory.resolve("queue"))));
    queueServer = new QueueSettings.Endpoint("127.0.0.1", queue.port());
    int nodePort = TestRedis.freePort();
    int coordinatorPort = TestRedis.freePort();
    node = "http://127.0.0.1:" + nodePort + "/";
    coordinator = "http://127.0.0.1:" + coordinatorPort + "/";
    zookeeper.put("servers-map", servers(nodePort, ""));
    zookeeper.put("shards-map", SHARDS);
    zookeeper.put("shard-size-1", "{\"capacity\":\"107374182400\",\"current\":\"1000\"}");
    zookeeper.put(
        "queue",
        "{\"servers\":[{\"host\":\"127.0.0.1\",\"port\":\"" + queue.port() + "\"}],\"key\":\"q\"}");
    try (ClusterAdmin admin = zookeeper.admin()) {
      admin.setServer("1", s -> new Server("1", s.host(), s.port(), "", "", true));
    }
    Path file =
        Files.writeString(
            directory.resolve("node.yaml"),
            """
            cluster:
              zookeeper: %s
            http:
              host: 127.0.0.1
              write-token: %s
            storage:
              id: "2"
              port: %d
              dirs: [%s]
              redis: %s
              reserve: 100mb
            coordinator:
              port: %d
            replicator:
              name: r
            """
                .formatted(
                    zookeeper.hosts(),
                    TestCluster.TOKEN,
                    nodePort,
                    Files.createDirectory(directory.resolve("data")),
                    redis.uri(),
                    coordinatorPort));
    NodeProcess process =
        await(
            NodeProcess.start(
                Configuration.load(Optional.of(file), Map.of(), List.of()).toNodeConfiguration()));
    opened(() -> await(process.close()));
    await(process.ready());
    assertEquals(servers(nodePort, ",\"original\":true"), zookeeper.get("servers-map"));
    assertEquals(SHARDS, zookeeper.get("shards-map"));
  }

  private String servers(int nodePort, String mark) {
    return "{\"1\":{\"host\":\"127.0.0.1\",\"port\":\""
        + original.port()
        + "\",\"rack\":7"
        + mark
        + "},\"2\":{\"host\":\"127.0.0.1\",\"port\":\""
        + nodePort
        + "\"}}";
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  @AfterEach
  void stop() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  private static JsonObject json(String url) throws Exception {
    return new JsonObject(Buffer.buffer(HttpPhotos.get(url).body()));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void bothKindsOfNodesServeOneShard() throws Exception {
    original.photos.put("old.jpg", Buffer.buffer("old"));

    HttpResponse<byte[]> put = HttpPhotos.put(coordinator + "new.jpg", bytes("new"));
    assertEquals(201, put.statusCode());
    assertEquals("/1:new.jpg", put.headers().firstValue("Location").orElseThrow());
    assertEquals("new", original.photos.get("new.jpg").toString());
    assertEquals(200, HttpPhotos.status(node + "new.jpg"));

    HttpResponse<byte[]> old = HttpPhotos.get(coordinator + "1:old.jpg");
    assertEquals(200, old.statusCode());
    assertEquals("old", new String(old.body(), StandardCharsets.UTF_8));
    assertEquals(409, HttpPhotos.put(coordinator + "old.jpg", bytes("other")).statusCode());
    assertEquals("old", original.photos.get("old.jpg").toString());

    HttpResponse<byte[]> deleted = HttpPhotos.delete(coordinator + "1:new.jpg");
    assertEquals(405, deleted.statusCode());
    assertEquals("GET, HEAD", deleted.headers().firstValue("Allow").orElseThrow());
    assertTrue(new String(deleted.body(), StandardCharsets.UTF_8).contains("cannot delete"));

    // The original may have any name, and does not tell.
    JsonObject peer =
        Awaitility.await()
            .until(() -> json(node + "_/repair").getJsonArray("peers"), peers -> !peers.isEmpty())
            .getJsonObject(0);
    assertEquals("original", peer.getString("state"));
    assertEquals(503, HttpPhotos.status(node + "never.jpg"));
    assertFalse(json(node + "_/health").getBoolean("complete"));

    assertEquals(SHARDS, zookeeper.get("shards-map"));
    JsonObject size = zookeeper.json("shard-size-1");
    assertEquals("107374182400", size.getValue("capacity"));
  }

  @Test
  void copiesGoBothWays() {
    Vertx vertx = Vertx.vertx();
    RedisCopyQueue queue = RedisCopyQueue.create(vertx, QueueLimits.DEFAULT);
    opened(() -> await(vertx.close()));
    opened(() -> await(queue.close()));
    queue.configure(ReplicatorVerticle.queueServers(new QueueSettings(List.of(queueServer), "q")));

    original.photos.put("old.jpg", Buffer.buffer("old"));
    CRC32C sum = new CRC32C();
    sum.update(bytes("old"));
    Version version = Version.ofOriginal((int) sum.getValue());
    PhotoName old = PhotoName.of("old.jpg");
    await(queue.push(new CopyTask(old, version, false, List.of("1"), "2")));
    Awaitility.await().until(() -> HttpPhotos.status(node + "old.jpg") == 200);
    HttpResponse<byte[]> copy = HttpPhotos.get(node + "old.jpg");
    assertEquals("old", new String(copy.body(), StandardCharsets.UTF_8));
    assertEquals(version.hex(), copy.headers().firstValue("X-Backpack-Version").orElseThrow());

    JsonObject stored =
        new JsonObject(Buffer.buffer(HttpPhotos.put(node + "new.jpg", bytes("new")).body()));
    PhotoName name = PhotoName.of("new.jpg");
    Version stamped = Version.parse(stored.getString("version"));
    await(queue.push(new CopyTask(name, stamped, false, List.of("2"), "1")));
    Awaitility.await().until(() -> original.photos.containsKey("new.jpg"));
    assertEquals("new", original.photos.get("new.jpg").toString());
  }
}
