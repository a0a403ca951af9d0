package io.backpack.cli.replicate;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.DataSize;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.cli.CliException;
import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.QueueSettings;
import io.backpack.http.HttpSettings;
import io.backpack.http.PhotoServer;
import io.backpack.http.ServiceStatus;
import io.backpack.metrics.Metrics;
import io.backpack.queue.CopyQueueConsumer;
import io.backpack.queue.CopyTask;
import io.backpack.queue.LeasedTask;
import io.backpack.queue.QueueLimits;
import io.backpack.queue.QueueServers;
import io.backpack.queue.RedisCopyQueue;
import io.backpack.testing.InMemoryPhotoStore;
import io.backpack.testing.TestRedis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands against a real ZooKeeper, a real queue server and a node that is there. */
class ReplicateCommandTest {
  @TempDir Path directory;
  private final Vertx vertx = Vertx.vertx();
  private final InMemoryPhotoStore node = new InMemoryPhotoStore(1, 1000);
  private TestingServer zookeeper;
  private TestRedis redis;
  private RedisCopyQueue queue;
  private String output;

  @BeforeEach
  void start() throws Exception {
    zookeeper = new TestingServer(true);
    redis = TestRedis.start(directory);
    PhotoServer server =
        PhotoServer.create(
            vertx,
            PhotoServer.Kind.NODE,
            HttpSettings.DEFAULT.withPort(0),
            node,
            new Status(),
            Metrics.create("storage", "1"));
    int port = await(server.listen());
    try (ClusterAdmin admin = admin()) {
      admin.init();
      admin.addServer("1", "127.0.0.1", port);
      admin.addServer("2", "127.0.0.1", TestRedis.freePort());
      admin.addShard("1", List.of("1", "2"), DataSize.parse("1gb"), true);
      admin.setQueue(
          new QueueSettings(
              List.of(new QueueSettings.Endpoint("127.0.0.1", redis.port())), "test"));
    }
    queue = RedisCopyQueue.create(vertx, QueueLimits.DEFAULT);
    queue.configure(new QueueServers(List.of(redis.uri()), "test"));
  }

  private ClusterAdmin admin() {
    return ClusterAdmin.connect(zookeeper.getConnectString(), "/backpack", Duration.ofSeconds(10));
  }

  @AfterEach
  void stop() throws Exception {
    await(queue.close());
    await(vertx.close());
    redis.close();
    zookeeper.close();
  }

  private int run(String... arguments) {
    StringWriter out = new StringWriter();
    CommandLine line = new CommandLine(new ReplicateCommand());
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(out, true));
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          if (failure instanceof CliException known) {
            out.append(known.getMessage());
            return known.exitCode();
          }
          throw failure;
        });
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--zookeeper", zookeeper.getConnectString(), "--root", "/backpack"));
    int code = line.execute(all.toArray(new String[0]));
    output = out.toString();
    return code;
  }

  @Test
  void aPhotoIsPushedShownBuriedAndRequeued() {
    await(
        node.put(
            PhotoAddress.of(PhotoName.of("my cat.jpg")),
            PutOptions.DEFAULT,
            Upload.of(Buffer.buffer("a cat"))));
    assertEquals(0, run("push", "1:my cat.jpg", "--to", "2"), () -> output);
    assertEquals(0, run("push", "/1:my%20cat.jpg", "--to", "2", "--from", "1"), () -> output);
    assertTrue(output.contains("from 1 to 2"), output);

    assertEquals(0, run("status"), () -> output);
    assertTrue(output.contains("2 tasks, 0 dead letters"), output);
    assertTrue(output.contains("WAITING"), output);

    CopyQueueConsumer consumer = queue.consumer("test", Duration.ofSeconds(30));
    for (LeasedTask task : await(consumer.take(consumer.servers().get(0), "2", 10))) {
      await(consumer.bury(task, "the reason"));
    }
    assertEquals(0, run("status", "--json"), () -> output);
    JsonObject server = new JsonObject(output).getJsonArray("servers").getJsonObject(0);
    JsonObject letter = server.getJsonArray("dead_letters").getJsonObject(0);
    assertEquals("the reason", letter.getString("reason"));
    assertEquals(2, server.getInteger("dead"));

    assertEquals(0, run("status"), () -> output);
    assertTrue(output.contains("the reason"), output);
    assertEquals(0, run("requeue", "--id", letter.getString("id")), () -> output);
    assertEquals(3, run("requeue", "--id", letter.getString("id")), () -> output);
    assertEquals(0, run("requeue", "--all"), () -> output);
    assertTrue(output.contains("1 task is back in line"), output);
  }

  @Test
  void thePhotosOfAFileArePushed() throws IOException {
    int many = 100;
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < many; i++) {
      await(
          node.put(
              PhotoAddress.of(PhotoName.of("p " + i)),
              PutOptions.DEFAULT,
              Upload.of(Buffer.buffer("cat " + i))));
      names.append(i % 2 == 0 ? "1:p " + i : "/1:p%20" + i).append(i % 3 == 0 ? "\n\n" : "\n");
    }
    Path file = directory.resolve("names");
    Files.writeString(file, names);
    assertEquals(0, run("push", "--names", file.toString(), "--to", "2"), () -> output);
    assertTrue(output.contains("queued 100, not found 0, failed 0"), output);
    assertEquals(0, run("status"), () -> output);
    assertTrue(output.contains("100 tasks"), output);

    Files.writeString(file, "1:p 1\n1:unknown\nnonsense\n1:p 2");
    assertEquals(4, run("push", "--names", file.toString(), "--to", "2"), () -> output);
    assertTrue(output.contains("queued 2, not found 1, failed 1"), output);
    assertTrue(output.contains("push: 1:unknown: none of the nodes"), output);
    assertTrue(output.contains("push: nonsense: 'nonsense' is not SHARD:NAME"), output);
    Files.writeString(file, "1:unknown\n9:p 1");
    assertEquals(3, run("push", "--names", file.toString(), "--to", "2"), () -> output);
    Files.writeString(file, "1:unknown\nnonsense");
    assertEquals(1, run("push", "--names", file.toString(), "--to", "2"), () -> output);
    Files.writeString(file, "");
    assertEquals(0, run("push", "--names", file.toString(), "--to", "2"), () -> output);
    assertEquals(3, run("push", "--names", file + "-not", "--to", "2"), () -> output);
    assertEquals(2, run("push", "--to", "2"), () -> output);
    assertEquals(2, run("push", "1:p 1", "--names", file.toString(), "--to", "2"), () -> output);
  }

  @Test
  void aNodeThatIsBehindIsShown() {
    RedisCopyQueue small = RedisCopyQueue.create(vertx, QueueLimits.DEFAULT.withTarget(2, 1 << 20));
    small.configure(new QueueServers(List.of(redis.uri()), "test"));
    for (int i = 0; i < 5; i++) {
      PhotoName name = PhotoName.of("p" + i);
      await(small.push(new CopyTask(name, new Version(i + 1L), false, List.of("1"), "2")));
    }
    assertEquals(0, run("status"), () -> output);
    assertTrue(output.contains("2 tasks"), output);
    assertTrue(output.contains("3 since 20"), output);
    assertEquals(0, run("status", "--json"), () -> output);
    JsonObject server = new JsonObject(output).getJsonArray("servers").getJsonObject(0);
    JsonObject target = server.getJsonArray("targets").getJsonObject(0);
    assertEquals(3, target.getInteger("behind_tasks"));
    await(small.close());
  }

  @Test
  void whatIsWrongHasItsExitCode() {
    assertEquals(3, run("push", "1:no.jpg", "--to", "2"), () -> output);
    assertEquals(3, run("push", "9:no.jpg", "--to", "2"), () -> output);
    assertEquals(2, run("push", "1:no.jpg", "--to", "9"), () -> output);
    assertEquals(2, run("push", "no.jpg", "--to", "2"), () -> output);
    assertEquals(1, run("push", "1:no.jpg", "--to", "1", "--from", "2"), () -> output);
    assertEquals(2, run("requeue"), () -> output);
    assertEquals(2, run("requeue", "--id", "nonsense"), () -> output);
    assertEquals(2, run("requeue", "--id", "x@127.0.0.1:" + redis.port()), () -> output);
    redis.kill();
    assertEquals(1, run("status"), () -> output);
    assertTrue(output.contains("does not answer"), output);
    assertEquals(1, run("requeue", "--all"), () -> output);
  }

  private static final class Status implements ServiceStatus {
    @Override
    public boolean ready() {
      return true;
    }

    @Override
    public Future<JsonObject> health() {
      return Future.succeededFuture(new JsonObject());
    }

    @Override
    public Future<JsonObject> stats() {
      return Future.succeededFuture(new JsonObject());
    }
  }
}
