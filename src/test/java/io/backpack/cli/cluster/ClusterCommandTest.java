package io.backpack.cli.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.cli.CliException;
import io.backpack.cluster.ZooKeeperFixture;
import io.backpack.testing.Futures;
import io.backpack.testing.OriginalNode;
import io.backpack.testing.TestRedis;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ClusterCommandTest {
  /** What a command left behind. */
  private record Run(int code, String out, String err) {
    Run ok() {
      assertEquals(0, code, err);
      assertEquals("", err);
      return this;
    }

    void fails(int expected, String words) {
      assertEquals(expected, code, out + err);
      assertEquals("", out);
      assertTrue(err.contains(words), err);
      assertEquals(1, err.lines().count(), "one clear line, not: " + err);
    }
  }

  private static ZooKeeperFixture zookeeper;

  @TempDir private Path directory;

  @BeforeAll
  static void startZooKeeper() throws Exception {
    zookeeper = new ZooKeeperFixture();
  }

  @AfterAll
  static void stopZooKeeper() throws Exception {
    zookeeper.close();
  }

  @BeforeEach
  void clear() throws Exception {
    if (zookeeper.exists("")) {
      zookeeper.delete("");
    }
  }

  @AfterEach
  void leavesNoFiles() throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      assertTrue(files.allMatch(file -> file.endsWith("shards.conf")));
    }
  }

  private static Run run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--zookeeper");
    all.add(zookeeper.hosts());
    return runAsIs(all.toArray(new String[0]));
  }

  private static Run runAsIs(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = new CommandLine(new ClusterCommand());
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          if (failure instanceof CliException known) {
            command.getErr().println(known.getMessage());
            return known.exitCode();
          }
          throw failure;
        });
    line.setParameterExceptionHandler(
        (failure, given) -> {
          failure.getCommandLine().getErr().println(failure.getMessage());
          return CliException.USAGE;
        });
    int code = line.execute(arguments);
    return new Run(code, out.toString(), err.toString());
  }

  private static void twoNodes() {
    run("init").ok();
    run("add-server", "1", "127.0.0.1", "8081").ok();
    run("add-server", "2", "host2", "8082").ok();
  }

  @Test
  void aClusterIsSetUp() throws Exception {
    assertTrue(run("init").ok().out().contains(zookeeper.hosts() + ", root /backpack"));
    assertEquals(
        "added server 1 at 127.0.0.1:8081\n",
        run("add-server", "1", "127.0.0.1", "8081").ok().out());
    assertEquals(
        "added server 2 at [::1]:8082\n", run("add-server", "2", "::1", "8082").ok().out());
    assertTrue(
        run("add-shard", "1", "--nodes", "1,2", "--capacity", "100gb")
            .ok()
            .out()
            .startsWith("added shard 1 on nodes 1, 2 with 100gb, read-only until: "));
    assertEquals("shard 1 takes new photos\n", run("enable-shard", "1").ok().out());
    assertEquals("shard 1 took already new photos\n", run("enable-shard", "1").ok().out());
    assertEquals("shard 1 is read-only\n", run("disable-shard", "1").ok().out());
    assertEquals("shard 1 was already read-only\n", run("disable-shard", "1").ok().out());
    assertEquals("server 2 is at host2:80\n", run("set-server", "2", "host2", "80").ok().out());
    assertEquals(
        "copies wait under key 'k' on r1:6379, r2:6379\n",
        run("set-queue", "--key", "k", "--servers", "r1:6379,r2:6379").ok().out());
    assertEquals(
        new JsonObject(
            """
            {"servers-map": {"1": {"host": "127.0.0.1", "port": 8081},
                             "2": {"host": "host2", "port": 80}},
             "shards-map": {"1": {"nodes": ["1", "2"], "read_only": true}},
             "shard-size-1": {"capacity": 107374182400, "current": 0},
             "queue": {"servers": [{"host": "r1", "port": 6379}, {"host": "r2", "port": 6379}],
                       "key": "k"}}\
            """),
        new JsonObject(run("dump").ok().out()));
    assertEquals("removed shard 1\n", run("remove-shard", "1").ok().out());
    assertEquals("removed server 1\n", run("remove-server", "1").ok().out());
  }

  @Test
  void refusalsEndWithACodeAndOneLine() throws Exception {
    run("status").fails(1, "run: backpack cluster init --zookeeper " + zookeeper.hosts());
    twoNodes();
    run("init").fails(1, "already");
    run("add-server", "1", "h", "1").fails(1, "exists already");
    run("add-server", "3", "h", "port").fails(2, "PORT");
    run("add-server", "3", "h", "0").fails(2, "port");
    run("add-server", "3", "h").fails(2, "PORT");
    run("add-server", "a.b", "h", "1").fails(2, "'a.b'");
    run("set-server", "9", "h", "1").fails(3, "no server 9");
    run("set-server", "1", "h").fails(2, "HOST and PORT");
    run("set-server", "1").fails(2, "HOST and PORT");
    run("remove-server", "9").fails(3, "no server 9");
    run("add-shard", "1", "--nodes", "1,2").fails(2, "--capacity");
    run("add-shard", "1", "--nodes", "1,2", "--capacity", "lots").fails(2, "'lots'");
    run("add-shard", "1", "--nodes", "1,2", "--capacity", "0").fails(2, "capacity");
    run("add-shard", "1", "--nodes", "1,9", "--capacity", "1gb").fails(3, "no server 9");
    run("add-shard", "1", "--nodes", "1,1", "--capacity", "1gb").fails(2, "twice");
    run("add-shard", "1", "--nodes", "1", "--capacity", "1gb").ok();
    run("add-shard", "2", "--nodes", "1", "--capacity", "1gb").fails(1, "in shard 1");
    run("remove-server", "1").fails(1, "in shard 1");
    run("enable-shard", "9").fails(3, "no shard 9");
    run("disable-shard", "9").fails(3, "no shard 9");
    run("remove-shard", "9").fails(3, "no shard 9");
    run("set-queue", "--servers", "r1").fails(2, "'r1'");
    run("set-queue", "--servers", "r1:99999").fails(2, "'r1:99999'");
    run("set-queue", "--servers", "r1:1", "--key", "a b").fails(2, "key");
    run("nginx", "--coordinator", "x").fails(2, "'x'");
    run("nginx", "--out", directory.resolve("none/shards.conf").toString()).fails(1, "none");
    run("dump", "--root", "no-slash").fails(2, "'no-slash'");
    run("dump", "--timeout", "0").fails(2, "--timeout");
    zookeeper.put("shard-size-1", "{\"capacity\":2048,\"current\":1024}");
    run("remove-shard", "1").fails(1, "--force");
    assertEquals("removed shard 1\n", run("remove-shard", "1", "--force").ok().out());
    zookeeper.put("servers-map", "x");
    run("status").fails(1, "servers-map");
  }

  @Test
  void wrongUsageSaysWhatIsMissing() {
    runAsIs("dump").fails(2, "--zookeeper");
    runAsIs().fails(2, "--help");
    runAsIs("dump", "--zookeeper", "a b").fails(2, "'a b'");
    String nowhere = "127.0.0.1:" + TestRedis.freePort();
    runAsIs("dump", "--zookeeper", nowhere, "--timeout", "1").fails(1, nowhere);
  }

  @Test
  void everyCommandHasHelp() {
    CommandLine line = new CommandLine(new ClusterCommand());
    assertEquals(13, line.getSubcommands().size());
    assertTrue(runAsIs("--help").ok().out().contains("add-shard"));
    for (String command : line.getSubcommands().keySet()) {
      String help = runAsIs(command, "--help").ok().out();
      assertTrue(
          help.contains("Usage: cluster " + command) && help.contains("--zookeeper=HOSTS"), help);
    }
  }

  @Test
  void aShardOnOneHostIsAddedOnlyByForce() {
    twoNodes();
    run("add-server", "3", "host2", "8083").ok();
    run("add-shard", "1", "--nodes", "2,3", "--capacity", "1gb").fails(1, "--force");
    Run run = run("add-shard", "1", "--nodes", "2,3", "--capacity", "1gb", "--force");
    assertEquals(0, run.code());
    assertTrue(run.err().startsWith("warning: more than one node of the shard is on host2"));
    assertTrue(run("dump").ok().out().contains("shard-size-1"));
  }

  @Test
  void shardsAreLaidAcrossServers() {
    run("init").ok();
    for (int id = 1; id <= 9; id++) {
      String host = "host" + (1 + (id - 1) / 3);
      run("add-server", "" + id, host, "" + (8080 + id), "--zone", "z").ok();
    }
    String three = "shard 1 on nodes 1, 4, 7\n";
    String dry =
        run("add-shard", "--auto", "--copies", "3", "--capacity", "1gb", "--dry-run").ok().out();
    assertTrue(dry.startsWith("would add " + three), dry);
    assertEquals(dry, run("add-shard", "--auto", "--copies", "3").ok().out());
    assertTrue(run("status").ok().out().contains("no shards"));
    run("add-shard", "--auto", "--copies", "4", "--capacity", "1gb").fails(1, "0 shards of 4");
    assertEquals(
        """
        added shard 1 on nodes 1, 4 with 1gb
        they are read-only until each is enabled: backpack cluster enable-shard ID
        """,
        run("add-shard", "--auto", "--capacity", "1gb", "--count", "1").ok().out());
    assertEquals(4, run("add-shard", "--auto", "--capacity", "1gb").ok().out().lines().count());
    run("add-shard", "--auto", "1").fails(2, "--auto");
    run("add-shard", "--auto", "--copies", "0").fails(2, "from 1");
    run("add-shard", "1", "--nodes", "9", "--capacity", "1gb", "--count", "1").fails(2, "--auto");
  }

  @Test
  void aShardIsChanged() throws Exception {
    twoNodes();
    run("add-server", "3", "host3", "8083").ok();
    run("add-shard", "1", "--nodes", "1,2", "--capacity", "1gb").ok();
    assertEquals(
        "shard 1 may hold 2gb, gets at most 0.3 of the new photos\n",
        run("set-shard", "1", "--capacity", "2gb", "--max-share", "0.3").ok().out());
    assertTrue(run("dump").ok().out().contains("\"max_share\" : 0.3"));
    Run run = run("set-shard", "1", "--nodes", "2,3");
    assertEquals("shard 1 is on nodes 2, 3\n", run.out());
    assertTrue(run.err().startsWith("warning: nodes [3] bring themselves"), run.err());
    run("set-shard", "1").fails(2, "--capacity");
    run("set-shard", "1", "--max-share", "2").fails(2, "share");
    run("set-shard", "9", "--max-share", "1").fails(3, "no shard 9");
    zookeeper.put("shard-size-1", "{\"capacity\":2048,\"current\":1024}");
    run("set-shard", "1", "--nodes", "1").fails(1, "at least one must stay");
  }

  @Test
  void aNodeWithPhotosComesIntoAShardOnlyByForce() {
    AtomicReference<String> stats = new AtomicReference<>("{\"live_bytes\":4711}");
    Vertx vertx = Vertx.vertx();
    int port =
        Futures.await(
                vertx
                    .createHttpServer()
                    .requestHandler(request -> request.response().end(stats.get()))
                    .listen(0, "127.0.0.1"))
            .actualPort();
    try {
      run("init").ok();
      run("add-server", "1", "127.0.0.1", "" + port).ok();
      run("add-server", "2", "host2", "8082").ok();
      run("add-shard", "1", "--nodes", "1", "--capacity", "1gb").fails(1, "has photos (4711");
      run("add-shard", "1", "--nodes", "2", "--capacity", "1gb").ok();
      run("set-shard", "1", "--nodes", "1,2").fails(1, "--force");
      run("add-shard", "--auto", "--copies", "1", "--capacity", "1gb")
          .fails(1, "node 1 has photos");
      assertEquals(0, run("set-shard", "1", "--nodes", "1,2", "--force").code());
      // It is in the shard: whatever else is changed needs no force.
      assertEquals(0, run("set-shard", "1", "--nodes", "2,1").code());
      assertEquals(0, run("set-shard", "1", "--nodes", "2").code());
      stats.set("{\"live_bytes\":0}");
      assertEquals(0, run("set-shard", "1", "--nodes", "1,2").code());
    } finally {
      Futures.await(vertx.close());
    }
  }

  @Test
  void aServerHasAPlaceAndAKind() {
    twoNodes();
    assertEquals(
        "server 1 is at 127.0.0.1:8081, in zone a, on machine m, a node of the original\n",
        run("set-server", "1", "--zone", "a", "--machine", "m", "--original").ok().out());
    assertEquals(
        "server 1 is at h:1, in zone a, a node of the original\n",
        run("set-server", "1", "h", "1", "--machine", "").ok().out());
    assertEquals("server 1 is at h:1\n", run("set-server", "1", "--zone", "", "--ours").ok().out());
    run("set-server", "1", "--ours", "--original").fails(2, "exclude");
    run("set-server", "1", "h", "0").fails(2, "port");
    run("set-server", "1", "--zone", "a b").fails(2, "zone");
    run("add-server", "9", "h9", "1", "--original", "--zone", "z").ok();
    assertTrue(run("dump").ok().out().contains("\"original\" : true"));
  }

  @Test
  void statusTellsOfOriginalsAndOfShardsThatAreNearlyFull() throws Exception {
    try (OriginalNode node = new OriginalNode()) {
      run("init").ok();
      run("add-server", "1", "127.0.0.1", "" + node.port()).ok();
      Run added = run("add-shard", "1", "--nodes", "1", "--capacity", "1gb");
      assertEquals(0, added.code());
      assertTrue(added.err().contains("node 1 does not say whether it has photos"), added.err());
      run("enable-shard", "1").ok();
      zookeeper.put("shard-size-1", "{\"capacity\":1000,\"current\":910}");
      Run unmarked = run("status");
      assertTrue(unmarked.out().contains("up, an original that is not marked"), unmarked.out());
      assertTrue(unmarked.err().contains("91.0 % of shard 1 are used"), unmarked.err());
      assertTrue(unmarked.err().contains("set-server 1 --original"), unmarked.err());
      run("set-server", "1", "--original").ok();
      Run marked = run("status");
      assertTrue(marked.out().contains(":" + node.port() + " original up"), marked.out());
      assertTrue(marked.out().contains("originals only"), marked.out());
      JsonObject json = new JsonObject(run("status", "--json").out());
      JsonObject shown =
          json.getJsonArray("shards").getJsonObject(0).getJsonArray("nodes").getJsonObject(0);
      assertTrue(shown.getBoolean("original"));
      assertEquals("127.0.0.1", shown.getString("machine"));
    }
  }

  @Test
  void aLostStoreIsForgotten() throws Exception {
    twoNodes();
    zookeeper.put("node-1", "{\"cookie\":\"c\"}");
    assertEquals(
        "forgot which store server 1 was\n", run("set-server", "1", "--new-store").ok().out());
    assertFalse(zookeeper.exists("node-1"));
    assertEquals(
        "server 1 is at h:1\nno store had claimed to be server 1\n",
        run("set-server", "1", "h", "1", "--new-store").ok().out());
  }

  @Test
  void statusAsksEveryNode() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      int ready = node(vertx, 200);
      int busy = node(vertx, 503);
      int original = node(vertx, 404);
      int odd = node(vertx, 500);
      int frozen = silentNode(vertx);
      run("init").ok();
      int id = 1;
      for (int port : List.of(ready, busy, original, odd, frozen, TestRedis.freePort())) {
        run("add-server", "" + id++, "127.0.0.1", "" + port).ok();
      }
      zookeeper.put(
          "shards-map",
          "{\"a\":{\"nodes\":[1,2,9]},\"b\":{\"nodes\":[3,4,5],\"read_only\":true},"
              + "\"c\":{\"nodes\":[]}}");
      zookeeper.put("shard-size-a", "{\"capacity\":107374182400,\"current\":45365616640}");
      zookeeper.put("shard-size-b", "{\"capacity\":1024,\"current\":1024}");
      run("set-queue", "--servers", "r1:6379,[::1]:6380").ok();

      String table = run("status").ok().out();
      assertTrue(table.startsWith("ZooKeeper " + zookeeper.hosts() + ", root /backpack\n"), table);
      assertTrue(table.contains("queue: key 'backpack-queue' on r1:6379, [::1]:6380\n"), table);
      String a = "1 127.0.0.1:" + ready + " up, 2 127.0.0.1:" + busy + " not ready, 9 unknown";
      String b = "4 127.0.0.1:" + odd + " answers 500, 5 127.0.0.1:" + frozen + " down";
      assertTrue(table.contains(a), table);
      assertTrue(table.contains("3 127.0.0.1:" + original + " up, " + b), table);
      assertTrue(
          line(table, " a ").matches(" a +\\| writable +\\|.*\\| +42.3 GB \\| +100 GB \\| +42.3 *"),
          table);
      assertTrue(line(table, " b ").contains("read-only"), table);
      assertTrue(line(table, " c ").contains("no size"), table);
      assertTrue(table.contains("server 6 is in no shard: 127.0.0.1:"), table);

      JsonObject json = new JsonObject(run("status", "--json").ok().out());
      JsonObject shard = json.getJsonArray("shards").getJsonObject(0);
      assertEquals("writable", shard.getString("state"));
      assertEquals(42.3, shard.getDouble("percent"), 0.11);
      assertEquals("up", shard.getJsonArray("nodes").getJsonObject(0).getString("state"));
      assertEquals("unknown", shard.getJsonArray("nodes").getJsonObject(2).getString("state"));
      assertEquals("down", json.getJsonArray("spare_servers").getJsonObject(0).getString("state"));
      assertEquals("[::1]:6380", json.getJsonObject("queue").getJsonArray("servers").getString(1));
    } finally {
      Futures.await(vertx.close());
    }
  }

  private static String line(String table, String start) {
    return table.lines().filter(line -> line.startsWith(start)).findFirst().orElse("");
  }

  @Test
  void statusOfAnEmptyMap() {
    run("init").ok();
    assertTrue(run("status").ok().out().endsWith("no queue servers\nno shards\n"));
  }

  private static int node(Vertx vertx, int status) {
    HttpServer server =
        vertx
            .createHttpServer()
            .requestHandler(
                request ->
                    request
                        .response()
                        .setStatusCode(request.path().equals("/_/health/ready") ? status : 400)
                        .end());
    return Futures.await(server.listen(0, "127.0.0.1")).actualPort();
  }

  private static int silentNode(Vertx vertx) {
    return Futures.await(
            vertx.createHttpServer().requestHandler(request -> {}).listen(0, "127.0.0.1"))
        .actualPort();
  }

  @Test
  void nginxIsToldOfEveryShard() throws Exception {
    twoNodes();
    run("add-shard", "1", "--nodes", "1,2", "--capacity", "1gb").ok();
    zookeeper.put("shards-map", "{\"1\":{\"nodes\":[1,2]},\"lost\":{\"nodes\":[7]}}");
    Path file = directory.resolve("shards.conf");
    Files.writeString(file, "old");
    Run run = run("nginx", "--out", file.toString(), "--coordinator", "c1:8080");
    assertEquals(0, run.code());
    assertEquals("warning: shard lost has no known server and is left out\n", run.err());
    assertTrue(run.out().startsWith("wrote " + file));
    String expected =
        """
        # Made by 'backpack cluster nginx'; changes by hand are lost.

        upstream backpack_shard_1 {
            zone backpack 266k;
            server 127.0.0.1:8081 max_fails=5 fail_timeout=10s;
            server host2:8082 max_fails=5 fail_timeout=10s;
            keepalive 64;
            keepalive_timeout 30s;
        }

        upstream backpack_every_1 {
            zone backpack 266k;
            server 127.0.0.1:8081 max_fails=0;
            server host2:8082 max_fails=0;
            keepalive 8;
            keepalive_timeout 30s;
        }

        upstream backpack_coordinators {
            zone backpack 266k;
            server c1:8080 max_fails=5 fail_timeout=10s;
            keepalive 64;
            keepalive_timeout 30s;
        }

        map $backpack_shard $backpack_upstream {
            default "";
            "1" backpack_shard_1;
        }

        map $backpack_shard $backpack_every_node {
            default "";
            "1" backpack_every_1;
        }

        map $backpack_shard $backpack_unknown_to_all {
            default "";
            "1" "404, 404";
        }

        map $backpack_shard $backpack_coordinators {
            default backpack_coordinators;
        }
        """;
    assertEquals(expected, Files.readString(file));
    assertEquals(expected, run("nginx", "--coordinator", "c1:8080").out());
  }
}
