package io.backpack.cli.replicate;

import io.backpack.cluster.Server;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.stream.Collectors;

/** The round of one node that was asked to repair itself. */
final class NodeRound {
  /** Answers that may be missing in a row: a node under load is not away. */
  private static final int MAX_SILENT = 3;

  /** Rounds after the one that was asked for: its peers' rounds may make it begin others. */
  private static final int MAX_MORE = 3;

  private final RepairClient client;
  private final Server server;
  private JsonObject status = new JsonObject();
  private String failure = "";
  private long round;
  private int silent;
  private boolean ended;

  private NodeRound(RepairClient client, Server server) {
    this.client = client;
    this.server = server;
  }

  static NodeRound begin(RepairClient client, Server server) {
    NodeRound begun = new NodeRound(client, server);
    try {
      begun.status = client.ask("POST", server.url());
      begun.round = begun.status.getLong("round", 0L);
    } catch (IOException e) {
      begun.fail(e.getMessage());
    }
    return begun;
  }

  private void fail(String why) {
    failure = why;
    ended = true;
  }

  /** Asks again unless it has ended. */
  void poll() {
    if (ended) {
      return;
    }
    try {
      JsonObject now = client.ask("GET", server.url());
      silent = 0;
      long before = status.getLong("rounds", 0L);
      status = now;
      if (now.getLong("rounds", 0L) < before) {
        fail("it was started anew meanwhile; it goes on by itself");
      }
      long over = now.getLong("rounds", 0L) - round;
      boolean more = now.getBoolean("running", false) && !now.getBoolean("complete", false);
      ended |= over >= (more ? MAX_MORE : 0);
    } catch (IOException e) {
      silent++;
      if (silent >= MAX_SILENT) {
        fail(e.getMessage());
      }
    }
  }

  String id() {
    return server.id();
  }

  boolean ended() {
    return ended;
  }

  boolean complete() {
    return failure.isEmpty() && ended && status.getBoolean("complete", false);
  }

  JsonObject status() {
    return failure.isEmpty() ? status : new JsonObject().put("state", "unknown");
  }

  /** Over its peers. */
  long sum(String field) {
    return status.getJsonArray("peers", new JsonArray()).stream()
        .mapToLong(peer -> ((JsonObject) peer).getLong(field, 0L))
        .sum();
  }

  /** Why it is not complete; empty when it is. */
  String reason() {
    if (!failure.isEmpty() || complete()) {
      return failure;
    }
    String peers =
        status.getJsonArray("peers", new JsonArray()).stream()
            .map(JsonObject.class::cast)
            .filter(peer -> peer.getString("reason") != null)
            .map(peer -> "node " + peer.getString("id") + ": " + peer.getString("reason"))
            .collect(Collectors.joining("; "));
    return peers.isEmpty()
        ? status.getString("doubt", sum("failed") + " could not be copied")
        : peers;
  }

  JsonObject toJson() {
    JsonObject json = status.copy().put("node", server.id());
    json.remove("round");
    return failure.isEmpty() ? json : json.put("complete", false).put("error", failure);
  }
}
