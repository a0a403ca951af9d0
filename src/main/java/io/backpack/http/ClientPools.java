package io.backpack.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;

/**
 * The connections of a client, in three pools. A transfer lasts as long as the slower of its two
 * ends likes, and strangers may be an end of it; so that any number of slow ones leave the others
 * alone, they have pools of their own.
 *
 * @param calls for HEAD, DELETE and the uploads of bytes that are in memory: what depends on nobody
 *     but the server
 * @param uploads for bodies that stream
 * @param downloads for GET
 */
record ClientPools(HttpClient calls, HttpClient uploads, HttpClient downloads) {
  /** Transfers of one kind to one server at a time. Connections are made when they are needed. */
  static final int TRANSFERS = 1024;

  /** Below the idle timeout of the servers, so that a request never meets their closing. */
  private static final int KEEP_ALIVE_SECONDS = 30;

  private static final int MAX_HEAD = 16 << 10;

  static ClientPools create(Vertx vertx, HttpStoreSettings settings, int transfers) {
    return new ClientPools(
        pool(vertx, settings, settings.maxConnections()),
        pool(vertx, settings, transfers),
        pool(vertx, settings, transfers));
  }

  private static HttpClient pool(Vertx vertx, HttpStoreSettings settings, int connections) {
    return vertx
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
                .setHttp1MaxSize(connections)
                // Who waits for its connection to be made is in the pool's line as well.
                .setMaxWaitQueueSize(settings.maxWaiting() + connections))
        .build();
  }

  Future<Void> close() {
    return Future.join(calls.close(), uploads.close(), downloads.close()).mapEmpty();
  }
}
