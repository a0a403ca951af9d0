package io.backpack.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * The counters, latencies and gauges of one role, in the form of Prometheus: prefix {@code
 * backpack_}, base units, labels {@code role} and {@code node} on everything. A photo's name is
 * never a label. Safe for use by any thread.
 *
 * <p>A name that is registered twice with the same labels keeps its first value, so that several
 * instances of a role may register the same gauges.
 */
public final class Metrics {
  private static final String PREFIX = "backpack_";
  private static final int LOWEST_STATUS = 100;
  private static final int STATUSES = 500;
  private static final Duration[] BUCKETS = {
    Duration.ofNanos(250_000),
    Duration.ofMillis(1),
    Duration.ofNanos(2_500_000),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofMillis(2500),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10)
  };

  /** The meters of one method, resolved once so that a request costs no look-up by label. */
  private final class OfMethod {
    private final String method;
    private final Timer timer;
    private final AtomicReferenceArray<Counter> byStatus = new AtomicReferenceArray<>(STATUSES);

    OfMethod(String method) {
      this.method = method;
      this.timer =
          Timer.builder(PREFIX + "http_request_duration")
              .description("Time from the head of a request to the end of its answer")
              .tag("method", method)
              .serviceLevelObjectives(BUCKETS)
              .register(registry);
    }

    void ended(int status, long nanos) {
      int slot = Math.min(Math.max(status - LOWEST_STATUS, 0), STATUSES - 1);
      Counter counter = byStatus.get(slot);
      if (counter == null) {
        counter =
            Counter.builder(PREFIX + "http_requests")
                .description("Requests that were answered, by method and status")
                .tags("method", method, "code", Integer.toString(slot + LOWEST_STATUS))
                .register(registry);
        byStatus.set(slot, counter);
      }
      counter.increment();
      timer.record(nanos, TimeUnit.NANOSECONDS);
    }
  }

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Map<String, OfMethod> methods = new ConcurrentHashMap<>();

  /** The registry holds what it samples weakly; this holds it for good. */
  private final List<LongSupplier> sampled = new CopyOnWriteArrayList<>();

  private final LongAdder inFlight = new LongAdder();
  private final LongAdder received = new LongAdder();
  private final LongAdder sent = new LongAdder();
  private final OperationStats gets = new OperationStats();
  private final OperationStats puts = new OperationStats();

  private Metrics(String role, String node) {
    registry.config().commonTags("role", role, "node", node);
    gauge("http_requests_in_flight", "Requests that are being answered", inFlight::sum);
    counter("http_received_bytes", "Bytes of uploads received", received::sum);
    counter("http_sent_bytes", "Bytes of photos sent", sent::sum);
  }

  /**
   * Metrics of a role.
   *
   * @param role {@code storage}, {@code coordinator} or {@code replicator}
   * @param node id or name of the process in the cluster
   */
  public static Metrics create(String role, String node) {
    return new Metrics(role, node);
  }

  /**
   * Registers a value that is read at every scrape.
   *
   * @param name in snake case with its base unit at the end, as {@code free_bytes}
   * @param value must not block; NaN when unknown
   * @param labels key, value, key, value
   */
  public void gauge(String name, String help, DoubleSupplier value, String... labels) {
    if (registry.find(prefixed(name)).tags(labels).gauge() != null) {
      return;
    }
    Gauge.builder(prefixed(name), value::getAsDouble)
        .description(help)
        .tags(Tags.of(labels))
        .register(registry);
  }

  /**
   * Registers a total that only grows and is read at every scrape.
   *
   * @param name in snake case without {@code _total}, which is added
   * @param total must not block
   * @param labels key, value, key, value
   */
  public void counter(String name, String help, LongSupplier total, String... labels) {
    sampled.add(total);
    FunctionCounter.builder(prefixed(name), total, LongSupplier::getAsLong)
        .description(help)
        .tags(Tags.of(labels))
        .register(registry);
  }

  /** A counter that its owner increments. */
  public LongAdder counter(String name, String help, String... labels) {
    LongAdder adder = new LongAdder();
    counter(name, help, adder::sum, labels);
    return adder;
  }

  /** A latency with buckets from 0.25 ms to 10 s; {@code _seconds} is added to its name. */
  public Timer timer(String name, String help, String... labels) {
    return Timer.builder(prefixed(name))
        .description(help)
        .tags(Tags.of(labels))
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }

  private static String prefixed(String name) {
    return name.startsWith(PREFIX) ? name : PREFIX + name;
  }

  /** Counts a request in; {@link #requestEnded} counts it out. */
  public void requestStarted() {
    inFlight.increment();
  }

  /**
   * Counts a request that was answered or broken off.
   *
   * @param method one of the methods the server knows, or {@code other}: never a client's word
   * @param nanos since the head of the request was there
   * @param bytesIn of an upload
   * @param bytesOut of a photo
   */
  public void requestEnded(String method, int status, long nanos, long bytesIn, long bytesOut) {
    inFlight.decrement();
    OfMethod meters = methods.get(method);
    if (meters == null) {
      meters = methods.computeIfAbsent(method, OfMethod::new);
    }
    meters.ended(status, nanos);
    if (bytesIn > 0) {
      received.add(bytesIn);
    }
    if (bytesOut > 0) {
      sent.add(bytesOut);
    }
  }

  /** Photos served, as {@code /stats} shows them. */
  public OperationStats gets() {
    return gets;
  }

  /** Photos stored, as {@code /stats} shows them. */
  public OperationStats puts() {
    return puts;
  }

  /** Requests that are being answered. */
  public long inFlight() {
    return inFlight.sum();
  }

  /** For meters of a kind that this class has no method for. */
  public MeterRegistry registry() {
    return registry;
  }

  /** Everything in the text format of Prometheus, version 0.0.4. */
  public String scrape() {
    return registry.scrape();
  }
}
