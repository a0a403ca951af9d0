package io.backpack.chaos;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

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
    List<String> troubles = troubles();
    while (!troubles.isEmpty() && System.nanoTime() - end < 0) {
      Thread.sleep(POLL_MILLIS);
      troubles = troubles();
    }
    if (troubles.isEmpty() && repair) {
      topology.nodes().forEach(node -> http.post(node.url() + "/_/repair"));
      while (!(troubles = unrepaired()).isEmpty() && System.nanoTime() - end < 0) {
        Thread.sleep(POLL_MILLIS);
      }
    }
    return troubles;
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

  private List<String> unrepaired() {
    List<String> troubles = new ArrayList<>();
    for (Topology.Node node : topology.nodes()) {
      Http.Answer page = http.get(node.url() + "/_/repair");
      if (page.status() != 200
          || !Boolean.TRUE.equals(new JsonObject(page.text()).getBoolean("complete"))) {
        troubles.add("node " + node.id() + " has not repaired itself: " + page.text());
      }
    }
    return troubles;
  }
}
