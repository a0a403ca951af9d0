package io.backpack.e2e;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.testing.BackpackProcess;
import io.backpack.testing.Pictures;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code backpack standalone}, as a newcomer uses and abuses it. */
@Tag("e2e")
class StandaloneTest {
  private static final long SEED = Long.getLong("backpack.seed", System.nanoTime());

  @TempDir Path directory;

  @Test
  void keepsEveryAcknowledgedPhotoOverKills() throws Exception {
    System.out.println("StandaloneTest: -Dbackpack.seed=" + SEED);
    Random random = new Random(SEED);
    int port = freePorts(3);
    String url = "http://127.0.0.1:" + port;
    Path data = directory.resolve("data");
    Map<String, byte[]> stored = new HashMap<>();
    try (BackpackProcess process = standalone(data, port)) {
      for (int round = 0; round < 3; round++) {
        assertTrue(process.awaitLine("Backpack is ready").contains(url + "/"));
        for (Map.Entry<String, byte[]> photo : stored.entrySet()) {
          assertSame(photo.getValue(), url + photo.getKey());
        }
        for (int i = 0; i < 40; i++) {
          byte[] jpeg = Pictures.picture(random, "jpg", random.nextInt(40, 120));
          HttpResponse<byte[]> answer = HttpPhotos.put(url + "/r" + round + "/" + i + ".jpg", jpeg);
          assertEquals(201, answer.statusCode());
          stored.put(json(answer).getString("path"), jpeg);
        }
        process.kill();
        await("no Redis stays behind")
            .atMost(Duration.ofSeconds(20))
            .until(() -> redisProcessesIn(data) == 0);
        process.restart();
      }
      process.awaitLine("Backpack is ready");
      for (Map.Entry<String, byte[]> photo : stored.entrySet()) {
        String name = photo.getKey().substring("/1:".length());
        assertSame(photo.getValue(), url + photo.getKey());
        assertSame(photo.getValue(), "http://127.0.0.1:" + (port + 1) + "/" + name);
        assertSame(photo.getValue(), "http://127.0.0.1:" + (port + 2) + "/" + name);
      }
      BackpackProcess.Finished second =
          BackpackProcess.run(
              Map.of(), "standalone", "--data", data.toString(), "--port", "" + freePorts(3));
      assertEquals(1, second.exitCode(), second.toString());
      assertEquals(1, second.err().lines().count(), second.err());
      assertTrue(second.err().contains(data.toString()), second.err());

      BackpackProcess.Finished samePort =
          BackpackProcess.run(
              Map.of(),
              "standalone",
              "--data",
              directory.resolve("other").toString(),
              "--port",
              "" + port);
      assertEquals(1, samePort.exitCode(), samePort.toString());
      assertEquals(1, samePort.err().lines().count(), samePort.err());
      assertTrue(samePort.err().contains("" + port), samePort.err());

      assertEquals(0, process.terminate());
      assertEquals(0, redisProcessesIn(data));
    }
  }

  @Test
  void aNodeThatCannotStartSaysWhyAndEnds() throws Exception {
    Path file = directory.resolve("node.yaml");
    Files.writeString(
        file,
        """
        cluster:
          zookeeper: 127.0.0.1:1
          connect-timeout: 1s
        storage:
          id: "1"
          port: %d
          dirs: [%s]
          redis: redis://127.0.0.1:1
        """
            .formatted(freePorts(1), directory.resolve("node")));
    BackpackProcess.Finished finished =
        BackpackProcess.run(Map.of(), "node", "--config", file.toString());
    assertEquals(1, finished.exitCode(), finished.toString());
    assertTrue(
        finished.err().lines().anyMatch(line -> line.contains("127.0.0.1:1")), finished.err());
    assertTrue(!finished.err().contains("\tat "), finished.err());
  }

  @Test
  void clientsStoreAndFetch() throws Exception {
    int port = freePorts(3);
    Path pictures = directory.resolve("pictures");
    Files.createDirectories(pictures.resolve("deep er"));
    byte[] first = Pictures.noise(new Random(1), 5000);
    byte[] second = Pictures.noise(new Random(2), 70_000);
    Files.write(pictures.resolve("a b.bin"), first);
    Files.write(pictures.resolve("deep er/é.bin"), second);
    try (BackpackProcess process = standalone(directory.resolve("data"), port)) {
      process.awaitLine("Backpack is ready");
      Map<String, String> environment = Map.of("BACKPACK_URL", "http://127.0.0.1:" + port);
      BackpackProcess.Finished put = BackpackProcess.run(environment, "put", pictures.toString());
      assertEquals(0, put.exitCode(), put.toString());
      assertEquals(
          "/1:a%20b.bin\n/1:deep%20er/%C3%A9.bin\n",
          put.out().lines().sorted().map(line -> line + "\n").reduce("", String::concat));
      Path fetched = directory.resolve("fetched");
      BackpackProcess.Finished get =
          BackpackProcess.run(environment, "get", "1:deep er/é.bin", "-o", fetched.toString());
      assertEquals(0, get.exitCode(), get.toString());
      assertArrayEquals(second, Files.readAllBytes(fetched));
      BackpackProcess.Finished stat = BackpackProcess.run(environment, "stat", "1:a b.bin");
      assertEquals(0, stat.exitCode(), stat.toString());
      assertTrue(stat.out().contains("5000"), stat.out());
      assertEquals(0, BackpackProcess.run(environment, "rm", "1:a b.bin").exitCode());
      assertEquals(3, BackpackProcess.run(environment, "stat", "1:a b.bin").exitCode());
      assertEquals(2, BackpackProcess.run(environment, "get").exitCode());
      assertEquals(0, process.terminate());
    }
  }

  @Test
  void whatItPrintsIsGoodForTheCommands() throws Exception {
    try (BackpackProcess process = standalone(directory.resolve("data"), freePorts(3))) {
      process.awaitLine("Backpack is ready");
      String[] map = process.awaitLine("--zookeeper").strip().split("\\s+");
      List<String> command = new ArrayList<>(List.of("replicate", "status"));
      command.addAll(List.of(map).subList(List.of(map).indexOf("--zookeeper"), map.length));
      BackpackProcess.Finished status =
          BackpackProcess.run(Map.of(), command.toArray(String[]::new));
      assertEquals(0, status.exitCode(), status.toString());
      assertTrue(status.out().contains("queue/redis.sock"), status.out());
      assertTrue(status.out().contains("0 tasks, 0 dead letters"), status.out());
      assertEquals(0, process.terminate());
    }
  }

  @Test
  void toldToEndDuringItsStartItEndsWithoutAnError() throws Exception {
    Path data = directory.resolve("data");
    try (BackpackProcess process = standalone(data, freePorts(3))) {
      await().until(() -> Files.exists(data.resolve("lock")));
      assertEquals(0, process.terminate());
      await("no Redis stays behind")
          .atMost(Duration.ofSeconds(20))
          .until(() -> redisProcessesIn(data) == 0);
    }
  }

  private BackpackProcess standalone(Path data, int port) {
    return BackpackProcess.start(
        directory,
        "standalone",
        "standalone",
        "--data",
        data.toString(),
        "--port",
        Integer.toString(port),
        "--set",
        "storage.reserve=100mb");
  }

  private static void assertSame(byte[] expected, String url) {
    HttpResponse<byte[]> answer = HttpPhotos.get(url);
    assertEquals(
        200,
        answer.statusCode(),
        () -> url + ": " + new String(answer.body(), StandardCharsets.UTF_8));
    assertArrayEquals(expected, answer.body(), url);
  }

  private static JsonObject json(HttpResponse<byte[]> answer) {
    return new JsonObject(new String(answer.body(), StandardCharsets.UTF_8));
  }

  /** Redis servers whose command line or working directory is below this directory. */
  static long redisProcessesIn(Path data) {
    return ProcessHandle.allProcesses()
        .filter(
            process -> {
              Path proc = Path.of("/proc/" + process.pid());
              try {
                String name = Files.readString(proc.resolve("comm")).strip();
                return name.startsWith("redis-server")
                    && Files.readSymbolicLink(proc.resolve("cwd"))
                        .startsWith(data.toAbsolutePath());
              } catch (IOException gone) {
                return false;
              }
            })
        .count();
  }

  /** The first of some ports in a row that were free a moment ago. */
  static int freePorts(int count) throws Exception {
    for (int attempt = 0; attempt < 50; attempt++) {
      int first;
      try (ServerSocket socket = new ServerSocket(0)) {
        first = socket.getLocalPort();
      }
      if (first + count < 65536 && free(first, count)) {
        return first;
      }
    }
    throw new IllegalStateException("no " + count + " free ports in a row");
  }

  private static boolean free(int first, int count) {
    for (int port = first; port < first + count; port++) {
      try (ServerSocket socket = new ServerSocket(port)) {
        socket.getLocalPort();
      } catch (IOException taken) {
        return false;
      }
    }
    return true;
  }
}
