package io.backpack.e2e;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.testing.BackpackProcess;
import io.backpack.testing.Pictures;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The main job with real processes: pictures go in through two coordinators, must be on both nodes,
 * and stay there whatever is killed. The tests share one cluster and run in order; each ends with
 * every acknowledged photo on both nodes again.
 */
@Tag("e2e")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EndToEndTest {
  private static final int CLIENTS = 16;
  private static final int PICTURES = 500;

  /** Long enough for a process to notice that it was stopped. */
  private static final Duration STOPPED = Duration.ofSeconds(8);

  private static final int MAX_SIZE = 32 << 20;
  private static final long SEED = Long.getLong("backpack.seed", System.nanoTime());

  @TempDir static Path directory;
  private static TestCluster cluster;
  private static ExecutorService clients;

  /** Path as the coordinator gave it, without the slash ({@code 1:name}), to the bytes. */
  private static final Map<String, byte[]> acknowledged = new ConcurrentHashMap<>();

  @BeforeAll
  static void start() {
    System.out.println("EndToEndTest: -Dbackpack.seed=" + SEED);
    clients = Executors.newFixedThreadPool(CLIENTS);
    cluster = new TestCluster(directory);
  }

  @AfterAll
  static void stop() throws InterruptedException {
    clients.shutdownNow();
    assertTrue(clients.awaitTermination(30, TimeUnit.SECONDS));
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  @Order(1)
  void everyPictureIsOnBothNodes() throws Exception {
    List<byte[]> pictures = new ArrayList<>();
    Random random = new Random(SEED);
    for (int i = 0; i < PICTURES; i++) {
      boolean png = i % 4 == 0;
      int side = png ? random.nextInt(26, 365) : random.nextInt(50, 630);
      pictures.add(Pictures.picture(random, png ? "png" : "jpg", side));
    }
    for (int size : new int[] {1, (64 << 10) - 1, 64 << 10, (64 << 10) + 1, 1 << 20, MAX_SIZE}) {
      pictures.add(Pictures.noise(random, size));
    }
    List<Future<HttpResponse<byte[]>>> answers = new ArrayList<>();
    for (int i = 0; i < pictures.size(); i++) {
      String name = "pictures/" + i + "/photo%20" + i + "%2Fcopy+%C3%A9.jpg";
      answers.add(upload(1 + i % 2, name, pictures.get(i)));
    }
    for (Future<HttpResponse<byte[]>> answer : answers) {
      assertEquals(201, answer.get().statusCode(), () -> body(answer));
    }
    assertEquals(PICTURES + 6, acknowledged.size());
    awaitEqualNodes();
    readEverything(cluster.coordinatorUrl(1));
    readEverything(cluster.coordinatorUrl(2));
    readEverything(cluster.frontendUrl());
  }

  @Test
  @Order(2)
  void uploadsGoOnWhileANodeIsKilledAndItCatchesUp() throws Exception {
    Random random = new Random(SEED + 2);
    List<Future<HttpResponse<byte[]>>> answers = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      byte[] bytes = Pictures.noise(random, random.nextInt(1, 100_000));
      Future<HttpResponse<byte[]>> answer = upload(1 + i % 2, "during/" + i, bytes);
      answers.add(answer);
      if (i == 150) {
        answers.get(100).get();
        cluster.nodes.get(1).kill();
      }
    }
    for (Future<HttpResponse<byte[]>> answer : answers) {
      assertEquals(201, answer.get().statusCode(), () -> body(answer));
    }
    readEverything(cluster.frontendUrl());
    cluster.nodes.get(1).restart();
    TestCluster.awaitReady(cluster.nodePorts.get(1));
    awaitEqualNodes();
  }

  @Test
  @Order(3)
  void aDeleteStaysADelete() throws Exception {
    assertEquals(201, upload(1, "deletes/kept", new byte[] {1}).get().statusCode());
    assertEquals(201, upload(1, "deletes/gone", new byte[] {2}).get().statusCode());
    cluster.nodes.get(1).kill();
    assertEquals(
        204, HttpPhotos.delete(cluster.coordinatorUrl(2) + "/1:deletes/gone").statusCode());
    acknowledged.remove("1:deletes/gone");
    cluster.nodes.get(1).restart();
    TestCluster.awaitReady(cluster.nodePorts.get(1));
    for (int node = 1; node <= 2; node++) {
      String url = cluster.nodeUrl(node) + "/deletes/gone";
      await().atMost(Duration.ofSeconds(60)).until(() -> HttpPhotos.status(url) == 410);
    }
    assertEquals(410, HttpPhotos.status(cluster.frontendUrl() + "/1:deletes/gone"));
    assertEquals(410, HttpPhotos.status(cluster.coordinatorUrl(1) + "/1:deletes/gone"));
    // 503 until the node that came back has compared itself with the other one.
    String never = cluster.coordinatorUrl(1) + "/1:deletes/never";
    assertEquals(404, firstStatusBut(503, never));
    awaitEqualNodes();
  }

  @Test
  @Order(4)
  void anEmptiedIndexIsRebuiltWhileServing() throws Exception {
    List<String> wrong = new ArrayList<>();
    cluster.indexes.get(0).kill();
    assertEquals(201, upload(1, "index/down", new byte[] {3}).get().statusCode());
    assertEquals(200, HttpPhotos.status(cluster.frontendUrl() + "/1:index/down"));
    cluster.indexes.get(0).start();
    TestCluster.awaitReady(cluster.nodePorts.get(0));
    redis(cluster.indexes.get(0).port(), "FLUSHALL");
    for (String path : acknowledged.keySet()) {
      int status = HttpPhotos.status(cluster.nodeUrl(1) + "/" + path.substring(2));
      if (status != 200 && status != 503) {
        wrong.add(path + ": " + status);
      }
    }
    assertEquals(List.of(), wrong);
    TestCluster.awaitReady(cluster.nodePorts.get(0));
    awaitEqualNodes();
    assertEquals(410, HttpPhotos.status(cluster.nodeUrl(1) + "/deletes/gone"));
  }

  @Test
  @Order(5)
  void queueServersAndReplicatorsMayVanish() throws Exception {
    cluster.queues.get(0).kill();
    cluster.replicators.get(0).kill();
    cluster.nodes.get(0).kill();
    for (int i = 0; i < 50; i++) {
      assertEquals(
          201, upload(1 + i % 2, "queue/" + i, new byte[] {4, (byte) i}).get().statusCode());
    }
    cluster.nodes.get(0).restart();
    TestCluster.awaitReady(cluster.nodePorts.get(0));
    awaitEqualNodes();
    cluster.queues.get(0).start();
    cluster.replicators.get(0).restart();
    String status = cluster.command("replicate", "status", "--json");
    assertTrue(new JsonObject(status).containsKey("servers"), status);
  }

  @Test
  @Order(6)
  void zooKeeperMayVanishAndProcessesStartWithoutIt() throws Exception {
    cluster.zooKeeper.kill();
    cluster.nodes.get(1).kill();
    cluster.coordinators.get(1).kill();
    cluster.nodes.get(1).restart();
    cluster.coordinators.get(1).restart();
    TestCluster.awaitReady(cluster.nodePorts.get(1));
    TestCluster.awaitReady(cluster.coordinatorPorts.get(1));
    for (int i = 0; i < 20; i++) {
      assertEquals(
          201, upload(1 + i % 2, "zookeeper/" + i, new byte[] {5, (byte) i}).get().statusCode());
    }
    assertEquals(503, HttpPhotos.status(cluster.coordinatorUrl(1) + "/7:unknown"));
    readEverything(cluster.frontendUrl());
    // Nodes go on with what they have, and leave to others what they do not know.
    for (int node = 1; node <= 2; node++) {
      assertEquals(503, firstStatusBut(404, cluster.nodeUrl(node) + "/unknown"));
      assertEquals(200, HttpPhotos.status(cluster.nodeUrl(node) + "/deletes/kept"));
    }
    cluster.zooKeeper.restart();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> HttpPhotos.status(cluster.coordinatorUrl(1) + "/7:unknown") == 404);
    for (int node = 1; node <= 2; node++) {
      assertEquals(404, firstStatusBut(503, cluster.nodeUrl(node) + "/unknown"));
    }
    awaitEqualNodes();
  }

  @Test
  @Order(7)
  void terminateEndsWithZero() {
    assertEquals(0, cluster.coordinators.get(0).terminate());
    assertEquals(0, cluster.replicators.get(0).terminate());
    assertEquals(0, cluster.nodes.get(0).terminate());
    cluster.nodes.get(0).restart();
    TestCluster.awaitReady(cluster.nodePorts.get(0));
    cluster.coordinators.get(0).restart();
    TestCluster.awaitReady(cluster.coordinatorPorts.get(0));
    awaitEqualNodes();
    readEverything(cluster.coordinatorUrl(1));
  }

  @Test
  @Order(8)
  void aNodeThatWasStoppedAsksWhatItMissed() throws Exception {
    assertEquals(201, upload(1, "stopped/gone", new byte[] {7}).get().statusCode());
    String gone = cluster.nodeUrl(2) + "/stopped/gone";
    await().atMost(Duration.ofSeconds(60)).until(() -> HttpPhotos.status(gone) == 200);
    cluster.nodes.get(1).forgetLines();
    long begun = System.nanoTime();
    signal("STOP", cluster.nodes.get(1));
    try {
      assertEquals(
          204, HttpPhotos.delete(cluster.coordinatorUrl(1) + "/1:stopped/gone").statusCode());
      acknowledged.remove("1:stopped/gone");
      assertEquals(201, upload(2, "stopped/missed", new byte[] {8}).get().statusCode());
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> System.nanoTime() - begun > STOPPED.toNanos());
    } finally {
      signal("CONT", cluster.nodes.get(1));
    }
    cluster.nodes.get(1).awaitLine("was stopped for a while");
    assertEquals(410, firstStatusBut(503, gone));
    assertEquals(200, firstStatusBut(503, cluster.nodeUrl(2) + "/stopped/missed"));
    assertEquals(404, firstStatusBut(503, cluster.nodeUrl(2) + "/unknown"));
  }

  private static void signal(String name, BackpackProcess process) throws Exception {
    String pid = Long.toString(process.handle().pid());
    assertEquals(0, new ProcessBuilder("kill", "-" + name, pid).start().waitFor());
  }

  private static Future<HttpResponse<byte[]>> upload(int coordinator, String name, byte[] bytes) {
    return clients.submit(
        () -> {
          HttpResponse<byte[]> answer =
              HttpPhotos.put(cluster.coordinatorUrl(coordinator) + "/" + name, bytes);
          if (answer.statusCode() == 201) {
            JsonObject json = new JsonObject(new String(answer.body(), StandardCharsets.UTF_8));
            acknowledged.put(json.getString("path").substring(1), bytes);
          }
          return answer;
        });
  }

  private static String body(Future<HttpResponse<byte[]>> answer) {
    try {
      return new String(answer.get().body(), StandardCharsets.UTF_8);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** The status of a GET as soon as it is another than a given one. */
  private static int firstStatusBut(int passing, String url) {
    return await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> HttpPhotos.status(url), status -> status != passing);
  }

  private static void awaitEqualNodes() {
    for (int number = 1; number <= 2; number++) {
      String url = cluster.nodeUrl(number);
      for (Map.Entry<String, byte[]> photo : acknowledged.entrySet()) {
        String path = photo.getKey().substring("1:".length());
        await(path + " is on node " + number)
            .atMost(Duration.ofSeconds(90))
            .pollInterval(Duration.ofMillis(100))
            .pollDelay(Duration.ZERO)
            .until(() -> HttpPhotos.status(url + "/" + path) == 200);
        assertArrayEquals(photo.getValue(), HttpPhotos.get(url + "/" + path).body(), path);
      }
    }
  }

  private static void readEverything(String url) {
    for (Map.Entry<String, byte[]> photo : acknowledged.entrySet()) {
      HttpResponse<byte[]> answer = HttpPhotos.get(url + "/" + photo.getKey());
      assertEquals(200, answer.statusCode(), photo.getKey());
      assertArrayEquals(photo.getValue(), answer.body(), photo.getKey());
    }
  }

  private static void redis(int port, String command) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(5000);
      socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
      assertEquals(
          "+OK", new String(socket.getInputStream().readNBytes(3), StandardCharsets.US_ASCII));
    }
  }
}
