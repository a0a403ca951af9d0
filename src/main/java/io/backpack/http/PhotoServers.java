package io.backpack.http;

import io.backpack.api.MemoryBudget;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Several {@link PhotoServer}s on one port, each on an event loop of its own, so that connections
 * spread over the processors.
 */
public final class PhotoServers {
  /** To Vert.x: any free port, one for all instances of a deployment. */
  private static final int ANY_SHARED_PORT = -1;

  private final Vertx vertx;
  private final String deployment;
  private final int port;

  private PhotoServers(Vertx vertx, String deployment, int port) {
    this.vertx = vertx;
    this.deployment = deployment;
    this.port = port;
  }

  private static final class OneServer extends VerticleBase {
    private final PhotoServer server;
    private final AtomicInteger port;

    OneServer(PhotoServer server, AtomicInteger port) {
      this.server = server;
      this.port = port;
    }

    @Override
    public Future<?> start() {
      return server.listen().onSuccess(port::set);
    }

    @Override
    public Future<?> stop() {
      return server.close();
    }
  }

  /**
   * Begins to listen.
   *
   * @param count how many; the number of processors is a good one
   * @param settings whose port may be 0 for any free one
   * @param maker makes a server that does not listen yet, with shared store, status and metrics
   */
  public static Future<PhotoServers> listen(
      Vertx vertx, int count, HttpSettings settings, Function<HttpSettings, PhotoServer> maker) {
    HttpSettings shared = settings.port() == 0 ? settings.withPort(ANY_SHARED_PORT) : settings;
    AtomicInteger port = new AtomicInteger();
    MemoryBudget batches = BatchRoute.memory();
    return vertx
        .deployVerticle(
            () -> new OneServer(maker.apply(shared).batchMemory(batches), port),
            new DeploymentOptions().setInstances(count))
        .map(deployment -> new PhotoServers(vertx, deployment, port.get()));
  }

  /** The port of the photos. */
  public int port() {
    return port;
  }

  /** Stops accepting and lets running requests end, as {@link PhotoServer#close}. */
  public Future<Void> close() {
    return vertx.undeploy(deployment);
  }
}
