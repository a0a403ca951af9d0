package io.backpack.http;

import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The connections of a client, in three pools. A transfer lasts as long as the slower of its two
 * ends likes, and strangers may be an end of it; so that any number of slow ones leave the others
 * alone, they have pools of their own.
 *
 * @param calls for HEAD, DELETE and the uploads of bytes that are in memory: what depends on nobody
 *     but the server
 * @param uploads for bodies that stream
 * @param downloads for GET
 * @param batches for uploads that share requests: of each event loop by itself, so that neither a
 *     request nor its answer changes threads
 */
record ClientPools(
    HttpClient calls,
    HttpClient uploads,
    HttpClient downloads,
    Function<EventLoop, HttpClient> batches,
    Supplier<Future<Void>> closeBatches) {
  /** Transfers of one kind to one server at a time. Connections are made when they are needed. */
  static final int TRANSFERS = 1024;

  /** Below the idle timeout of the servers, so that a request never meets their closing. */
  private static final int KEEP_ALIVE_SECONDS = 30;

  private static final int MAX_HEAD = 16 << 10;

  static ClientPools create(Vertx vertx, HttpStoreSettings settings, int transfers) {
    Map<EventLoop, HttpClient> batches = new ConcurrentHashMap<>();
    return new ClientPools(
        pool(vertx, settings, settings.maxConnections()),
        pool(vertx, settings, transfers),
        pool(vertx, settings, transfers),
        loop -> batches.computeIfAbsent(loop, any -> pool(vertx, settings, UploadBatcher.OPEN)),
        () -> Future.join(batches.values().stream().map(HttpClient::close).toList()).mapEmpty());
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
    return Future.join(calls.close(), uploads.close(), downloads.close(), closeBatches.get())
        .mapEmpty();
  }
}
