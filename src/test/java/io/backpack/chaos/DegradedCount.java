package io.backpack.chaos;

import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Adds up the degraded uploads of all coordinators, which count from 0 again with each start: what
 * a process counted in its last second is not in it.
 */
final class DegradedCount extends Thread {
  private final Topology topology;
  private final Http http = new Http();
  private final Map<Server, Long> last = new HashMap<>();
  private final LongAdder sum = new LongAdder();

  DegradedCount(Topology topology) {
    super("degraded");
    this.topology = topology;
    setDaemon(true);
  }

  @Override
  public void run() {
    try {
      while (true) {
        topology.servers().forEach(this::count);
        Thread.sleep(1000);
      }
    } catch (InterruptedException end) {
      // Nobody asks any more.
    }
  }

  private void count(Server server) {
    Http.Answer stats = http.getFromNode(server.coordinatorUrl() + "/_/stats");
    if (stats.status() == 200) {
      long now = new JsonObject(stats.text()).getLong("degraded_uploads", 0L);
      long before = last.getOrDefault(server, 0L);
      sum.add(now < before ? now : now - before);
      last.put(server, now);
    }
  }

  long sum() {
    return sum.sum();
  }
}
