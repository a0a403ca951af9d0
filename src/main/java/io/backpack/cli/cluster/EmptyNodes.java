package io.backpack.cli.cluster;

import io.backpack.cli.CliException;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.Server;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Sees to it that nodes that come into a shard have no photos: the repair of the shard would make
 * them photos of it, those that were deleted since they left another shard as well. Nodes of the
 * original are left out, since they come with what they have.
 */
final class EmptyNodes {
  /** What may be done about photos where a person knows whose they are. */
  static final String FORCE = "use --force if they are of this shard";

  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /** Bytes of one that does not answer. */
  private static final long NONE = 0;

  /** Of one that answers and does not tell. */
  private static final long UNTOLD = -1;

  private EmptyNodes() {}

  /**
   * Asks all of them at the same time. One that does not answer passes: a node is put into its
   * shard before it is started for the first time.
   *
   * @param nodes ids; those that are not in the map are left to others
   * @param otherwise what else may be done, for people
   * @return warnings of nodes that answer and do not say whether they have photos
   * @throws CliException when one of them has photos
   */
  static List<String> demand(ClusterMap map, Collection<String> nodes, String otherwise) {
    HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();
    Map<String, CompletableFuture<Long>> asked = new TreeMap<>();
    for (String id : nodes) {
      map.server(id)
          .filter(server -> !server.original())
          .ifPresent(server -> asked.put(id, ask(client, server)));
    }
    List<String> untold = new ArrayList<>();
    asked.forEach(
        (id, answer) -> {
          long bytes = answer.join();
          if (bytes == UNTOLD) {
            untold.add("node " + id + " does not say whether it has photos: see that it has none");
          }
          if (bytes > 0) {
            throw new CliException(
                CliException.FAILED,
                "node "
                    + id
                    + " has photos ("
                    + bytes
                    + " bytes), which would become photos of this shard: empty its directories and"
                    + " start it with --replace "
                    + id
                    + ", or "
                    + otherwise);
          }
        });
    return untold;
  }

  private static CompletableFuture<Long> ask(HttpClient client, Server server) {
    HttpRequest stats;
    try {
      stats = HttpRequest.newBuilder(URI.create(server.url() + "/stats")).timeout(TIMEOUT).build();
    } catch (IllegalArgumentException e) {
      return CompletableFuture.completedFuture(NONE);
    }
    // The request's own timeout ends with the headers of the answer; a body may trickle for ever.
    return client
        .sendAsync(stats, HttpResponse.BodyHandlers.ofString())
        .thenApply(response -> response.statusCode() == 200 ? live(response.body()) : UNTOLD)
        .completeOnTimeout(NONE, 2 * TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(failure -> NONE);
  }

  private static long live(String stats) {
    try {
      return new JsonObject(stats).getValue("live_bytes") instanceof Number bytes
          ? bytes.longValue()
          : UNTOLD;
    } catch (DecodeException e) {
      return UNTOLD;
    }
  }
}
