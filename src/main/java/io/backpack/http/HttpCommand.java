package io.backpack.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;

/** A POST without a body to a page of another server, whose answer is its status. */
final class HttpCommand {
  private final Vertx vertx;
  private final ClientPools pools;
  private final HttpStoreSettings settings;

  HttpCommand(Vertx vertx, ClientPools pools, HttpStoreSettings settings) {
    this.vertx = vertx;
    this.pools = pools;
    this.settings = settings;
  }

  /**
   * Sends it.
   *
   * @param url of the page
   * @param token empty for none
   * @return fails unless the answer is 2xx
   */
  Future<Void> post(String url, String token) {
    URI uri = URI.create(url);
    String server = uri.getScheme() + "://" + uri.getRawAuthority();
    boolean tls = "https".equals(uri.getScheme());
    long timeout = settings.requestTimeout().toMillis();
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.POST)
            .setHost(uri.getHost().replaceAll("^\\[|\\]$", ""))
            .setPort(uri.getPort() >= 0 ? uri.getPort() : tls ? 443 : 80)
            .setSsl(tls)
            .setURI(uri.getRawPath())
            .setConnectTimeout(settings.connectionWait().toMillis())
            .setIdleTimeout(timeout)
            .putHeader(HttpHeaders.CONTENT_LENGTH, "0");
    if (!token.isEmpty()) {
      options.putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + token);
    }
    return pools
        .calls()
        .request(options)
        .recover(failure -> Future.failedFuture(ClientErrors.ofPool(server, failure)))
        .compose(
            request ->
                request
                    .send()
                    .recover(
                        failure -> Future.failedFuture(ClientErrors.ofConnection(server, failure))))
        .compose(
            response -> {
              if (response.statusCode() / 100 == 2) {
                response.resume();
                return Future.succeededFuture();
              }
              response.pause();
              return ClientErrors.failed(vertx, response, server, timeout, false);
            });
  }
}
