package io.backpack.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;

/**
 * Makes stores for many servers over one HTTP client, so that connections to a server are shared
 * and bounded however often a store for it is made. Safe for use by any thread.
 */
public final class HttpStoreFactory {
  /** Below the idle timeout of the servers, so that a request never meets their closing. */
  private static final int KEEP_ALIVE_SECONDS = 30;

  private static final int MAX_HEAD = 16 << 10;

  private final Vertx vertx;
  private final HttpStoreSettings settings;
  private final HttpClient client;

  private HttpStoreFactory(Vertx vertx, HttpStoreSettings settings) {
    this.vertx = vertx;
    this.settings = settings;
    this.client =
        vertx
            .httpClientBuilder()
            .with(
                new HttpClientOptions()
                    .setConnectTimeout((int) settings.connectTimeout().toMillis())
                    .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                    .setMaxHeaderSize(MAX_HEAD)
                    .setDecompressionSupported(false)
                    .setTcpNoDelay(true))
            .with(
                new PoolOptions()
                    .setHttp1MaxSize(settings.maxConnections())
                    // Who waits for its connection to be made is in the pool's line as well.
                    .setMaxWaitQueueSize(settings.maxWaiting() + settings.maxConnections()))
            .build();
  }

  public static HttpStoreFactory of(Vertx vertx, HttpStoreSettings settings) {
    return new HttpStoreFactory(vertx, settings);
  }

  /**
   * A store on one server; cheap, may be made per request.
   *
   * @param baseUrl of a node or a coordinator, as {@code http://10.0.0.7:8081}
   */
  public HttpPhotoStore store(String baseUrl) {
    return new HttpPhotoStore(vertx, client, settings, baseUrl);
  }

  /** Closes all connections; what runs fails. */
  public Future<Void> close() {
    return client.close();
  }
}
