package io.backpack.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private final Metrics metrics = Metrics.create("storage", "7");

  private void assertLine(String line) {
    List<String> lines = metrics.scrape().lines().toList();
    assertTrue(lines.contains(line), () -> line + " is not in\n" + String.join("\n", lines));
  }

  @Test
  void requestsAreCountedAndTimed() {
    metrics.requestStarted();
    assertLine("backpack_http_requests_in_flight{node=\"7\",role=\"storage\"} 1.0");
    metrics.requestEnded("GET", 200, TimeUnit.MILLISECONDS.toNanos(2), 0, 10);
    metrics.requestStarted();
    metrics.requestEnded("GET", 404, TimeUnit.MILLISECONDS.toNanos(20), 0, 0);
    metrics.requestStarted();
    metrics.requestEnded("PUT", 201, TimeUnit.MILLISECONDS.toNanos(3), 33, 0);
    String labels = "node=\"7\",role=\"storage\"";
    assertLine("backpack_http_requests_in_flight{" + labels + "} 0.0");
    assertLine("backpack_http_requests_total{code=\"200\",method=\"GET\"," + labels + "} 1.0");
    assertLine("backpack_http_requests_total{code=\"404\",method=\"GET\"," + labels + "} 1.0");
    assertLine("backpack_http_sent_bytes_total{" + labels + "} 10.0");
    assertLine("backpack_http_received_bytes_total{" + labels + "} 33.0");
    String buckets = "backpack_http_request_duration_seconds_bucket{method=\"GET\"," + labels;
    assertLine(buckets + ",le=\"0.001\"} 0");
    assertLine(buckets + ",le=\"0.0025\"} 1");
    assertLine(buckets + ",le=\"0.025\"} 2");
    assertLine("backpack_http_request_duration_seconds_count{method=\"GET\"," + labels + "} 2");
  }

  @Test
  void aStatusOutOfRangeIsStillCounted() {
    metrics.requestStarted();
    metrics.requestEnded("other", 0, 1, 0, 0);
    metrics.requestStarted();
    metrics.requestEnded("other", 999, 1, 0, 0);
    assertEquals(0, metrics.inFlight());
  }

  @Test
  void othersRegisterTheirOwn() {
    metrics.gauge("free_bytes", "Room", () -> 5, "dir", "/a");
    metrics.gauge("free_bytes", "Room", () -> 6, "dir", "/b");
    metrics.gauge("free_bytes", "Room", () -> 99, "dir", "/a");
    LongAdder adder = metrics.counter("repairs", "Photos repaired", "shard", "1");
    adder.add(3);
    metrics.timer("sync", "Syncs").record(Duration.ofMillis(4));
    System.gc();
    assertLine("backpack_free_bytes{dir=\"/a\",node=\"7\",role=\"storage\"} 5.0");
    assertLine("backpack_free_bytes{dir=\"/b\",node=\"7\",role=\"storage\"} 6.0");
    assertLine("backpack_repairs_total{node=\"7\",role=\"storage\",shard=\"1\"} 3.0");
    assertLine("backpack_sync_seconds_count{node=\"7\",role=\"storage\"} 1");
    assertLine("# HELP backpack_free_bytes Room");
  }

  @Test
  void everythingHasThePrefix() {
    metrics.requestStarted();
    metrics.requestEnded("GET", 200, 1, 1, 1);
    assertTrue(
        metrics
            .scrape()
            .lines()
            .allMatch(line -> line.startsWith("#") || line.startsWith("backpack_")));
  }

  @Test
  void operationsAreShownAsTheOriginalDid() {
    OperationStats stats = metrics.gets();
    stats.record(100, TimeUnit.MILLISECONDS.toNanos(1));
    stats.record(50, TimeUnit.MILLISECONDS.toNanos(2));
    JsonObject json = stats.toJson();
    assertEquals(2, json.getLong("count"));
    assertEquals(150, json.getLong("bytes"));
    assertEquals(1.5, json.getDouble("avg"), 0.001);
  }
}
