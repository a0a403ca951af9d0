package io.backpack.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.DataSize;
import io.backpack.api.ErrorCode;
import io.backpack.testing.TestRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ClusterAdminTest {
  private static final DataSize GB = DataSize.parse("1gb");

  private ZooKeeperFixture zookeeper;
  private ClusterAdmin admin;

  @BeforeEach
  void start() throws Exception {
    zookeeper = new ZooKeeperFixture();
    admin = zookeeper.admin();
  }

  @AfterEach
  void stop() throws Exception {
    admin.close();
    zookeeper.close();
  }

  private static void assertRefused(ErrorCode code, String words, Executable change) {
    BackpackException refusal = assertThrows(BackpackException.class, change);
    assertEquals(code, refusal.code(), refusal.getMessage());
    assertTrue(refusal.getMessage().contains(words), refusal.getMessage());
  }

  private void twoServers() {
    admin.init();
    admin.addServer("1", "host1", 8081);
    admin.addServer("2", "host2", 8081);
  }

  @Test
  void writesTheLayoutOfTheOriginalToTheLetter() throws Exception {
    twoServers();
    assertEquals(List.of(), admin.addShard("a", List.of("1", "2"), DataSize.parse("100gb")));
    admin.setQueue(new QueueSettings(List.of(new QueueSettings.Endpoint("q1", 6379)), "backpack"));
    assertEquals(
        "{\"1\":{\"host\":\"host1\",\"port\":8081},\"2\":{\"host\":\"host2\",\"port\":8081}}",
        zookeeper.get("servers-map"));
    assertEquals(
        "{\"a\":{\"nodes\":[\"1\",\"2\"],\"read_only\":true}}", zookeeper.get("shards-map"));
    assertEquals("{\"capacity\":107374182400,\"current\":0}", zookeeper.get("shard-size-a"));
    assertEquals(
        "{\"servers\":[{\"host\":\"q1\",\"port\":6379}],\"key\":\"backpack\"}",
        zookeeper.get("queue"));
    assertTrue(admin.enableShard("a"));
    assertFalse(admin.enableShard("a"));
    assertEquals("{\"a\":{\"nodes\":[\"1\",\"2\"]}}", zookeeper.get("shards-map"));
    assertTrue(admin.disableShard("a"));
    assertFalse(admin.disableShard("a"));
    assertEquals(
        "{\"a\":{\"nodes\":[\"1\",\"2\"],\"read_only\":true}}", zookeeper.get("shards-map"));
  }

  @Test
  void takesOverAMapOfTheOriginalAndKeepsWhatItDoesNotKnow() throws Exception {
    zookeeper.putOriginalMap();
    zookeeper.put("servers-map", "{\"1\":{\"host\":\"a\",\"port\":\"1\",\"rack\":[1.5,null]}}");
    zookeeper.put("shards-map", "{\"1\":{\"nodes\":[1],\"x\":{\"y\":1}},\"2\":{\"nodes\":[2]}}");
    zookeeper.put(
        "queue",
        "{\"v\":2,\"servers\":[{\"host\":\"q\",\"port\":\"1\",\"tls\":true}],\"key\":\"k\"}");
    admin.addServer("3", "c", 3);
    admin.setServer("1", "b", 2);
    admin.disableShard("1");
    admin.setQueue(
        new QueueSettings(
            List.of(new QueueSettings.Endpoint("r", 1), new QueueSettings.Endpoint("q", 1)), "k"));
    assertEquals(
        "{\"1\":{\"host\":\"b\",\"port\":2,\"rack\":[1.5,null]},\"3\":{\"host\":\"c\",\"port\":3}}",
        zookeeper.get("servers-map"));
    assertEquals(
        "{\"1\":{\"nodes\":[1],\"x\":{\"y\":1},\"read_only\":true},\"2\":{\"nodes\":[2]}}",
        zookeeper.get("shards-map"));
    assertEquals(
        "{\"v\":2,\"servers\":[{\"host\":\"r\",\"port\":1},"
            + "{\"host\":\"q\",\"port\":\"1\",\"tls\":true}],\"key\":\"k\"}",
        zookeeper.get("queue"));
  }

  @Test
  void makesAQueueThatTheOriginalNeverSet() throws Exception {
    zookeeper.putOriginalMap();
    zookeeper.delete("queue");
    admin.setQueue(new QueueSettings(List.of(new QueueSettings.Endpoint("r", 1)), "k"));
    assertEquals(
        "{\"servers\":[{\"host\":\"r\",\"port\":1}],\"key\":\"k\"}", zookeeper.get("queue"));
  }

  @Test
  void showsTheMap() {
    twoServers();
    admin.addShard("1", List.of("1"), GB);
    assertEquals(
        new ClusterMap(
            Map.of("1", new Server("1", "host1", 8081), "2", new Server("2", "host2", 8081)),
            Map.of("1", new Shard("1", List.of("1"), true)),
            Map.of("1", new ShardSize(1 << 30, 0)),
            new QueueSettings(List.of(), ClusterAdmin.DEFAULT_QUEUE_KEY)),
        admin.map());
  }

  @Test
  void dumpsWhatIsOursToTheLetter() throws Exception {
    zookeeper.putOriginalMap();
    zookeeper.put("shards-map", "broken");
    zookeeper.put("node-1", "{\"cookie\":\"c\"}");
    zookeeper.put("stampers", "{\"next\":1}");
    zookeeper.put("stampers/node-1", "{\"stamper\":0}");
    zookeeper.put("somebody-else", "x");
    assertEquals(
        List.of(
            "node-1",
            "queue",
            "servers-map",
            "shard-size-1",
            "shards-map",
            "stampers",
            "stampers/node-1"),
        List.copyOf(admin.dump().fieldNames()));
    assertEquals("broken", admin.dump().getString("shards-map"));
    assertEquals("c", admin.dump().getJsonObject("node-1").getString("cookie"));
  }

  @Test
  void refusesAShardThatNginxCouldNotTellFromAnother() {
    twoServers();
    admin.addShard("Photos", List.of("1"), GB);
    assertRefused(
        ErrorCode.EXISTS, "shard Photos", () -> admin.addShard("photos", List.of("2"), GB));
    admin.addShard("photos2", List.of("2"), GB);
  }

  @Test
  void refusesNonsenseAboutServers() {
    twoServers();
    admin.addShard("s", List.of("1"), GB);
    assertRefused(ErrorCode.BAD_REQUEST, "'a/b'", () -> admin.addServer("a/b", "h", 1));
    assertRefused(ErrorCode.BAD_REQUEST, "server id", () -> admin.addServer("", "h", 1));
    assertRefused(ErrorCode.BAD_REQUEST, "'a b'", () -> admin.addServer("3", "a b", 1));
    assertRefused(ErrorCode.BAD_REQUEST, "http://h", () -> admin.addServer("3", "http://h", 1));
    assertRefused(ErrorCode.BAD_REQUEST, "not 0", () -> admin.addServer("3", "h", 0));
    assertRefused(ErrorCode.BAD_REQUEST, "not 65536", () -> admin.addServer("3", "h", 65536));
    assertRefused(ErrorCode.EXISTS, "exists already", () -> admin.addServer("1", "h", 1));
    assertRefused(ErrorCode.EXISTS, "server 2", () -> admin.addServer("3", "HOST2", 8081));
    assertRefused(ErrorCode.EXISTS, "server 2", () -> admin.setServer("1", "host2", 8081));
    assertRefused(ErrorCode.BAD_REQUEST, "port", () -> admin.setServer("1", "h", -1));
    assertRefused(ErrorCode.NOT_FOUND, "no server 9", () -> admin.setServer("9", "h", 1));
    assertRefused(ErrorCode.NOT_FOUND, "no server 9", () -> admin.removeServer("9"));
    assertRefused(ErrorCode.NOT_FOUND, "no server 9", () -> admin.forgetStore("9"));
    assertRefused(ErrorCode.EXISTS, "in shard s", () -> admin.removeServer("1"));
    assertEquals(2, admin.map().servers().size());
    admin.setServer("1", "host1", 8081);
    admin.addServer("6", "2001:db8::1", 8081);
    assertEquals("http://[2001:db8::1]:8081", admin.map().servers().get("6").url());
  }

  @Test
  void refusesNonsenseAboutShards() throws Exception {
    twoServers();
    admin.addServer("3", "host3", 8081);
    admin.addShard("s", List.of("1"), GB);
    List<String> two = List.of("2");
    assertRefused(ErrorCode.BAD_REQUEST, "'a:b'", () -> admin.addShard("a:b", two, GB));
    assertRefused(ErrorCode.EXISTS, "shard s exists", () -> admin.addShard("s", two, GB));
    assertRefused(
        ErrorCode.BAD_REQUEST, "more than 0", () -> admin.addShard("t", two, new DataSize(0)));
    assertRefused(ErrorCode.BAD_REQUEST, "at least one", () -> admin.addShard("t", List.of(), GB));
    assertRefused(
        ErrorCode.BAD_REQUEST, "named twice", () -> admin.addShard("t", List.of("2", "2"), GB));
    assertRefused(
        ErrorCode.NOT_FOUND, "no server 9", () -> admin.addShard("t", List.of("2", "9"), GB));
    assertRefused(
        ErrorCode.EXISTS, "in shard s already", () -> admin.addShard("t", List.of("2", "1"), GB));
    assertRefused(ErrorCode.UNKNOWN_SHARD, "no shard t", () -> admin.enableShard("t"));
    assertRefused(ErrorCode.UNKNOWN_SHARD, "no shard t", () -> admin.disableShard("t"));
    assertRefused(ErrorCode.UNKNOWN_SHARD, "no shard t", () -> admin.removeShard("t", true));
    zookeeper.put("shard-size-t", "{}");
    assertRefused(ErrorCode.EXISTS, "removed by hand", () -> admin.addShard("t", two, GB));
    assertEquals("{}", zookeeper.get("shard-size-t"));
    assertEquals(1, admin.map().shards().size());
  }

  @Test
  void refusesToEnableAShardOfUnknownServers() throws Exception {
    zookeeper.putOriginalMap();
    assertRefused(ErrorCode.NOT_FOUND, "no server 3", () -> admin.enableShard("2"));
  }

  @Test
  void removesShardsOnlyWhenEmptyOrForced() throws Exception {
    twoServers();
    admin.addShard("a", List.of("1"), GB);
    admin.addShard("b", List.of("2"), GB);
    zookeeper.put("shard-size-b", "{\"capacity\":2048,\"current\":1024}");
    admin.removeShard("a", false);
    assertFalse(zookeeper.exists("shard-size-a"));
    assertRefused(ErrorCode.EXISTS, "holds 1.00 KB", () -> admin.removeShard("b", false));
    admin.removeShard("b", true);
    assertEquals("{}", zookeeper.get("shards-map"));
    assertFalse(zookeeper.exists("shard-size-b"));
    admin.addShard("b", List.of("2"), GB);
  }

  @Test
  void removesTheClaimWithItsServer() throws Exception {
    twoServers();
    zookeeper.put("node-1", "{\"cookie\":\"c\"}");
    zookeeper.put("node-2", "{\"cookie\":\"c\"}");
    assertTrue(admin.forgetStore("1"));
    assertFalse(admin.forgetStore("1"));
    admin.removeServer("2");
    assertFalse(zookeeper.exists("node-1"));
    assertFalse(zookeeper.exists("node-2"));
  }

  private void place(String id, String host, String zone, String machine) {
    admin.addServer(id, host, 8081, known -> new Server(id, host, 8081, zone, machine, false));
  }

  @Test
  void twoNodesOnOneMachineAreRefusedUnlessForced() {
    twoServers();
    admin.addServer("3", "HOST1", 8082);
    List<String> all = List.of("1", "2", "3");
    assertRefused(ErrorCode.EXISTS, "host1", () -> admin.addShard("s", all, GB));
    List<String> warnings = admin.addShard("s", all, GB, true);
    assertEquals(1, warnings.size());
    assertTrue(warnings.get(0).contains("host1"), warnings.get(0));
    assertEquals(all, admin.map().shards().get("s").nodes());
    place("4", "10.0.0.4", "", "m");
    place("5", "10.0.1.4", "", "m");
    assertRefused(ErrorCode.EXISTS, "on m", () -> admin.addShard("t", List.of("4", "5"), GB));
  }

  @Test
  void warnsOfAShardInOneZoneWhereThereAreOthers() throws Exception {
    admin.init();
    place("1", "h1", "a", "");
    place("2", "h2", "a", "");
    assertEquals(List.of(), admin.addShard("s", List.of("1", "2"), GB));
    admin.removeShard("s", false);
    place("3", "h3", "b", "");
    assertTrue(admin.addShard("s", List.of("1", "2"), GB).get(0).contains("zone a"));
    assertEquals(
        "{\"1\":{\"host\":\"h1\",\"port\":8081,\"zone\":\"a\"},"
            + "\"2\":{\"host\":\"h2\",\"port\":8081,\"zone\":\"a\"},"
            + "\"3\":{\"host\":\"h3\",\"port\":8081,\"zone\":\"b\"}}",
        zookeeper.get("servers-map"));
    assertRefused(ErrorCode.BAD_REQUEST, "zone", () -> place("4", "h4", "a b", ""));
    assertRefused(ErrorCode.BAD_REQUEST, "machine", () -> place("4", "h4", "", "a/b"));
  }

  @Test
  void layShardsOnWhatIsSpareAllOrNone() throws Exception {
    admin.init();
    for (int id = 1; id <= 9; id++) {
      admin.addServer("" + id, "h" + (id - 1) / 3, 8080 + id);
    }
    admin.addServer("10", "original", 1, s -> new Server("10", "original", 1, "", "", true));
    Map<String, List<String>> proposed = admin.addShards(3, Optional.empty(), Optional.empty());
    assertTrue(admin.map().shards().isEmpty());
    admin.addShard("2", List.of("9"), GB);
    zookeeper.put("shard-size-1", "{}");
    assertEquals(
        Map.of(
            "1", List.of("1", "4", "7"), "2", List.of("2", "5", "8"), "3", List.of("3", "6", "9")),
        proposed);
    Optional<DataSize> size = Optional.of(GB);
    assertRefused(
        ErrorCode.EXISTS, "2 shards of 3", () -> admin.addShards(3, size, Optional.of(3)));
    assertEquals(
        Map.of("3", List.of("1", "4", "7"), "4", List.of("2", "5", "8")),
        admin.addShards(3, size, Optional.empty()));
    ClusterMap map = admin.map();
    assertEquals(List.of("2", "5", "8"), map.shards().get("4").nodes());
    assertTrue(map.shards().get("4").readOnly());
    assertEquals(GB.bytes(), map.size("4").capacity());
    assertRefused(ErrorCode.EXISTS, "2 servers", () -> admin.addShards(3, size, Optional.empty()));
    assertRefused(ErrorCode.BAD_REQUEST, "1", () -> admin.addShards(0, size, Optional.empty()));
  }

  private List<String> nodes(String shard, boolean force, String... nodes) {
    return admin.setShard(
        shard,
        new ShardChange(Optional.empty(), Optional.empty(), Optional.of(List.of(nodes))),
        force);
  }

  @Test
  void changesTheNodesOfAShardOneAtATime() throws Exception {
    twoServers();
    for (String id : List.of("3", "4", "5")) {
      admin.addServer(id, "host" + id, 8081);
    }
    admin.addServer("6", "host1", 8082);
    admin.addShard("s", List.of("1", "2", "3"), GB);
    admin.addShard("t", List.of("4"), GB);
    assertRefused(ErrorCode.BAD_REQUEST, "at least one", () -> nodes("s", true));
    assertRefused(ErrorCode.NOT_FOUND, "no server 9", () -> nodes("s", false, "1", "9"));
    assertRefused(ErrorCode.EXISTS, "in shard t", () -> nodes("s", false, "1", "4"));
    assertRefused(ErrorCode.EXISTS, "host1", () -> nodes("s", false, "1", "2", "6"));
    assertRefused(ErrorCode.UNKNOWN_SHARD, "no shard u", () -> nodes("u", false, "1"));
    zookeeper.put("shard-size-s", "{\"capacity\":2048,\"current\":1024}");
    assertRefused(ErrorCode.EXISTS, "one at a time", () -> nodes("s", false, "1"));
    assertRefused(ErrorCode.EXISTS, "at least one must stay", () -> nodes("s", false, "5"));
    zookeeper.put("shards-map", "{\"s\":{\"nodes\":[1,2,3],\"x\":1},\"t\":{\"nodes\":[\"4\"]}}");
    List<String> advice = nodes("s", false, "1", "2", "5");
    assertTrue(advice.get(0).contains("[5] bring themselves"), advice.toString());
    assertTrue(advice.get(1).contains("keep nodes [3] running"), advice.toString());
    assertEquals(
        "{\"s\":{\"nodes\":[\"1\",\"2\",\"5\"],\"x\":1},\"t\":{\"nodes\":[\"4\"]}}",
        zookeeper.get("shards-map"));
    assertEquals(List.of(), nodes("s", false, "5", "2", "1"));
    nodes("s", true, "3");
    zookeeper.put("shard-size-s", "{\"capacity\":2048,\"current\":0}");
    nodes("s", false, "1", "2");
  }

  @Test
  void changesCapacityAndShareAndKeepsTheRest() throws Exception {
    twoServers();
    admin.addShard("s", List.of("1"), GB);
    zookeeper.put("shard-size-s", "{\"capacity\":\"2048\",\"current\":7,\"note\":1}");
    ShardChange both = new ShardChange(Optional.of(GB), Optional.of(0.25), Optional.empty());
    assertEquals(List.of(), admin.setShard("s", both, false));
    assertEquals(
        "{\"capacity\":1073741824,\"current\":7,\"note\":1}", zookeeper.get("shard-size-s"));
    assertEquals(0.25, admin.map().shards().get("s").maxShare());
    admin.enableShard("s");
    assertEquals("{\"s\":{\"nodes\":[\"1\"],\"max_share\":0.25}}", zookeeper.get("shards-map"));
    admin.setShard(
        "s", new ShardChange(Optional.empty(), Optional.of(1.0), Optional.empty()), false);
    assertEquals("{\"s\":{\"nodes\":[\"1\"]}}", zookeeper.get("shards-map"));
    zookeeper.delete("shard-size-s");
    admin.setShard("s", both, false);
    assertEquals("{\"capacity\":1073741824,\"current\":0}", zookeeper.get("shard-size-s"));
    for (double share : new double[] {0, -1, 1.1, Double.NaN}) {
      ShardChange wrong = new ShardChange(Optional.empty(), Optional.of(share), Optional.empty());
      assertRefused(ErrorCode.BAD_REQUEST, "share", () -> admin.setShard("s", wrong, false));
    }
    ShardChange none =
        new ShardChange(Optional.of(new DataSize(0)), Optional.empty(), Optional.empty());
    assertRefused(ErrorCode.BAD_REQUEST, "capacity", () -> admin.setShard("s", none, false));
  }

  @Test
  void marksServersOfTheOriginalAndLeavesTheRestToTheLetter() throws Exception {
    zookeeper.putOriginalMap();
    admin.setServer("1", s -> new Server("1", s.host(), s.port(), s.zone(), s.machine(), true));
    assertEquals(
        "{\"1\":{\"host\":\"10.0.0.1\",\"port\":\"8081\",\"original\":true},"
            + "\"2\":{\"host\":\"10.0.0.2\",\"port\":8081}}",
        zookeeper.get("servers-map"));
    assertTrue(admin.map().servers().get("1").original());
    admin.setServer("1", "10.0.0.3", 8081);
    assertTrue(admin.map().servers().get("1").original());
    zookeeper.put("shards-map", "{\"1\":{\"nodes\":[\"1\"],\"read_only\":true}}");
    assertRefused(ErrorCode.EXISTS, "original", () -> admin.enableShard("1"));
    admin.setServer("1", s -> new Server("1", s.host(), s.port()));
    assertEquals(
        "{\"1\":{\"host\":\"10.0.0.3\",\"port\":\"8081\"},"
            + "\"2\":{\"host\":\"10.0.0.2\",\"port\":8081}}",
        zookeeper.get("servers-map"));
  }

  @Test
  void refusesNonsenseAboutTheQueue() {
    admin.init();
    QueueSettings.Endpoint one = new QueueSettings.Endpoint("h", 1);
    assertRefused(
        ErrorCode.BAD_REQUEST, "key", () -> admin.setQueue(new QueueSettings(List.of(one), "")));
    assertRefused(
        ErrorCode.BAD_REQUEST, "key", () -> admin.setQueue(new QueueSettings(List.of(one), "a b")));
    assertRefused(
        ErrorCode.BAD_REQUEST,
        "named twice",
        () -> admin.setQueue(new QueueSettings(List.of(one, one), "k")));
    assertRefused(
        ErrorCode.BAD_REQUEST,
        "port",
        () ->
            admin.setQueue(
                new QueueSettings(List.of(new QueueSettings.Endpoint("h", 70000)), "k")));
  }

  @Test
  void warnsOfTasksThatAreLeftBehind() {
    admin.init();
    QueueSettings.Endpoint one = new QueueSettings.Endpoint("one", 1);
    QueueSettings.Endpoint two = new QueueSettings.Endpoint("two", 2);
    assertEquals(List.of(), admin.setQueue(new QueueSettings(List.of(one), "k")));
    assertEquals(List.of(), admin.setQueue(new QueueSettings(List.of(one, two), "k")));
    assertTrue(admin.setQueue(new QueueSettings(List.of(two), "k")).get(0).contains("one:1"));
    assertTrue(admin.setQueue(new QueueSettings(List.of(two), "l")).get(0).contains("two:2"));
    assertEquals(2, admin.setQueue(new QueueSettings(List.of(), "l")).size());
  }

  @Test
  void refusesToInitialiseTwice() {
    twoServers();
    assertRefused(ErrorCode.EXISTS, "already", admin::init);
    assertEquals(2, admin.map().servers().size());
  }

  @Test
  void refusesEverythingBeforeInit() {
    String words = "run: backpack cluster init --zookeeper " + zookeeper.hosts();
    assertRefused(ErrorCode.NOT_READY, words, () -> admin.addServer("1", "h", 1));
    assertRefused(ErrorCode.NOT_READY, words, () -> admin.enableShard("1"));
    assertRefused(
        ErrorCode.NOT_READY, words, () -> admin.setQueue(new QueueSettings(List.of(), "k")));
    assertRefused(ErrorCode.NOT_READY, words, () -> admin.map());
    assertRefused(ErrorCode.NOT_READY, words, () -> admin.dump());
  }

  @Test
  void initialisesAnyRoot() {
    for (String root : List.of("/", "/a/deep/root", "/trailing/")) {
      try (ClusterAdmin other =
          ClusterAdmin.connect(zookeeper.hosts(), root, Duration.ofSeconds(10))) {
        other.init();
        other.addServer("1", "h", 1);
        assertEquals(1, other.map().servers().size());
      }
    }
  }

  @Test
  void refusesWhatIsNoAddressOrRoot() {
    Duration timeout = Duration.ofSeconds(1);
    for (String hosts : List.of("", "a b", ":", "http://h:1", "h:x", "h:1,,g:1")) {
      assertRefused(
          ErrorCode.BAD_REQUEST, "'" + hosts, () -> ClusterAdmin.connect(hosts, "/b", timeout));
    }
    for (String root : List.of("", "b", "//b", "/b//c", "/a b", "/../b", "/.")) {
      assertRefused(
          ErrorCode.BAD_REQUEST, "'" + root, () -> ClusterAdmin.connect("h:1", root, timeout));
    }
  }

  @Test
  void saysWhenZooKeeperDoesNotAnswer() {
    String hosts = "127.0.0.1:" + TestRedis.freePort();
    assertRefused(
        ErrorCode.UNAVAILABLE,
        hosts,
        () -> ClusterAdmin.connect(hosts, "/b", Duration.ofMillis(500)));
  }

  @Test
  void namesTheDamagedZnodeAndLeavesItAlone() throws Exception {
    twoServers();
    zookeeper.put("shards-map", "{\"1\":");
    assertRefused(ErrorCode.INTERNAL, "shards-map", () -> admin.addShard("2", List.of("1"), GB));
    assertRefused(ErrorCode.INTERNAL, "shards-map", admin::map);
    assertRefused(ErrorCode.INTERNAL, "shards-map", () -> admin.forgetStore("1"));
    assertEquals("{\"1\":", zookeeper.get("shards-map"));
  }

  @Test
  void allOfManyConcurrentChangesSurvive() throws Exception {
    admin.init();
    int writers = 4;
    int changes = 15;
    ExecutorService threads = Executors.newFixedThreadPool(writers);
    List<Future<?>> done = new ArrayList<>();
    for (int w = 0; w < writers; w++) {
      int writer = w;
      done.add(
          threads.submit(
              () -> {
                try (ClusterAdmin own = zookeeper.admin()) {
                  for (int i = 0; i < changes; i++) {
                    String id = writer + "-" + i;
                    own.addServer(id, "h" + writer, 1000 + i);
                    own.addShard(id, List.of(id), GB);
                  }
                }
              }));
    }
    for (Future<?> each : done) {
      each.get(60, TimeUnit.SECONDS);
    }
    threads.shutdown();
    assertEquals(writers * changes, admin.map().servers().size());
    assertEquals(writers * changes, admin.map().shards().size());
    assertEquals(writers * changes, admin.map().sizes().size());
  }
}
