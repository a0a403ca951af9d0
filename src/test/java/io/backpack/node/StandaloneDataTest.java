package io.backpack.node;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.node.config.ConfigurationException;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stands in the way of a standalone start, and what it does beyond loopback. */
class StandaloneDataTest {
  @TempDir Path directory;

  private static int freeRow(int count) throws IOException {
    while (true) {
      int first = Ports.free();
      boolean free = first + count < 65536;
      for (int i = 0; free && i < count; i++) {
        free = Ports.isFree(Ports.loopback(), first + i);
      }
      if (free) {
        return first;
      }
    }
  }

  private StandaloneSettings settings(
      String host, int port, Optional<Integer> nodes, String... sets) {
    return new StandaloneSettings(directory.resolve("data"), host, port, nodes, List.of(sets));
  }

  private static BackpackException refused(ErrorCode code, StandaloneSettings settings) {
    BackpackException failure =
        assertThrows(BackpackException.class, () -> Standalone.start(settings, Map.of()).close());
    assertEquals(code, failure.code(), failure.getMessage());
    assertEquals(1, failure.getMessage().lines().count());
    return failure;
  }

  @Test
  void theDirectoryIsInUse() throws IOException {
    try (DataDirectory used = DataDirectory.open(directory.resolve("data"))) {
      StandaloneSettings settings = settings("127.0.0.1", freeRow(3), Optional.empty());
      assertTrue(
          refused(ErrorCode.UNAVAILABLE, settings).getMessage().contains(used.root().toString()));
    }
  }

  @Test
  void aPortIsInUse() throws IOException {
    int port = freeRow(3);
    try (ServerSocket taken = new ServerSocket(port + 2, 1, Ports.loopback())) {
      StandaloneSettings settings = settings("127.0.0.1", port, Optional.empty());
      assertTrue(
          refused(ErrorCode.UNAVAILABLE, settings)
              .getMessage()
              .startsWith("port " + taken.getLocalPort() + " of 127.0.0.1 is in use"));
    }
  }

  @Test
  void theNumberOfNodesIsFixed() throws IOException {
    Files.createDirectories(directory.resolve("data/nodes/1"));
    StandaloneSettings settings = settings("127.0.0.1", freeRow(4), Optional.of(3));
    assertTrue(refused(ErrorCode.BAD_REQUEST, settings).getMessage().contains("is of 1 nodes"));
  }

  @Test
  void whatItSetsItselfCannotBeSet() throws IOException {
    StandaloneSettings settings =
        settings("127.0.0.1", freeRow(3), Optional.empty(), "coordinator.port=1", "a.b=1");
    ConfigurationException failure =
        assertThrows(
            ConfigurationException.class, () -> Standalone.start(settings, Map.of()).close());
    assertEquals(2, failure.problems().size());
  }

  @Test
  void beyondLoopbackWritesNeedTheTokenItMakes() throws Exception {
    int port = freeRow(2);
    StandaloneSettings settings =
        settings("0.0.0.0", port, Optional.of(1), "storage.reserve=100mb");
    String token;
    try (Standalone standalone = Standalone.start(settings, Map.of())) {
      token = standalone.writeToken().orElseThrow();
      assertEquals(token, Files.readString(standalone.writeTokenFile()));
      assertEquals(
          "rw-------",
          PosixFilePermissions.toString(
              Files.getPosixFilePermissions(standalone.writeTokenFile())));
      assertEquals(
          List.of("node 1", "coordinator"),
          standalone.addresses().stream().map(NodeProcess.Address::name).toList());
      assertEquals(401, put(port, ""));
      assertEquals(201, put(port, token));
    }
    try (Standalone again =
        Standalone.start(settings("0.0.0.0", port, Optional.empty()), Map.of())) {
      assertEquals(token, again.writeToken().orElseThrow());
      HttpResponse<String> answer =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/1:a.txt"))
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
      assertEquals("photo", answer.body());
    }
  }

  @Test
  void itGetsOverTheDeathOfBothItsRedis() throws Exception {
    int port = freeRow(3);
    StandaloneSettings settings =
        settings("127.0.0.1", port, Optional.empty(), "storage.reserve=100mb");
    try (Standalone standalone = Standalone.start(settings, Map.of())) {
      assertEquals(201, put(port, ""));
      List<ProcessHandle> killed = redisProcesses();
      assertEquals(2, killed.size());
      killed.forEach(ProcessHandle::destroyForcibly);
      await().until(() -> redisProcesses().size() == 2 && !redisProcesses().equals(killed));
      // Nobody did anything: the links and the indexes come back by themselves.
      await().ignoreExceptions().atMost(Duration.ofSeconds(30)).until(() -> put(port, "") < 300);
      assertFalse(standalone.lost().toCompletableFuture().isDone());
    }
    await().until(() -> redisProcesses().isEmpty());
  }

  @Test
  void aBusBeyondLoopbackNeedsTheTokenAsWell() throws IOException {
    Path token = directory.resolve("data/write-token");
    StandaloneSettings settings =
        settings(
            "127.0.0.1",
            freeRow(3),
            Optional.of(1),
            "bus.enabled=true",
            "bus.host=0.0.0.0",
            "bus.public-host=127.0.0.1",
            "storage.reserve=100mb");
    try (Standalone standalone = Standalone.start(settings, Map.of())) {
      assertEquals(Files.readString(token), standalone.writeToken().orElseThrow());
    }
  }

  /** Servers in the directories of this test, in the order of their process numbers. */
  private List<ProcessHandle> redisProcesses() throws IOException {
    Path home = directory.toRealPath();
    return ProcessHandle.current()
        .children()
        .filter(
            process -> {
              Path proc = Path.of("/proc/" + process.pid());
              try {
                return Files.readSymbolicLink(proc.resolve("cwd")).startsWith(home)
                    && Files.readString(proc.resolve("comm")).startsWith("redis-server");
              } catch (IOException gone) {
                return false;
              }
            })
        .sorted()
        .toList();
  }

  private static int put(int port, String token) throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/a.txt"))
            .PUT(HttpRequest.BodyPublishers.ofString("photo"));
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    return HttpClient.newHttpClient()
        .send(request.build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }
}
