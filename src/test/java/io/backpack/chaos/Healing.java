package io.backpack.chaos;

import io.backpack.api.HeldSums;
import io.backpack.queue.QueueStatus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Waits until a cluster in which nothing is wrong any more has made good what was missed: all roles
 * are ready, the queues are empty, each node has compared itself with its peers since, and the sums
 * of all nodes of a shard are equal.
 */
final class Healing {
  private static final long POLL_MILLIS = 500;
  private static final String REPAIR = "/_/repair";
  private static final String VOLUMES = "/_/volumes";
  private static final String JOBS = "/_/jobs";

  private final Topology topology;
  private final Inside inside;
  private final boolean careless;
  private final Duration atMost;
  private final Http http = new Http();

  /**
   * @param careless nobody does what is queued
   */
  Healing(Topology topology, Inside inside, boolean careless, Duration atMost) {
    this.topology = topology;
    this.inside = inside;
    this.careless = careless;
    this.atMost = atMost;
  }

  /**
   * Waits; returns what is not well after that time, nothing when all is.
   *
   * @param scrub has every node read all its volumes first, which finds damage that nobody asked
   *     for
   */
  List<String> await(boolean scrub) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    List<String> troubles = until(end, this::troubles);
    if (troubles.isEmpty() && scrub) {
      topology.nodes().forEach(this::verify);
      troubles = until(end, this::unverified);
    }
    if (!troubles.isEmpty()) {
      return troubles;
    }
    Map<Topology.Node, Long> rounds = new HashMap<>();
    topology.nodes().forEach(node -> rounds.put(node, request(node)));
    return until(end, () -> unrepaired(rounds));
  }

  /**
   * Looks again and again until nothing is wrong or the time is over; returns what is wrong then.
   */
  private static List<String> until(long endNanos, Supplier<List<String>> look)
      throws InterruptedException {
    List<String> troubles = look.get();
    while (!troubles.isEmpty() && System.nanoTime() - endNanos < 0) {
      Thread.sleep(POLL_MILLIS);
      troubles = look.get();
    }
    return troubles;
  }

  private List<String> troubles() {
    List<String> troubles = new ArrayList<>();
    topology.notReady().forEach(url -> troubles.add(url + " is not ready"));
    for (Topology.Node node : topology.nodes()) {
      JsonObject health = page(node.url() + "/_/health");
      // What is damaged and dead stays listed until it is compacted away.
      boolean up = isUp(health) || health.getLong("damaged_needles", 0L) > 0;
      if (!up || !"ready".equals(health.getString("state")) || !writable(health)) {
        troubles.add("node " + node.id() + " is not well: " + health);
      }
    }
    topology.servers().stream()
        .flatMap(
            server ->
                Stream.concat(Stream.of(server.coordinatorUrl()), server.replicatorUrl().stream()))
        .filter(url -> !isUp(page(url + "/_/health")))
        .forEach(url -> troubles.add(url + " is not well"));
    if (!careless) {
      queued(troubles);
    }
    return troubles;
  }

  private static boolean isUp(JsonObject health) {
    return "up".equals(health.getString("status"));
  }

  private static boolean writable(JsonObject health) {
    return health.getJsonArray("directories", new JsonArray()).stream()
        .map(JsonObject.class::cast)
        .allMatch(each -> "writable".equals(each.getString("state")));
  }

  private void queued(List<String> troubles) {
    for (QueueStatus.ServerStatus server : inside.queues().servers()) {
      if (!server.takesTasks()) {
        troubles.add("queue " + server.server() + ": " + server.error() + server.refusal());
      }
      for (QueueStatus.TargetStatus target : server.targets()) {
        if (target.total() > 0 || target.behind()) {
          troubles.add("queue " + server.server() + " has " + target);
        }
      }
    }
  }

  private void verify(Topology.Node node) {
    JsonArray volumes = page(node.url() + VOLUMES).getJsonArray("volumes", new JsonArray());
    for (int i = 0; i < volumes.size(); i++) {
      http.post(node.url() + VOLUMES + "/" + volumes.getJsonObject(i).getLong("id") + "/verify");
    }
  }

  /** Nodes that are still reading their volumes. */
  private List<String> unverified() {
    List<String> troubles = new ArrayList<>();
    for (Topology.Node node : topology.nodes()) {
      JsonArray jobs = page(node.url() + JOBS).getJsonArray("jobs");
      if (jobs == null) {
        troubles.add("node " + node.id() + " does not tell its jobs");
        continue;
      }
      jobs.stream()
          .map(JsonObject.class::cast)
          .filter(job -> List.of("waiting", "running").contains(job.getString("state")))
          .forEach(job -> troubles.add("node " + node.id() + " still has the job " + job));
    }
    return troubles;
  }

  /** Asks a node to compare itself; returns which of its rounds that is, 0 when it does not say. */
  private long request(Topology.Node node) {
    Http.Answer answer = http.post(node.url() + REPAIR);
    return answer.status() == 202 ? new JsonObject(answer.text()).getLong("round", 0L) : 0;
  }

  /** Nodes that have not ended the round they were asked for, or that differ from their peers. */
  private List<String> unrepaired(Map<Topology.Node, Long> rounds) {
    List<String> troubles = new ArrayList<>();
    for (Topology.Node node : topology.nodes()) {
      JsonObject page = page(node.url() + REPAIR);
      long ended = page.getLong("rounds", 0L);
      long wanted = rounds.get(node);
      if (wanted == 0 || ended < wanted && !page.getBoolean("running", false)) {
        // It was not asked, or has been started again since.
        rounds.put(node, request(node));
        wanted = Long.MAX_VALUE;
      }
      if (ended < wanted || !page.getBoolean("complete", false)) {
        troubles.add("node " + node.id() + " has not repaired itself: " + page);
      }
    }
    for (int shard = 1; shard <= Server.SHARDS; shard++) {
      compare(shard, troubles);
    }
    return troubles;
  }

  private void compare(int shard, List<String> troubles) {
    List<Topology.Node> nodes = topology.nodesOf(shard);
    List<HeldSums> sums = new ArrayList<>();
    for (Topology.Node node : nodes) {
      try {
        sums.add(inside.sums(node));
      } catch (IllegalStateException silent) {
        troubles.add("node " + node.id() + " does not tell its sums: " + silent.getMessage());
        return;
      }
    }
    for (int i = 1; i < nodes.size(); i++) {
      int slots = sums.get(0).differing(sums.get(i)).length;
      if (slots > 0) {
        troubles.add(
            "nodes %s and %s of shard %d differ in %d slots"
                .formatted(nodes.get(0).id(), nodes.get(i).id(), shard, slots));
      }
    }
  }

  private JsonObject page(String url) {
    Http.Answer page = http.get(url);
    return page.status() == 200 ? new JsonObject(page.text()) : new JsonObject();
  }
}
