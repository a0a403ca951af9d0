package io.backpack.cluster;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeRegistryTest {
  private final List<ZooKeeperClusterView> views = new ArrayList<>();
  private final Vertx vertx = Vertx.vertx();
  private ZooKeeperFixture zookeeper;

  @TempDir private Path stateDir;

  @BeforeEach
  void start() throws Exception {
    zookeeper = new ZooKeeperFixture();
    try (ClusterAdmin admin = zookeeper.admin()) {
      admin.init();
      admin.addServer("1", "h", 1);
    }
  }

  @AfterEach
  void stop() throws Exception {
    views.forEach(view -> await(view.close()));
    await(vertx.close());
    zookeeper.close();
  }

  private ZooKeeperClusterView connect() {
    ZooKeeperClusterView view =
        await(ZooKeeperClusterView.connect(vertx, zookeeper.settings(Optional.of(stateDir))));
    views.add(view);
    return view;
  }

  @Test
  void aNodeIsOneStoreForEver() throws Exception {
    NodeRegistry registry = connect().registry();
    await(registry.claim("1", "cookie-a"));
    await(registry.claim("1", "cookie-a"));
    assertEquals("cookie-a", zookeeper.json("node-1").getString("cookie"));

    BackpackException refusal = awaitFailure(ErrorCode.FORBIDDEN, registry.claim("1", "cookie-b"));
    assertTrue(
        refusal.getMessage().contains("cookie-a")
            && refusal.getMessage().contains("cookie-b")
            && refusal.getMessage().contains("backpack node --replace 1"),
        refusal.getMessage());

    await(registry.removeNodeClaim("1"));
    await(registry.removeNodeClaim("1"));
    await(registry.claim("1", "cookie-b"));
  }

  @Test
  void aNodeThatIsMarkedAsOneOfTheOriginalIsNotClaimed() throws Exception {
    zookeeper.put("servers-map", "{\"1\":{\"host\":\"h\",\"port\":\"1\",\"original\":true}}");
    NodeRegistry registry = connect().registry();
    BackpackException refusal = awaitFailure(ErrorCode.FORBIDDEN, registry.claim("1", "cookie-a"));
    assertTrue(refusal.getMessage().contains("set-server 1 --ours"), refusal.getMessage());
    assertFalse(zookeeper.exists("node-1"));
    await(registry.claim("2", "cookie-a"));
  }

  @Test
  void keepsWhatElseStandsInTheZnode() throws Exception {
    zookeeper.put("node-1", "{\"rack\":\"r1\"}");
    await(connect().registry().claim("1", "c"));
    assertEquals("r1", zookeeper.json("node-1").getString("rack"));
    assertEquals("c", zookeeper.json("node-1").getString("cookie"));
  }

  @Test
  void oneOfManyConcurrentClaimsWins() {
    NodeRegistry first = connect().registry();
    NodeRegistry second = connect().registry();
    List<Future<Void>> claims =
        IntStream.range(0, 8)
            .mapToObj(i -> (i % 2 == 0 ? first : second).claim("1", "cookie-" + i))
            .toList();
    await(Future.join(claims).otherwiseEmpty());
    assertEquals(1, claims.stream().filter(Future::succeeded).count());
  }

  @Test
  void refusesMalformedIds() {
    NodeRegistry registry = connect().registry();
    assertThrows(BackpackException.class, () -> registry.claim("a/b", "c"));
    awaitFailure(ErrorCode.BAD_REQUEST, registry.stamper("a/b"));
    awaitFailure(ErrorCode.BAD_REQUEST, registry.stamper(".."));
    awaitFailure(ErrorCode.BAD_REQUEST, registry.stamper(""));
  }

  @Test
  void everyStamperHasANumberOfItsOwnAndKeepsIt() {
    NodeRegistry first = connect().registry();
    NodeRegistry second = connect().registry();
    List<String> names = IntStream.range(0, 20).mapToObj(i -> "node-" + i).toList();
    List<Future<Integer>> numbers = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      numbers.add((i % 2 == 0 ? first : second).stamper(names.get(i)));
    }
    await(Future.all(numbers));
    assertEquals(
        IntStream.range(0, names.size()).boxed().toList(),
        numbers.stream().map(Future::result).sorted().toList());
    for (int i = 0; i < names.size(); i++) {
      assertEquals(numbers.get(i).result(), await(second.stamper(names.get(i))));
    }
  }

  @Test
  void twoClaimingTheSameStamperGetTheSameNumber() {
    NodeRegistry first = connect().registry();
    NodeRegistry second = connect().registry();
    Future<Integer> one = first.stamper("coordinator-h-8080");
    Future<Integer> two = second.stamper("coordinator-h-8080");
    assertEquals(await(one), await(two));
  }

  @Test
  void saysWhenAllNumbersAreTaken() throws Exception {
    zookeeper.put("stampers", "{\"next\":16383,\"note\":1}");
    NodeRegistry registry = connect().registry();
    assertEquals(16383, await(registry.stamper("last")));
    assertEquals(1, zookeeper.json("stampers").getInteger("note"));
    awaitFailure(ErrorCode.FORBIDDEN, registry.stamper("one-more"));
    assertEquals(16383, await(registry.stamper("last")));
  }

  @Test
  void refusesDamagedNumbers() throws Exception {
    NodeRegistry registry = connect().registry();
    for (String damaged : List.of("{}", "{\"next\":-1}", "{\"next\":\"1\"}", "x")) {
      zookeeper.put("stampers", damaged);
      awaitFailure(ErrorCode.INTERNAL, registry.stamper("node-1"));
    }
    zookeeper.put("stampers/node-1", "{\"stamper\":16384}");
    awaitFailure(ErrorCode.INTERNAL, registry.stamper("node-1"));
  }

  @Test
  void aStamperIsKnownAfterARestartWithoutZooKeeper() throws Exception {
    ZooKeeperClusterView before = connect();
    int number = await(before.registry().stamper("coordinator-h-8080"));
    int other = await(before.registry().stamper("coordinator_h_8080"));
    await(before.close());
    zookeeper.stop();

    ZooKeeperClusterView after = connect();
    assertFalse(after.live());
    assertEquals(number, await(after.registry().stamper("coordinator-h-8080")));
    assertEquals(other, await(after.registry().stamper("coordinator_h_8080")));
    awaitFailure(ErrorCode.UNAVAILABLE, after.registry().stamper("new"));
    awaitFailure(ErrorCode.UNAVAILABLE, after.registry().claim("1", "c"));
    awaitFailure(ErrorCode.UNAVAILABLE, after.registry().removeNodeClaim("1"));

    zookeeper.restart();
    await().until(after::live);
    assertEquals(2, await(after.registry().stamper("new")));
  }
}
