package io.backpack.chaos;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Waits until a cluster in which nothing is wrong any more has made good what was missed. */
final class Healing {
  private static final long POLL_MILLIS = 500;

  private final Topology topology;
  private final Duration atMost;
  private final Http http = new Http();
  private final boolean repair;

  Healing(Topology topology, Duration atMost) {
    this.topology = topology;
    this.atMost = atMost;
    this.repair = Capabilities.repair(http, topology);
  }

  /** Whether nodes get what they lack without a task; else only queues are waited for. */
  boolean repairs() {
    return repair;
  }

  /** Waits; returns what is not well after that time, nothing when all is. */
  List<String> await() throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    List<String> troubles = until(end, this::troubles);
    if (!troubles.isEmpty() || !repair) {
      return troubles;
    }
    Map<Topology.Node, Long> before = new HashMap<>();
    for (Topology.Node node : topology.nodes()) {
      before.put(node, rounds(page(node)));
      http.post(node.url() + Capabilities.REPAIR);
    }
    return until(end, () -> unrepaired(before));
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

  private JsonObject page(Topology.Node node) {
    Http.Answer page = http.get(node.url() + Capabilities.REPAIR);
    return page.status() == 200 ? new JsonObject(page.text()) : new JsonObject();
  }

  private static long rounds(JsonObject page) {
    return page.getLong("rounds", 0L);
  }

  private List<String> troubles() {
    List<String> troubles = new ArrayList<>();
    topology.notReady().forEach(url -> troubles.add(url + " is not ready"));
    if (troubles.isEmpty()) {
      for (Server server : topology.servers()) {
        Http.Answer stats = http.get(server.coordinatorUrl() + "/_/stats");
        Object length =
            stats.status() == 200 ? new JsonObject(stats.text()).getValue("queue_length") : null;
        if (!(length instanceof Number number) || number.longValue() != 0) {
          troubles.add(server.coordinatorUrl() + " knows of " + length + " queued tasks");
        }
      }
    }
    return troubles;
  }

  /** Nodes that have not ended a round that began since, or that differ from their peers. */
  private List<String> unrepaired(Map<Topology.Node, Long> before) {
    List<String> troubles = new ArrayList<>();
    before.forEach(
        (node, rounds) -> {
          JsonObject page = page(node);
          if (!page.getBoolean("complete", false) || rounds(page) <= rounds) {
            troubles.add("node " + node.id() + " has not repaired itself: " + page);
          }
        });
    for (int shard = 1; shard <= Server.SHARDS; shard++) {
      Set<String> sums = new HashSet<>();
      for (Topology.Node node : topology.nodesOf(shard)) {
        Http.Answer answer = http.get(node.url() + Capabilities.SUMS);
        sums.add(answer.status() == 200 ? "" + Arrays.hashCode(answer.body()) : "none");
      }
      if (sums.size() != 1) {
        troubles.add("the sums of the nodes of shard " + shard + " differ: " + sums);
      }
    }
    return troubles;
  }
}
