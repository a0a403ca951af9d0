package io.backpack.bus;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import io.backpack.testing.TestRedis;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.data.Stat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Members of the bus find each other again after the loss of a real ZooKeeper session. */
class SessionLossTest {
  private BusCluster cluster;
  private Vertx first;
  private Vertx second;

  @BeforeEach
  void start() throws Exception {
    cluster = new BusCluster();
    first = cluster.join();
    second = cluster.join();
    serve(first, "first");
    serve(second, "second");
    assertReachEachOther();
  }

  @AfterEach
  void stop() throws Exception {
    cluster.close();
  }

  private static MessageConsumer<String> serve(Vertx member, String address) {
    MessageConsumer<String> consumer = member.eventBus().consumer(address);
    consumer.handler(message -> message.reply(address + " got " + message.body()));
    await(consumer.completion());
    return consumer;
  }

  private static boolean answers(Vertx from, String address) {
    return from.eventBus()
        .<String>request(address, "hello", new DeliveryOptions().setSendTimeout(1000))
        .map(reply -> reply.body().equals(address + " got hello"))
        .otherwise(false)
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(10, TimeUnit.SECONDS)
        .join();
  }

  private void assertReachEachOther() {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                answers(first, "second")
                    && answers(second, "first")
                    && answers(first, "first")
                    && answers(second, "second"));
  }

  private static int members(Vertx seenBy) {
    return ((VertxInternal) seenBy).clusterManager().getNodes().size();
  }

  private void assertNewSession(Vertx member, long old) {
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(() -> BusCluster.session(member) != old);
  }

  @Test
  void oneMemberLosesItsSession() throws Exception {
    long old = BusCluster.session(first);
    cluster.expire(first);
    assertNewSession(first, old);
    assertReachEachOther();
    assertEquals(2, members(first));
    assertEquals(2, members(second));
  }

  @Test
  void whatWasUnregisteredBeforeTheLossStaysSo() throws Exception {
    MessageConsumer<String> gone = serve(first, "gone");
    await().until(() -> answers(second, "gone"));
    await(gone.unregister());
    await().until(() -> !answers(second, "gone"));
    long old = BusCluster.session(first);
    cluster.expire(first);
    assertNewSession(first, old);
    assertReachEachOther();
    assertTrue(
        !answers(second, "gone") && !answers(first, "gone"), "the consumer must not come back");
  }

  @Test
  void consumersOfLaterAreFoundToo() throws Exception {
    cluster.expire(first);
    serve(first, "later");
    await().atMost(Duration.ofSeconds(30)).until(() -> answers(second, "later"));
    assertReachEachOther();
  }

  @Test
  void zooKeeperIsAwayForLongerThanASession() throws Exception {
    cluster.zookeeper().stop();
    await()
        .pollDelay(BusCluster.SESSION_TIMEOUT.multipliedBy(2))
        .atMost(Duration.ofSeconds(30))
        .until(() -> answers(first, "second") && answers(second, "first"));
    cluster.zookeeper().restart();
    assertReachEachOther();
    serve(first, "after");
    await().atMost(Duration.ofSeconds(30)).until(() -> answers(second, "after"));
    assertEquals(2, members(first));
  }

  @Test
  void nodesOfAnOlderSessionAreMadeAnew() throws Exception {
    String path = BusCluster.curator(second).getChildren().forPath("/__vertx.subs/first").get(0);
    String full = "/__vertx.subs/first/" + path;
    byte[] data = BusCluster.curator(second).getData().forPath(full);
    // As after a reconnect with a new session before the server gave up the old one.
    BusCluster.curator(first).delete().forPath(full);
    BusCluster.curator(second).create().withMode(CreateMode.EPHEMERAL).forPath(full, data);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              Stat stat = BusCluster.curator(second).checkExists().forPath(full);
              return stat != null && stat.getEphemeralOwner() == BusCluster.session(first);
            });
    assertReachEachOther();
    assertNotEquals(BusCluster.session(first), BusCluster.session(second));
  }

  @Test
  void aSlashInAnAddressIsRefused() {
    MessageConsumer<String> consumer = first.eventBus().consumer("a/b");
    consumer.handler(message -> message.reply("never"));
    assertThrows(IllegalArgumentException.class, () -> await(consumer.completion()));
  }

  @Test
  void aStartWithoutZooKeeperEnds() {
    BusSettings nowhere =
        BusSettings.of("127.0.0.1:" + TestRedis.freePort(), "/backpack", "127.0.0.1");
    awaitFailure(
        ErrorCode.UNAVAILABLE,
        ClusteredVertx.start(nowhere, new VertxOptions(), Duration.ofSeconds(1)));
  }
}
