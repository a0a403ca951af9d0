package io.backpack.cli.client;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.cli.CliException;
import io.backpack.http.HttpSettings;
import io.backpack.http.PhotoServer;
import io.backpack.http.ServiceStatus;
import io.backpack.metrics.Metrics;
import io.backpack.testing.InMemoryPhotoStore;
import io.backpack.testing.TestRedis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The client commands against a real server over a store in memory. */
class ClientCommandsTest {
  private static final int MAX = 16 << 20;

  @TempDir private Path directory;
  private final Vertx vertx = Vertx.vertx();
  private final InMemoryPhotoStore memory = new InMemoryPhotoStore(1, MAX);
  private String url;
  private Path token;

  private record Result(int code, List<String> out, String err) {}

  @BeforeEach
  void start() throws IOException {
    HttpSettings defaults = HttpSettings.DEFAULT;
    HttpSettings settings =
        new HttpSettings(
            defaults.host(),
            0,
            defaults.adminPort(),
            "secret",
            "",
            false,
            List.of(),
            defaults.cacheControl(),
            MAX,
            defaults.idleTimeout(),
            defaults.minUploadRate(),
            defaults.uploadGrace(),
            false);
    int port =
        await(
            PhotoServer.create(
                    vertx,
                    PhotoServer.Kind.COORDINATOR,
                    settings,
                    new ShardOneStore(memory),
                    new Up(),
                    Metrics.create("coordinator", "1"))
                .listen());
    url = "http://127.0.0.1:" + port;
    token = Files.writeString(directory.resolve("token"), "secret\n");
  }

  @AfterEach
  void stop() {
    await(vertx.close());
  }

  private static final class Up implements ServiceStatus {
    @Override
    public Future<JsonObject> stats() {
      return Future.succeededFuture(new JsonObject());
    }

    @Override
    public Future<JsonObject> health() {
      return Future.succeededFuture(new JsonObject().put("status", "up"));
    }

    @Override
    public boolean ready() {
      return true;
    }
  }

  private Result run(Object command, Object... arguments) {
    List<String> all = new ArrayList<>(List.of("--url", url, "--token-file", token.toString()));
    for (Object argument : arguments) {
      all.add(argument.toString());
    }
    return runBare(command, all.toArray(String[]::new));
  }

  private static Result runBare(Object command, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        new CommandLine(command)
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .setExecutionExceptionHandler(
                (failure, line, result) -> {
                  line.getErr().println(failure.getMessage());
                  if (failure instanceof CliException answer) {
                    return answer.exitCode();
                  }
                  throw new AssertionError(failure);
                })
            .execute(arguments);
    return new Result(code, out.toString().lines().toList(), err.toString());
  }

  private Path file(String name, int size) throws IOException {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    Path file = directory.resolve("files").resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, bytes);
  }

  @Test
  void aPhotoGoesThereAndBack() throws IOException {
    Path photo = file("a cat.jpg", 3 << 20);
    Result put = run(new PutCommand(), photo);
    assertEquals(new Result(0, List.of("/1:a%20cat.jpg"), ""), put);
    Path back = directory.resolve("back.jpg");
    assertEquals(0, run(new GetCommand(), put.out().get(0), "-o", back).code());
    assertEquals(-1, Files.mismatch(photo, back));
    assertEquals(0, run(new GetCommand(), "1:a%20cat.jpg", "-o", back).code(), "replaces");
    Result stat = run(new StatCommand(), "/1:a%20cat.jpg");
    assertEquals(0, stat.code(), stat.err());
    assertTrue(stat.out().contains("size:        " + (3 << 20)), stat.out().toString());
    assertEquals(
        new Result(0, List.of("/1:a%20cat.jpg"), ""), run(new RmCommand(), "/1:a%20cat.jpg"));
    assertEquals(3, run(new StatCommand(), "/1:a%20cat.jpg").code());
    Files.delete(back);
    assertEquals(3, run(new GetCommand(), "/1:a%20cat.jpg", "-o", back).code());
    assertFalse(Files.exists(back));
    try (var left = Files.list(directory)) {
      assertEquals(List.of(), left.filter(each -> each.toString().endsWith(".part")).toList());
    }
  }

  @Test
  void aDirectoryGoesWithAllThatIsInIt() throws IOException {
    TreeSet<String> expected = new TreeSet<>();
    for (int i = 0; i < 50; i++) {
      file("dir/sub " + i % 3 + "/" + i + ".png", 100 + i);
      expected.add("/1:album/7/sub%20" + i % 3 + "/" + i + ".png");
    }
    Path dir = directory.resolve("files/dir");
    Result put = run(new PutCommand(), dir, "--prefix", "album/7/", "--concurrency", 4);
    assertEquals(0, put.code(), put.err());
    assertEquals(expected, new TreeSet<>(put.out()));
    assertTrue(put.err().startsWith("put: 50 of 50 photos"), put.err());
    assertEquals(1, put.err().lines().count(), "nothing but the sum: " + put.err());
  }

  @Test
  void partOfTheWorkIsExitCodeFour() throws IOException {
    file("dir/good.png", 10);
    file("dir/empty.png", 0);
    Result put = run(new PutCommand(), directory.resolve("files/dir"), directory.resolve("none"));
    assertEquals(4, put.code());
    assertEquals(List.of("/1:good.png"), put.out());
    assertTrue(put.err().contains("empty.png: EMPTY_BODY"), put.err());
    assertTrue(put.err().contains("none: cannot be read"), put.err());
    assertEquals(1, run(new PutCommand(), directory.resolve("none")).code());
  }

  @Test
  void jsonTellsAll() throws IOException {
    Path photo = file("x.png", 10);
    Result put =
        run(new PutCommand(), photo, "--json", "--name", "n.gif", "--content-type", "image/gif");
    JsonObject told = new JsonObject(put.out().get(0));
    assertEquals("/1:n.gif", told.getString("path"));
    assertEquals("1", told.getString("shard_id"));
    assertEquals(photo.toString(), told.getString("file"));
    assertEquals(false, told.getBoolean("unchanged"));
    JsonObject stat = new JsonObject(run(new StatCommand(), "--json", "/1:n.gif").out().get(0));
    assertEquals("image/gif", stat.getString("content_type"));
    assertEquals(told.getString("crc32c"), stat.getString("crc32c"));
    assertEquals(told.getString("version"), stat.getString("version"));
  }

  @Test
  void standardInputAndOutput() {
    byte[] bytes = "from a pipe".getBytes(StandardCharsets.UTF_8);
    InputStream in = System.in;
    PrintStream out = System.out;
    try {
      System.setIn(new ByteArrayInputStream(bytes));
      Result put = run(new PutCommand(), "-", "--name", "piped.jpg", "--prefix", "p/");
      assertEquals(List.of("/1:p/piped.jpg"), put.out(), put.err());
      ByteArrayOutputStream captured = new ByteArrayOutputStream();
      System.setOut(new PrintStream(captured, true, StandardCharsets.UTF_8));
      assertEquals(0, run(new GetCommand(), "/1:p/piped.jpg", "-o", "-").code());
      assertArrayEquals(bytes, captured.toByteArray());
    } finally {
      System.setIn(in);
      System.setOut(out);
    }
  }

  @Test
  void severalAreRemovedAndTheRestIsTold() throws IOException {
    run(new PutCommand(), file("a", 1), file("b", 2));
    Result rm = run(new RmCommand(), "/1:a", "/1:c", "/1:b");
    assertEquals(4, rm.code());
    assertEquals(List.of("/1:a", "/1:b"), rm.out());
    assertTrue(rm.err().contains("/1:c: NOT_FOUND"), rm.err());
    assertEquals(3, run(new RmCommand(), "/1:a", "/1:c").code());
  }

  @Test
  void aWrongTokenEndsItAtOnce() throws IOException {
    Files.writeString(token, "wrong");
    for (int i = 0; i < 100; i++) {
      file("dir/" + i, 10);
    }
    Result put = run(new PutCommand(), directory.resolve("files/dir"));
    assertEquals(1, put.code());
    assertTrue(put.err().contains("UNAUTHORIZED"), put.err());
    assertTrue(put.err().contains("given up"), put.err());
    assertTrue(put.err().lines().count() < 50, put.err());
    assertEquals(1, run(new RmCommand(), "/1:a").code());
  }

  @Test
  void whatMaySucceedLaterIsTriedAgain() throws IOException {
    memory.fail(new BackpackException(ErrorCode.NO_SHARD_AVAILABLE, "for a moment"));
    vertx.setTimer(300, id -> memory.heal());
    Result put = run(new PutCommand(), file("a.jpg", 10));
    assertEquals(List.of("/1:a.jpg"), put.out(), put.err());
  }

  @Test
  void noServerIsOneClearLine() throws IOException {
    String nowhere = "http://127.0.0.1:" + TestRedis.freePort();
    Result get = runBare(new GetCommand(), "--url", nowhere, "/1:a", "-o", "/dev/null/x");
    assertEquals(1, get.code());
    Result stat = runBare(new StatCommand(), "--url", nowhere, "/1:a");
    assertEquals(1, stat.code());
    assertTrue(stat.err().startsWith("/1:a: UNAVAILABLE: "), stat.err());
    assertEquals(1, stat.err().lines().count(), stat.err());
    Result put = runBare(new PutCommand(), "--url", nowhere, file("a.jpg", 10).toString());
    assertEquals(1, put.code());
    assertTrue(put.err().contains("UNAVAILABLE"), put.err());
  }

  @Test
  void wrongUsageIsExitCodeTwo() throws IOException {
    assertEquals(2, run(new PutCommand(), "-").code());
    assertEquals(2, run(new PutCommand(), directory, "--name", "x").code());
    assertEquals(2, run(new PutCommand(), file("a", 1), "--concurrency", "0").code());
    assertEquals(2, run(new PutCommand(), file("a", 1), "--shard", "no/shard").code());
    assertEquals(2, run(new GetCommand(), "/1:a/../b").code());
    assertEquals(2, runBare(new StatCommand(), "--url", "localhost", "/1:a").code());
    assertEquals(
        2, runBare(new StatCommand(), "--url", url, "--token-file", "/no/file", "/1:a").code());
  }

  @Test
  void anExistingFileIsNotReplacedUnasked() throws IOException {
    Path existing = Path.of("pom.xml");
    assertEquals(0, run(new PutCommand(), existing).code());
    byte[] before = Files.readAllBytes(existing);
    Result get = run(new GetCommand(), "/1:pom.xml");
    assertEquals(1, get.code());
    assertTrue(get.err().contains("pom.xml exists"), get.err());
    assertArrayEquals(before, Files.readAllBytes(existing));
  }

  @Test
  void wrongBytesNeverAppear() {
    HttpServer liar =
        await(
            vertx
                .createHttpServer()
                .requestHandler(
                    request ->
                        request
                            .response()
                            .putHeader("X-Backpack-Crc32c", "00000000")
                            .putHeader("X-Backpack-Version", "0000000000000001")
                            .end("not these bytes"))
                .listen(0, "127.0.0.1"));
    Path back = directory.resolve("back.jpg");
    Result get =
        runBare(
            new GetCommand(),
            "--url",
            "http://127.0.0.1:" + liar.actualPort(),
            "/1:a",
            "-o",
            back.toString());
    assertEquals(1, get.code(), get.err());
    assertFalse(Files.exists(back));
  }
}
