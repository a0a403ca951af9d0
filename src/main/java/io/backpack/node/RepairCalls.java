package io.backpack.node;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.cluster.Server;
import io.backpack.replicator.NodeRepairs;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Asks nodes over HTTP to compare themselves with their peers, see {@code docs/http.md}. */
final class RepairCalls implements NodeRepairs {
  /** Rounds that may be under way or wanted already when another one is asked for. */
  private static final int ROUNDS_AHEAD = 2;

  private static final int OK = 200;
  private static final int ACCEPTED = 202;

  private final HttpClient client;
  private final Duration timeout;
  private final String adminToken;

  /**
   * @param timeout of one call
   * @param adminToken of the nodes; empty for none
   */
  RepairCalls(Vertx vertx, Duration timeout, String adminToken) {
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions().setConnectTimeout(Math.toIntExact(timeout.toMillis())));
    this.timeout = timeout;
    this.adminToken = adminToken;
  }

  Future<Void> close() {
    return client.close();
  }

  @Override
  public Future<String> ask(Server node) {
    return call(HttpMethod.POST, node).map(json -> Long.toString(number(json, "round")));
  }

  /**
   * {@inheritDoc}
   *
   * <p>A node calls itself complete when it was compared with each peer once since its start. Here
   * each peer must have answered the last time it was asked, which was after the round began.
   */
  @Override
  public Future<Boolean> completed(Server node, String asked) {
    return call(HttpMethod.GET, node)
        .map(
            json -> {
              long wanted = Long.parseLong(asked);
              long rounds = number(json, "rounds");
              if (rounds < wanted - ROUNDS_AHEAD) {
                throw unusable("it was started anew since it was asked");
              }
              return rounds >= wanted
                  && Boolean.TRUE.equals(json.getValue("complete"))
                  && json.getValue("peers") instanceof JsonArray peers
                  && peers.stream().allMatch(RepairCalls::compared);
            });
  }

  private static boolean compared(Object peer) {
    return peer instanceof JsonObject json && "compared".equals(json.getValue("state"));
  }

  private static long number(JsonObject json, String field) {
    if (json.getValue(field) instanceof Number number) {
      return number.longValue();
    }
    throw unusable("it does not say its " + field);
  }

  private Future<JsonObject> call(HttpMethod method, Server node) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(method)
            .setAbsoluteURI(node.url() + "/_/repair")
            .setIdleTimeout(timeout.toMillis());
    if (!adminToken.isEmpty()) {
      options.putHeader("Authorization", "Bearer " + adminToken);
    }
    return client
        .request(options)
        .compose(request -> request.send().compose(RepairCalls::read))
        .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .recover(
            failure ->
                Future.failedFuture(
                    failure instanceof BackpackException ? failure : unusable(failure.toString())));
  }

  private static Future<JsonObject> read(HttpClientResponse response) {
    return response
        .body()
        .map(
            body -> {
              if (response.statusCode() != OK && response.statusCode() != ACCEPTED) {
                throw unusable("it answered " + response.statusCode());
              }
              try {
                return body.toJsonObject();
              } catch (DecodeException | ClassCastException e) {
                throw unusable("its answer is no JSON object");
              }
            });
  }

  private static BackpackException unusable(String why) {
    return new BackpackException(ErrorCode.UNAVAILABLE, why);
  }
}
