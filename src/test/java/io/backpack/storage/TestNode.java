package io.backpack.storage;

import static io.backpack.testing.Futures.await;

import io.backpack.api.Holdings;
import io.backpack.api.VersionClock;
import io.backpack.http.HttpSettings;
import io.backpack.testing.TestRedis;
import io.backpack.volume.Throttle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;

/** A storage node in the test's own process, over real files and a real Redis. */
final class TestNode implements AutoCloseable {
  private static final int STAMPER = 7;

  private final Vertx vertx;
  private final StorageSettings settings;
  private final Optional<Maintenance.Timing> timing;
  private PeerRepair.Factory repairs = PeerRepair.Factory.NONE;
  private StorageVerticle node;
  private String deployment;

  private TestNode(Vertx vertx, StorageSettings settings, Optional<Maintenance.Timing> timing) {
    this.vertx = vertx;
    this.settings = settings;
    this.timing = timing;
  }

  /** Small volumes and little upload memory, so that their edges are met. */
  static StorageSettings settings(Path directory, TestRedis redis) {
    return settings(List.of(directory), redis);
  }

  static StorageSettings settings(List<Path> directories, TestRedis redis) {
    return new StorageSettings(
        "n1",
        HttpSettings.DEFAULT,
        directories,
        redis.uri(),
        Duration.ofSeconds(2),
        48L << 20,
        1 << 20,
        true,
        false,
        64L << 20,
        8,
        1000,
        1 << 20,
        8L << 20,
        VersionClock.DEFAULT_MAX_AHEAD,
        MaintenanceSettings.DEFAULT);
  }

  /** The same with other volumes, rules and maintenance. */
  static StorageSettings settings(
      StorageSettings plain, long volumeSize, boolean overwrite, MaintenanceSettings maintenance) {
    return new StorageSettings(
        plain.nodeId(),
        plain.http(),
        plain.dirs(),
        plain.redis(),
        plain.redisTimeout(),
        volumeSize,
        plain.reserve(),
        plain.sync(),
        overwrite,
        plain.uploadMemory(),
        plain.readThreads(),
        plain.locationCache(),
        plain.nameFilter(),
        plain.photoCache(),
        plain.maxVersionAhead(),
        maintenance);
  }

  /** Starts a node; ready or not. */
  static TestNode start(Vertx vertx, StorageSettings settings) {
    return start(new TestNode(vertx, settings, Optional.empty()));
  }

  /** The same with peers. */
  static TestNode start(Vertx vertx, StorageSettings settings, PeerRepair.Factory repairs) {
    TestNode node = new TestNode(vertx, settings, Optional.empty());
    node.repairs = repairs;
    return start(node);
  }

  /** The same with a clock of the test's. */
  static TestNode start(Vertx vertx, StorageSettings settings, Maintenance.Timing timing) {
    return start(new TestNode(vertx, settings, Optional.of(timing)));
  }

  static TestNode start(Vertx vertx, StorageSettings settings, InstantSource clock) {
    return start(
        vertx, settings, new Maintenance.Timing(clock, Throttle.Time.SYSTEM, Duration.ofDays(1)));
  }

  private static TestNode start(TestNode node) {
    node.start();
    return node;
  }

  void start() {
    Membership membership = (id, cookie) -> Future.succeededFuture(STAMPER);
    node =
        timing
            .map(given -> new StorageVerticle(settings, membership, repairs, given))
            .orElseGet(() -> new StorageVerticle(settings, membership, repairs));
    deployment = await(vertx.deployVerticle(node));
  }

  TestNode ready() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> node.state().equals("ready") || node.state().equals("full"));
    return this;
  }

  void stop() {
    await(vertx.undeploy(deployment));
    deployment = null;
  }

  LocalPhotoStore store() {
    return (LocalPhotoStore) node.store();
  }

  Holdings holdings() {
    return node.holdings();
  }

  String state() {
    return node.state();
  }

  String url() {
    return "http://127.0.0.1:" + node.port();
  }

  @Override
  public void close() {
    if (deployment != null) {
      stop();
    }
  }
}
