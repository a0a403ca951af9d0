package io.backpack.bus;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells on {@link #ADDRESS}, about each second, that a storage node is there: {@code {node_id, url,
 * free_bytes, state, interval_ms}}. Best effort; who listens must do without.
 */
public final class NodeAnnouncer implements AutoCloseable {
  /** Where announcements are published. */
  public static final String ADDRESS = "backpack.nodes";

  static final long MIN_INTERVAL_MILLIS = 1000;
  static final long MAX_INTERVAL_MILLIS = 60_000;

  private static final Logger LOG = LoggerFactory.getLogger(NodeAnnouncer.class);

  private final Vertx vertx;
  private final Supplier<NodeSighting> sighting;
  private final IntSupplier nodes;
  private final IntSupplier listeners;
  private long timer;
  private boolean closed;

  private NodeAnnouncer(
      Vertx vertx, Supplier<NodeSighting> sighting, IntSupplier nodes, IntSupplier listeners) {
    this.vertx = vertx;
    this.sighting = sighting;
    this.nodes = nodes;
    this.listeners = listeners;
  }

  /**
   * Begins to announce, at once and then at the interval.
   *
   * @param sighting called before each announcement, on an event loop: must not block
   * @param nodes how many nodes announce themselves, as the cluster map has it
   * @param listeners how many hear each of them; the number of members of the bus is close enough
   */
  public static NodeAnnouncer start(
      Vertx vertx, Supplier<NodeSighting> sighting, IntSupplier nodes, IntSupplier listeners) {
    NodeAnnouncer announcer = new NodeAnnouncer(vertx, sighting, nodes, listeners);
    vertx.runOnContext(none -> announcer.announce());
    return announcer;
  }

  /**
   * Milliseconds between two announcements of a node: a second, and in large clusters as long as
   * keeps the deliveries in the whole cluster at about a thousand a second.
   */
  public static long intervalMillis(int nodes, int listeners) {
    long deliveries = (long) Math.max(1, nodes) * Math.max(1, listeners);
    return Math.min(MAX_INTERVAL_MILLIS, Math.max(MIN_INTERVAL_MILLIS, deliveries));
  }

  private synchronized void announce() {
    if (closed) {
      return;
    }
    long interval = intervalMillis(nodes.getAsInt(), listeners.getAsInt());
    try {
      NodeSighting now = sighting.get();
      vertx
          .eventBus()
          .publish(ADDRESS, toJson(now, interval), new DeliveryOptions().setSendTimeout(interval));
    } catch (RuntimeException e) {
      LOG.warn("this node could not announce itself: {}", e.toString());
    }
    timer = vertx.setTimer(interval, id -> announce());
  }

  static JsonObject toJson(NodeSighting sighting, long intervalMillis) {
    return new JsonObject()
        .put("node_id", sighting.nodeId())
        .put("url", sighting.url())
        .put("free_bytes", sighting.freeBytes())
        .put("state", sighting.state())
        .put("interval_ms", intervalMillis);
  }

  @Override
  public synchronized void close() {
    closed = true;
    vertx.cancelTimer(timer);
  }
}
