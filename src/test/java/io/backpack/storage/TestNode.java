package io.backpack.storage;

import static io.backpack.testing.Futures.await;

import io.backpack.api.VersionClock;
import io.backpack.http.HttpSettings;
import io.backpack.testing.TestRedis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.awaitility.Awaitility;

/** A storage node in the test's own process, over real files and a real Redis. */
final class TestNode implements AutoCloseable {
  private static final int STAMPER = 7;

  private final Vertx vertx;
  private final StorageSettings settings;
  private final InstantSource time;
  private StorageVerticle node;
  private String deployment;

  private TestNode(Vertx vertx, StorageSettings settings, InstantSource time) {
    this.vertx = vertx;
    this.time = time;
    this.settings = settings;
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
        VersionClock.DEFAULT_MAX_AHEAD);
  }

  /** Starts a node; ready or not. */
  static TestNode start(Vertx vertx, StorageSettings settings) {
    return start(vertx, settings, InstantSource.system());
  }

  /** The same with a clock of the test's own. */
  static TestNode start(Vertx vertx, StorageSettings settings, InstantSource time) {
    TestNode node = new TestNode(vertx, settings, time);
    node.start();
    return node;
  }

  void start() {
    node = new StorageVerticle(settings, (id, cookie) -> Future.succeededFuture(STAMPER), time);
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
