package io.backpack.http;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Several {@link PhotoServer}s on one port, each on an event loop of its own, so that connections
 * spread over the processors.
 */
public final class PhotoServers {
  private final Vertx vertx;
  private final int port;
  private final List<String> deployments;

  private PhotoServers(Vertx vertx, int port, List<String> deployments) {
    this.vertx = vertx;
    this.port = port;
    this.deployments = List.copyOf(deployments);
  }

  private static final class OneServer extends VerticleBase {
    private final PhotoServer server;
    private int port;

    OneServer(PhotoServer server) {
      this.server = server;
    }

    @Override
    public Future<?> start() {
      return server.listen().onSuccess(listening -> port = listening);
    }

    @Override
    public Future<?> stop() {
      return server.close();
    }
  }

  /**
   * Begins to listen.
   *
   * @param count how many; event loops of the Vert.x are a good number
   * @param settings whose port may be 0: the first server then finds one for all
   * @param maker makes a server that does not listen yet, with shared store, status and metrics
   */
  public static Future<PhotoServers> listen(
      Vertx vertx, int count, HttpSettings settings, Function<HttpSettings, PhotoServer> maker) {
    OneServer first = new OneServer(maker.apply(settings));
    return vertx
        .deployVerticle(first)
        .compose(
            id -> {
              HttpSettings same = settings.withPort(first.port);
              List<Future<String>> others = new ArrayList<>();
              for (int i = 1; i < count; i++) {
                others.add(vertx.deployVerticle(new OneServer(maker.apply(same))));
              }
              return Future.join(others)
                  .transform(
                      all -> {
                        List<String> ids = new ArrayList<>(List.of(id));
                        others.stream().filter(Future::succeeded).forEach(f -> ids.add(f.result()));
                        PhotoServers servers = new PhotoServers(vertx, first.port, ids);
                        return all.succeeded()
                            ? Future.succeededFuture(servers)
                            : servers.close().transform(v -> Future.failedFuture(all.cause()));
                      });
            });
  }

  /** The port of the photos. */
  public int port() {
    return port;
  }

  /** Stops accepting and lets running requests end, as {@link PhotoServer#close}. */
  public Future<Void> close() {
    return Future.join(deployments.stream().map(vertx::undeploy).toList()).mapEmpty();
  }
}
