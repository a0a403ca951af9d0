package io.backpack.bus;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Makes a Vert.x that is a member of Backpack's event bus. */
public final class ClusteredVertx {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(15);
  private static final int CONNECT_TIMEOUT_MILLIS = 3000;
  private static final int PING_MILLIS = 5000;

  private ClusteredVertx() {}

  /** Joins the bus with default options. */
  public static Future<Vertx> start(BusSettings settings) {
    return start(settings, new VertxOptions(), START_TIMEOUT);
  }

  /**
   * Joins the bus. The Vert.x is the caller's to close, which also leaves the bus. Closing it, and
   * losing ZooKeeper later, never ends the process.
   *
   * @param options changed in what concerns the bus; the native transport is preferred
   * @param timeout fails with {@link ErrorCode#UNAVAILABLE} when it takes longer
   */
  public static Future<Vertx> start(BusSettings settings, VertxOptions options, Duration timeout) {
    BackpackClusterManager manager =
        new BackpackClusterManager(
            settings.zookeeper(), settings.namespace(), settings.sessionTimeout(), timeout);
    Future<Vertx> starting =
        Vertx.builder()
            .with(options.setPreferNativeTransport(true).setEventBusOptions(busOptions(settings)))
            .withClusterManager(manager)
            .buildClustered();
    Promise<Vertx> promise = Promise.promise();
    starting.onComplete(
        (vertx, failure) -> {
          if (failure != null) {
            promise.tryFail(unavailable(settings, failure));
          } else if (!promise.tryComplete(vertx)) {
            vertx.close().onFailure(late -> manager.abandon());
          }
        });
    // A timer of the JDK, since there is no Vert.x yet.
    CompletableFuture.delayedExecutor(timeout.toMillis() + 1000, TimeUnit.MILLISECONDS)
        .execute(
            () -> {
              if (promise.tryFail(unavailable(settings, null))) {
                manager.abandon();
              }
            });
    return promise.future();
  }

  private static BackpackException unavailable(BusSettings settings, Throwable cause) {
    String why = cause == null ? "no answer in time" : cause.getMessage();
    return new BackpackException(
        ErrorCode.UNAVAILABLE,
        "cannot join the event bus through ZooKeeper at " + settings.zookeeper() + ": " + why,
        cause);
  }

  private static EventBusOptions busOptions(BusSettings settings) {
    // The bus itself knows no limit for a message; the service and the client check theirs.
    EventBusOptions options =
        new EventBusOptions()
            .setHost(settings.host())
            .setPort(settings.port())
            .setClusterPublicHost(
                settings.publicHost().isEmpty() ? settings.host() : settings.publicHost())
            .setConnectTimeout(CONNECT_TIMEOUT_MILLIS)
            .setClusterPingInterval(PING_MILLIS)
            .setClusterPingReplyInterval(PING_MILLIS)
            .setTcpKeepAlive(true);
    if (settings.publicPort() > 0) {
      options.setClusterPublicPort(settings.publicPort());
    }
    return options;
  }
}
