package io.backpack.cluster;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.DataSize;
import io.backpack.api.ErrorCode;
import io.backpack.testing.TestRedis;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZooKeeperClusterViewTest {
  private final List<ZooKeeperClusterView> views = new ArrayList<>();
  private final Vertx vertx = Vertx.vertx();
  private ZooKeeperFixture zookeeper;

  @TempDir private Path stateDir;

  @BeforeEach
  void start() throws Exception {
    zookeeper = new ZooKeeperFixture();
  }

  @AfterEach
  void stop() throws Exception {
    views.forEach(view -> await(view.close()));
    await(vertx.close());
    zookeeper.close();
  }

  private ZooKeeperClusterView connect(ClusterSettings settings) {
    ZooKeeperClusterView view = await(ZooKeeperClusterView.connect(vertx, settings));
    views.add(view);
    return view;
  }

  private ZooKeeperClusterView connect() {
    return connect(zookeeper.settings(Optional.empty()));
  }

  private void initWithTwoServers() {
    try (ClusterAdmin admin = zookeeper.admin()) {
      admin.init();
      admin.addServer("1", "host1", 8081);
      admin.addServer("2", "host2", 8081);
    }
  }

  @Test
  void readsAMapOfTheOriginal() throws Exception {
    zookeeper.putOriginalMap();
    ZooKeeperClusterView view = connect();
    assertTrue(view.live());
    assertEquals(
        new ClusterMap(
            Map.of("1", new Server("1", "10.0.0.1", 8081), "2", new Server("2", "10.0.0.2", 8081)),
            Map.of(
                "1", new Shard("1", List.of("1", "2"), false),
                "2", new Shard("2", List.of("3"), true)),
            Map.of("1", new ShardSize(100L << 30, 1000)),
            new QueueSettings(List.of(new QueueSettings.Endpoint("10.0.0.9", 6379)), "q")),
        view.current());
    assertEquals(List.of(), view.current().serversOf(view.current().shard("2").orElseThrow()));
  }

  @Test
  void followsEveryPartLive() throws Exception {
    initWithTwoServers();
    ZooKeeperClusterView view = connect();
    List<ClusterMap> seen = new CopyOnWriteArrayList<>();
    view.onChange(
        map -> {
          throw new IllegalStateException("a listener that fails");
        });
    view.onChange(seen::add);
    try (ClusterAdmin admin = zookeeper.admin()) {
      admin.addShard("1", List.of("1", "2"), DataSize.parse("1gb"));
      await().until(() -> view.current().shards().containsKey("1"));
      assertTrue(view.current().shards().get("1").readOnly());
      await().until(() -> view.current().size("1").equals(new ShardSize(1L << 30, 0)));
      admin.enableShard("1");
      await().until(() -> !view.current().shards().get("1").readOnly());
      admin.setServer("2", "other", 9000);
      await().until(() -> view.current().server("2").orElseThrow().port() == 9000);
      admin.setQueue(new QueueSettings(List.of(new QueueSettings.Endpoint("q", 1)), "k"));
      await().until(() -> view.current().queue().key().equals("k"));
    }
    zookeeper.put("shard-size-1", "{\"capacity\":10,\"current\":4}");
    await().until(() -> view.current().size("1").equals(new ShardSize(10, 4)));
    assertTrue(view.live());
    assertSame(view.current(), seen.get(seen.size() - 1));
    assertEquals(seen.stream().distinct().count(), seen.size(), "only changes are told");
  }

  @Test
  void followsAQueueThatDidNotExist() throws Exception {
    zookeeper.putOriginalMap();
    zookeeper.delete("queue");
    ZooKeeperClusterView view = connect();
    assertTrue(view.live());
    assertEquals(QueueSettings.NONE, view.current().queue());
    zookeeper.put("queue", "{\"servers\":[],\"key\":\"new\"}");
    await().until(() -> view.current().queue().key().equals("new"));
  }

  @Test
  void keepsTheLastGoodValueOfADamagedPart() throws Exception {
    initWithTwoServers();
    ZooKeeperClusterView view = connect();
    zookeeper.put("servers-map", "{\"1\":{\"host\":");
    await().until(() -> !view.live());
    assertEquals(2, view.current().servers().size());

    try (ClusterAdmin admin = zookeeper.admin()) {
      BackpackException refusal =
          assertThrows(BackpackException.class, () -> admin.addServer("3", "h", 1));
      assertEquals(ErrorCode.INTERNAL, refusal.code());
      assertTrue(refusal.getMessage().contains("servers-map"), refusal.getMessage());
    }
    zookeeper.put("shards-map", "{\"7\":{\"nodes\":[1]}}");
    await().until(() -> view.current().shards().containsKey("7"));
    assertEquals(2, view.current().servers().size());
    assertFalse(view.live());

    zookeeper.put("servers-map", "{\"3\":{\"host\":\"h\",\"port\":1}}");
    await().until(view::live);
    assertEquals(List.of("3"), List.copyOf(view.current().servers().keySet()));
  }

  @Test
  void keepsTheMapWhenZnodesVanish() throws Exception {
    initWithTwoServers();
    ZooKeeperClusterView view = connect();
    zookeeper.delete("");
    await().until(() -> !view.live());
    assertEquals(2, view.current().servers().size());
    initWithTwoServers();
    await().until(view::live);
  }

  @Test
  void aDamagedQueueOrSizeDoesNotMakeAnythingUnknown() throws Exception {
    zookeeper.putOriginalMap();
    ZooKeeperClusterView view = connect();
    zookeeper.put("queue", "x");
    zookeeper.put("shard-size-1", "x");
    zookeeper.put("shards-map", "{\"1\":{\"nodes\":[1]}}");
    await().until(() -> view.current().shards().size() == 1);
    assertTrue(view.live());
    assertEquals("q", view.current().queue().key());
    assertEquals(1000, view.current().size("1").current());
  }

  @Test
  void saysHowToMakeAMapWhereThereIsNone() {
    String message =
        awaitFailure(
                ErrorCode.NOT_READY,
                ZooKeeperClusterView.connect(vertx, zookeeper.settings(Optional.empty())))
            .getMessage();
    assertTrue(
        message.contains(
            "run: backpack cluster init --zookeeper " + zookeeper.hosts() + " --root /backpack"),
        message);
  }

  @Test
  void failsOnADamagedMapThatItNeverSaw() throws Exception {
    zookeeper.put("servers-map", "oops");
    zookeeper.put("shards-map", "{}");
    String message =
        awaitFailure(
                ErrorCode.UNAVAILABLE,
                ZooKeeperClusterView.connect(vertx, zookeeper.settings(Optional.of(stateDir))))
            .getMessage();
    assertTrue(message.contains("servers-map"), message);
  }

  @Test
  void namesHostsAndRootWhenNothingAnswers() {
    String hosts = "127.0.0.1:" + TestRedis.freePort();
    String message =
        awaitFailure(
                ErrorCode.UNAVAILABLE,
                ZooKeeperClusterView.connect(
                    vertx, ZooKeeperFixture.settings(hosts, Optional.of(stateDir))))
            .getMessage();
    assertTrue(message.contains(hosts) && message.contains("/backpack"), message);
  }

  @Test
  void survivesAnOutageAndSeesWhatWasChangedMeanwhile() throws Exception {
    initWithTwoServers();
    TcpProxy proxy = new TcpProxy(vertx, zookeeper.port());
    ZooKeeperClusterView view = connect(ZooKeeperFixture.settings(proxy.hosts(), Optional.empty()));
    proxy.cut();
    await().until(() -> !view.live());
    assertEquals(2, view.current().servers().size());
    awaitFailure(ErrorCode.UNAVAILABLE, view.addToSizes(Map.of("1", 1L)));
    try (ClusterAdmin admin = zookeeper.admin()) {
      admin.addServer("3", "host3", 8081);
    }
    proxy.mend();
    await().until(view::live);
    assertEquals(3, view.current().servers().size());
  }

  @Test
  void noticesAServerThatFroze() {
    initWithTwoServers();
    TcpProxy proxy = new TcpProxy(vertx, zookeeper.port());
    ZooKeeperClusterView view = connect(ZooKeeperFixture.settings(proxy.hosts(), Optional.empty()));
    proxy.freeze();
    await().atMost(Duration.ofSeconds(10)).until(() -> !view.live());
    await().until(view::live);
  }

  @Test
  void survivesTheExpiryOfItsSession() {
    initWithTwoServers();
    TcpProxy proxy = new TcpProxy(vertx, zookeeper.port());
    ZooKeeperClusterView view = connect(ZooKeeperFixture.settings(proxy.hosts(), Optional.empty()));
    long session = view.sessionId();
    proxy.cut();
    await().until(() -> !view.live());
    // Sessions last one and a half seconds here.
    await().pollDelay(Duration.ofMillis(3500)).until(() -> !view.live());
    proxy.mend();
    await().atMost(Duration.ofSeconds(20)).until(view::live);
    assertNotEquals(session, view.sessionId());
    try (ClusterAdmin admin = zookeeper.admin()) {
      admin.addServer("3", "host3", 8081);
      await().until(() -> view.current().servers().containsKey("3"));
    }
  }

  @Test
  void survivesARestartOfZooKeeper() throws Exception {
    initWithTwoServers();
    ZooKeeperClusterView view = connect();
    zookeeper.stop();
    await().until(() -> !view.live());
    assertEquals(2, view.current().servers().size());
    zookeeper.restart();
    await().atMost(Duration.ofSeconds(20)).until(view::live);
    zookeeper.put("shards-map", "{\"1\":{\"nodes\":[1]}}");
    await().until(() -> view.current().shards().containsKey("1"));
  }

  @Test
  void startsOnTheSavedMapAndComesToLife() throws Exception {
    zookeeper.putOriginalMap();
    ClusterSettings settings = zookeeper.settings(Optional.of(stateDir.resolve("new")));
    ClusterMap saved = connect(settings).current();
    zookeeper.stop();
    ZooKeeperClusterView view = connect(settings);
    assertFalse(view.live());
    assertEquals(saved, view.current());
    zookeeper.restart();
    await().atMost(Duration.ofSeconds(20)).until(view::live);
    assertEquals(saved, view.current());
    zookeeper.put("shards-map", "{\"1\":{\"nodes\":[1]}}");
    await().until(() -> view.current().shards().size() == 1);
  }

  @Test
  void savesEveryChangeWholeAndLeavesNothingElse() throws Exception {
    initWithTwoServers();
    ZooKeeperClusterView view = connect(zookeeper.settings(Optional.of(stateDir)));
    try (ClusterAdmin admin = zookeeper.admin()) {
      admin.removeServer("2");
    }
    Path file = stateDir.resolve("cluster-map.json");
    await()
        .until(
            () -> new JsonObject(Files.readString(file)).getJsonObject("servers-map").size() == 1);
    assertEquals(1, view.current().servers().size());
    try (Stream<Path> files = Files.list(stateDir)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void usesNoSavedMapOfAnotherClusterNorADamagedOne() throws Exception {
    Path file = stateDir.resolve("cluster-map.json");
    ClusterSettings settings =
        ZooKeeperFixture.settings("127.0.0.1:" + TestRedis.freePort(), Optional.of(stateDir));
    String good =
        "{\"format\":1,\"root\":\"/backpack\",\"servers-map\":{},\"shards-map\":{},\"queue\":{}}";
    for (String bad :
        List.of(
            good.replace("/backpack", "/other"),
            good.replace(":1,", ":2,"),
            good.replace("{},\"sh", "[],\"sh"),
            good.substring(10),
            "")) {
      Files.writeString(file, bad);
      assertEquals(Optional.empty(), new SavedMap(settings).load(), bad);
    }
    Files.writeString(file, good);
    assertEquals(ClusterMap.EMPTY, connect(settings).current());
  }

  @Test
  void answersOnTheContextOfTheCaller() {
    initWithTwoServers();
    ZooKeeperClusterView view = connect();
    Context context = vertx.getOrCreateContext();
    Context answered =
        await(
            Future.<Context>future(
                promise ->
                    context.runOnContext(
                        go ->
                            view.addToSizes(Map.of("1", 1L))
                                .onComplete(done -> promise.complete(Vertx.currentContext())))));
    assertSame(context, answered);
  }

  @Test
  void isClosedForGood() {
    initWithTwoServers();
    ZooKeeperClusterView view = connect();
    await(view.close());
    assertFalse(view.live());
    assertEquals(2, view.current().servers().size());
    awaitFailure(ErrorCode.NOT_READY, view.addToSizes(Map.of("1", 1L)));
    await(view.close());
  }
}
