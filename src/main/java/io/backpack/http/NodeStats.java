package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Streams;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.util.OptionalInt;

/** Reads the {@code /stats} of a storage node. */
final class NodeStats {
  private static final int MAX_STATS = 4 << 20;

  private final Vertx vertx;
  private final ClientPools pools;
  private final HttpStoreSettings settings;
  private final String server;

  NodeStats(Vertx vertx, ClientPools pools, HttpStoreSettings settings, String server) {
    this.vertx = vertx;
    this.pools = pools;
    this.settings = settings;
    this.server = server;
  }

  Future<Long> heldBytes() {
    long timeout = settings.requestTimeout().toMillis();
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setAbsoluteURI(server + "/stats")
            .setConnectTimeout(settings.connectionWait().toMillis())
            .setIdleTimeout(timeout);
    return pools
        .calls()
        .request(options)
        .recover(failure -> Future.failedFuture(ClientErrors.ofPool(server, failure)))
        .compose(request -> request.send().map(HttpClientResponse::pause))
        .compose(
            response -> {
              ClientBody body =
                  new ClientBody(vertx, response, server, -1, OptionalInt.empty(), timeout);
              return Streams.collect(body, MAX_STATS)
                  .map(
                      bytes -> {
                        if (ClientErrors.json(bytes).getValue("live_bytes")
                            instanceof Number live) {
                          return live.longValue();
                        }
                        throw new BackpackException(
                            ErrorCode.UNAVAILABLE, server + " does not tell how much it holds");
                      });
            });
  }
}
