package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Held;
import io.backpack.api.HeldName;
import io.backpack.api.HeldSums;
import io.backpack.api.Holdings;
import io.backpack.api.Lost;
import io.backpack.api.SelfRepair;
import io.backpack.api.Streams;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * What another node has and how it repairs itself, over HTTP. A server that knows no such question,
 * as one of the original, is {@link ErrorCode#NOT_FOUND}. Safe for use by any thread.
 */
final class HttpHoldings implements Holdings, SelfRepair {
  /** Of an answer; more is not a node's. */
  private static final int MAX_ANSWER = 64 << 20;

  private final Vertx vertx;
  private final ClientPools pools;
  private final HttpStoreSettings settings;
  private final URI uri;
  private final String server;

  HttpHoldings(Vertx vertx, ClientPools pools, HttpStoreSettings settings, String baseUrl) {
    this.vertx = vertx;
    this.pools = pools;
    this.settings = settings;
    this.uri = URI.create(baseUrl);
    this.server = uri.getScheme() + "://" + uri.getRawAuthority();
  }

  @Override
  public Future<HeldSums> sums() {
    return ask(HeldFrames.askSums(), answer -> HeldSums.of(answer.getBytes()));
  }

  @Override
  public Future<List<Held>> list(List<Integer> slots) {
    return ask(HeldFrames.askSlots(slots), HeldFrames::readEntries);
  }

  @Override
  public Future<List<HeldName>> names(List<Long> hashes) {
    return ask(HeldFrames.askNames(hashes), HeldFrames::readNames);
  }

  @Override
  public Future<JsonObject> begin() {
    return ask(RepairFrames.askBegin(), RepairFrames::read);
  }

  @Override
  public Future<JsonObject> status() {
    return ask(RepairFrames.askStatus(), RepairFrames::read);
  }

  @Override
  public Future<Lost> lost() {
    return ask(HeldFrames.askLost(), HeldFrames::readLost)
        .recover(
            failure ->
                Future.failedFuture(
                    BackpackException.of(failure).code() == ErrorCode.BAD_REQUEST
                        ? new BackpackException(
                            ErrorCode.NOT_FOUND,
                            server + " is of a release that does not tell what it has lost",
                            failure)
                        : failure));
  }

  @Override
  public Future<List<Held>> tombstones(List<Integer> slots) {
    return ask(HeldFrames.askTombstones(slots), HeldFrames::readEntries);
  }

  private <T> Future<T> ask(Buffer question, Function<Buffer, T> reader) {
    return pools
        .calls()
        .request(options())
        .recover(failure -> Future.failedFuture(ClientErrors.ofPool(server, failure)))
        .compose(request -> send(request, question))
        .compose(response -> read(response, reader));
  }

  private RequestOptions options() {
    boolean tls = "https".equals(uri.getScheme());
    String path = uri.getRawPath();
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.POST)
            .setHost(uri.getHost().replaceAll("^\\[|\\]$", ""))
            .setPort(uri.getPort() >= 0 ? uri.getPort() : tls ? 443 : 80)
            .setSsl(tls)
            .setURI(path.endsWith("/") ? path : path + "/")
            .setConnectTimeout(settings.connectionWait().toMillis())
            .putHeader(HttpHeaders.CONTENT_TYPE, HeldFrames.TYPE);
    if (!settings.writeToken().isEmpty()) {
      options.putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + settings.writeToken());
    }
    return options;
  }

  private Future<HttpClientResponse> send(HttpClientRequest request, Buffer question) {
    ProgressWatch watch =
        new ProgressWatch(
            vertx,
            settings.requestTimeout().toMillis(),
            () -> request.connection().close().onFailure(ClientErrors::ignore));
    watch.waiting(true);
    return request
        .send(question)
        .map(HttpClientResponse::pause)
        .recover(failure -> Future.failedFuture(ClientErrors.ofConnection(server, failure)))
        .onComplete(answered -> watch.stop());
  }

  private <T> Future<T> read(HttpClientResponse response, Function<Buffer, T> reader) {
    long timeout = settings.requestTimeout().toMillis();
    boolean ours = HeldFrames.TYPE.equals(response.getHeader(HttpHeaders.CONTENT_TYPE));
    if (response.statusCode() == 200 && ours) {
      ClientBody body = new ClientBody(vertx, response, server, -1, OptionalInt.empty(), timeout);
      return Streams.collect(body, MAX_ANSWER).map(answer -> understood(answer, reader));
    }
    String code = response.getHeader(Headers.ERROR);
    if (code != null && !code.equals(ErrorCode.METHOD_NOT_ALLOWED.name())) {
      return ClientErrors.failed(vertx, response, server, timeout, false);
    }
    // What it said instead may be of any length.
    response.request().connection().close().onFailure(ClientErrors::ignore);
    return Future.failedFuture(
        response.statusCode() >= 500
            ? new BackpackException(
                ErrorCode.UNAVAILABLE, server + " answered " + response.statusCode())
            : new BackpackException(
                ErrorCode.NOT_FOUND, server + " is of a kind that does not tell what it has"));
  }

  private <T> T understood(Buffer answer, Function<Buffer, T> reader) {
    try {
      return reader.apply(answer);
    } catch (BackpackException malformed) {
      throw new BackpackException(
          ErrorCode.UNAVAILABLE, server + " sent a malformed answer", malformed);
    }
  }
}
