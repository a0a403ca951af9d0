package io.backpack.cli.cluster;

import io.backpack.cli.RepairText;
import io.backpack.cluster.Server;
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
    HttpRequest request;
    try {
      request =
          HttpRequest.newBuilder(URI.create(server.url() + "/_/health/ready"))
              .timeout(TIMEOUT)
              .build();
    } catch (IllegalArgumentException e) {
      return CompletableFuture.completedFuture("bad address");
    }
    // The request's own timeout ends with the headers of the answer; a body may trickle for ever.
    return client
        .sendAsync(request, HttpResponse.BodyHandlers.discarding())
        .thenApply(response -> state(response.statusCode()))
        .thenCompose(state -> state.equals(UP) ? refilling(client, server) : completed(state))
        .completeOnTimeout(DOWN, 2 * TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(failure -> DOWN);
  }

  private static CompletableFuture<String> completed(String state) {
    return CompletableFuture.completedFuture(state);
  }

  /** Up, or how far a node is that does not have all of its shard yet. */
  private static CompletableFuture<String> refilling(HttpClient client, Server server) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.url() + "/_/health")).timeout(TIMEOUT).build();
    return client
        .sendAsync(request, HttpResponse.BodyHandlers.ofString())
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

  /**
   * A node of the original, and one with an admin port, has no such page and says 404: it is up.
   */
  private static String state(int status) {
    return switch (status) {
      case 200, 404 -> UP;
      case 503 -> NOT_READY;
      default -> "answers " + status;
    };
  }
}
