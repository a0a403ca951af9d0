package io.backpack.cli.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.node.Standalone;
import io.backpack.node.StandaloneSettings;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands against a standalone process: over HTTP while it runs, on its files after that. */
class StandaloneVolumesTest {
  private static final int PHOTOS = 12;
  private static final int DELETED = 4;
  private static final String VOLUME_SIZE = "storage.volume-size=1mb";

  @TempDir Path directory;
  private final HttpClient http = HttpClient.newHttpClient();
  private int port;

  private Standalone start() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = Math.min(free.getLocalPort(), 65_000);
    }
    return Standalone.start(
        new StandaloneSettings(
            data(),
            "127.0.0.1",
            port,
            Optional.of(1),
            List.of(VOLUME_SIZE, "storage.reserve=0", "storage.compact-dead-ratio=0")),
        Map.of());
  }

  private Path data() {
    return directory.resolve("data");
  }

  private String node() {
    return "http://127.0.0.1:" + (port + 1);
  }

  private static byte[] bytes(int photo) {
    byte[] bytes = new byte[300_000];
    new Random(photo).nextBytes(bytes);
    return bytes;
  }

  private int send(String method, String name, HttpRequest.BodyPublisher body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(node() + "/" + name)).method(method, body).build();
    return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  private void fill() throws Exception {
    for (int i = 0; i < PHOTOS; i++) {
      assertEquals(
          201, send("PUT", "p" + i, HttpRequest.BodyPublishers.ofByteArray(bytes(i))), "p" + i);
    }
    for (int i = 0; i < DELETED; i++) {
      assertEquals(204, send("DELETE", "p" + i, HttpRequest.BodyPublishers.noBody()));
    }
  }

  private void assertHasAll() throws Exception {
    for (int i = 0; i < PHOTOS; i++) {
      HttpResponse<byte[]> answer =
          http.send(
              HttpRequest.newBuilder(URI.create(node() + "/p" + i)).build(),
              HttpResponse.BodyHandlers.ofByteArray());
      assertEquals(i < DELETED ? 410 : 200, answer.statusCode(), "p" + i);
      if (i >= DELETED) {
        assertArrayEquals(bytes(i), answer.body(), "p" + i);
      }
    }
  }

  private Ended ends(int code, String... arguments) {
    Ended ended = Ended.run(arguments);
    assertEquals(code, ended.code(), ended.toString());
    return ended;
  }

  @Test
  void whileItRunsAndAfter() throws Exception {
    try (Standalone running = start()) {
      assertEquals(data().toRealPath(), running.data());
      fill();
      overHttp();
      importsAndExports();
      assertHasAll();
      for (String command : List.of("compact", "rebuild-index")) {
        String err = ends(1, command, "--data", data().toString()).err();
        assertTrue(err.contains("in use by process " + ProcessHandle.current().pid()), err);
        assertEquals(1, err.strip().lines().count(), err);
      }
      ends(0, "list", "--data", data().toString());
    }
    String data = data().toString();
    ends(0, "compact", "--data", data, "--set", VOLUME_SIZE, "--all");
    ends(0, "rebuild-index", "--data", data);
    ends(0, "verify", "--data", data, "--index");
    Path tree = Files.createDirectories(directory.resolve("tree/later"));
    Files.write(tree.resolve("one"), bytes(99));
    ends(0, "import", "--data", data, directory.resolve("tree").toString());
    ends(3, "list", "--data", directory.resolve("none").toString());
    ends(2, "list", "--data", data, "--node", "2");
    try (Standalone again = start()) {
      assertEquals(data().toRealPath(), again.data());
      assertHasAll();
      assertEquals(200, send("GET", "later/one", HttpRequest.BodyPublishers.noBody()));
    }
  }

  private void overHttp() {
    JsonArray listed = new JsonArray(ends(0, "list", "--url", node(), "--dead", "--json").out());
    JsonArray ofFiles =
        new JsonArray(ends(0, "list", "--data", data().toString(), "--dead", "--json").out());
    assertEquals(ofFiles, listed, "told alike");
    assertTrue(listed.size() > 2);
    JsonArray verified =
        new JsonObject(ends(0, "verify", "--url", node(), "--json").out()).getJsonArray("volumes");
    assertEquals(listed.size(), verified.size());
    JsonObject done = new JsonObject(ends(0, "compact", "--url", node(), "--json").out());
    assertFalse(done.getJsonArray("retired").isEmpty(), done.encode());
    assertTrue(done.getLong("bytes_freed") >= 3 * 300_000, done.encode());
    String open = listed.getJsonObject(listed.size() - 1).getString("file");
    assertTrue(ends(1, "compact", "--url", node(), open).err().contains("VOLUME_OPEN"));
    ends(3, "verify", "--url", node(), "5");
    ends(2, "list", "--url", node(), "--data", data().toString());
    String notANode = ends(1, "list", "--url", "http://127.0.0.1:" + port).err();
    assertTrue(notANode.contains("is no storage node"), notANode);
  }

  private void importsAndExports() throws Exception {
    Path archives = Files.createDirectories(directory.resolve("archives"));
    JsonObject told =
        new JsonObject(
            ends(0, "export", "--url", node(), "--json", "-o", archives.toString()).out());
    assertEquals(PHOTOS - DELETED, told.getInteger("photos"));
    long unchanged = 0;
    try (var files = Files.list(archives)) {
      for (Path each : files.toList()) {
        unchanged +=
            new JsonObject(ends(0, "import", "--url", node(), "--json", each.toString()).out())
                .getLong("unchanged");
      }
    }
    assertEquals(PHOTOS - DELETED, unchanged);
    Path tree = Files.createDirectories(directory.resolve("pictures"));
    Files.write(tree.resolve("a b.jpg"), bytes(50));
    String[] again = {"import", "--url", "http://127.0.0.1:" + port + "/", tree.toString()};
    assertTrue(ends(0, again).out().startsWith("1 stored"), "through the coordinator");
    assertTrue(ends(0, again).out().contains("1 unchanged"));
    assertEquals(1, ends(2, "import", "--url", "ftp://x", tree.toString()).err().lines().count());
    Ended away = ends(1, "export", "--url", "http://127.0.0.1:1", "-o", "x.tar");
    assertEquals(1, away.err().lines().count(), away.toString());
  }

  @Test
  void anArchiveThatBreaksOffLeavesNoFile() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread serving = new Thread(() -> serve(server));
      serving.start();
      Path file = directory.resolve("half.tar");
      Ended ended =
          ends(
              1,
              "export",
              "--url",
              "http://127.0.0.1:" + server.getLocalPort(),
              "7",
              "-o",
              file.toString());
      assertTrue(ended.err().contains("broke off in volume 7"), ended.err());
      serving.join();
      try (var left = Files.list(directory)) {
        assertEquals(0, left.count());
      }
    }
  }

  /** A list of volumes, then the first bytes of an archive. */
  private static void serve(ServerSocket server) {
    String list = "{\"volumes\":[{\"id\":7,\"size\":100}]}";
    List<String> answers =
        List.of(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "
                + list.length()
                + "\r\n\r\n"
                + list,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n200\r\n" + "a".repeat(100));
    for (String answer : answers) {
      try (Socket client = server.accept()) {
        assertTrue(client.getInputStream().read() >= 0);
        client.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
        client.getOutputStream().flush();
        client.shutdownOutput();
        client.getInputStream().transferTo(OutputStream.nullOutputStream());
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }
}
