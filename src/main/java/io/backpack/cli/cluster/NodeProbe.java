package io.backpack.cli.cluster;

import io.backpack.cli.RepairText;
import io.backpack.cluster.Server;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Asks nodes whether they are there, all at the same time. */
final class NodeProbe {
  static final String UP = "up";
  static final String DOWN = "down";
  static final String NOT_READY = "not ready";

  /** One of the original that the map does not mark as such. */
  static final String UNMARKED = "up, an original that is not marked";

  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private NodeProbe() {}

  /** State by id of the server. */
  static Map<String, String> probe(Collection<Server> servers) {
    HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();
    Map<String, CompletableFuture<String>> asked = new TreeMap<>();
    servers.forEach(server -> asked.put(server.id(), ask(client, server)));
    Map<String, String> states = new TreeMap<>();
    asked.forEach((id, state) -> states.put(id, state.join()));
    return states;
  }

  private static CompletableFuture<String> ask(HttpClient client, Server server) {
    HttpRequest ready;
    HttpRequest stats;
    try {
      ready = request(server, "/_/health/ready");
      stats = request(server, "/stats");
    } catch (IllegalArgumentException e) {
      return CompletableFuture.completedFuture("bad address");
    }
    CompletableFuture<String> state =
        client
            .sendAsync(server.original() ? stats : ready, HttpResponse.BodyHandlers.discarding())
            .thenCompose(
                response ->
                    response.statusCode() == 404 && !server.original()
                        ? withoutPage(client, stats)
                        : CompletableFuture.completedFuture(state(response.statusCode())));
    // The request's own timeout ends with the headers of the answer; a body may trickle for ever.
    return state
        .thenCompose(
            said ->
                said.equals(UP) && !server.original()
                    ? refilling(client, server)
                    : CompletableFuture.completedFuture(said))
        .completeOnTimeout(DOWN, 2 * TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(failure -> DOWN);
  }

  private static HttpRequest request(Server server, String path) {
    return HttpRequest.newBuilder(URI.create(server.url() + path)).timeout(TIMEOUT).build();
  }

  /** Up, or how far a node is that does not have all of its shard yet. */
  private static CompletableFuture<String> refilling(HttpClient client, Server server) {
    return client
        .sendAsync(request(server, "/_/health"), HttpResponse.BodyHandlers.ofString())
        .thenApply(
            response -> {
              JsonObject health = new JsonObject(response.body());
              JsonObject repair = health.getJsonObject("repair");
              return repair == null || health.getBoolean("complete", true)
                  ? UP
                  : UP + ", " + RepairText.of(repair);
            })
        .exceptionally(other -> UP);
  }

  private static String state(int status) {
    return switch (status) {
      case 200 -> UP;
      case 503 -> NOT_READY;
      default -> "answers " + status;
    };
  }

  /** A node of the original, and one with an admin port, has no page about its health: it is up. */
  private static CompletableFuture<String> withoutPage(HttpClient client, HttpRequest stats) {
    return client
        .sendAsync(stats, HttpResponse.BodyHandlers.ofString())
        .thenApply(
            response ->
                response.statusCode() == 200 && isOfOriginal(response.body()) ? UNMARKED : UP);
  }

  /** Its figures are fewer than ours, and do not say which node it is. */
  private static boolean isOfOriginal(String stats) {
    try {
      JsonObject json = new JsonObject(stats);
      return json.getValue("gets") instanceof JsonObject
          && json.getValue("puts") instanceof JsonObject
          && !json.containsKey("node");
    } catch (DecodeException | ClassCastException e) {
      return false;
    }
  }
}
