package io.backpack.bus;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens to the announcements of nodes and forgets a node after three of its intervals. Safe for
 * use by any thread. Bounded: from {@link #MAX_NODES} on, nodes it has not heard of are ignored.
 */
public final class NodeDirectory implements NodeSightings {
  /** The most nodes it remembers. */
  public static final int MAX_NODES = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger(NodeDirectory.class);
  private static final int INTERVALS = 3;
  private static final long SWEEP_MILLIS = 500;

  /** Hears of nodes that come and go. Called on an event loop: must not block. */
  public interface Listener {
    /** A node was heard that was not heard before, or not for three intervals. */
    void nodeUp(NodeSighting sighting);

    /** A node was not heard for three intervals. */
    void nodeDown(NodeSighting last);

    /** Does nothing. */
    Listener NONE =
        new Listener() {
          @Override
          public void nodeUp(NodeSighting sighting) {}

          @Override
          public void nodeDown(NodeSighting last) {}
        };
  }

  private record Heard(NodeSighting sighting, long expires) {
    boolean over() {
      return System.nanoTime() - expires >= 0;
    }
  }

  private final Vertx vertx;
  private final Listener listener;
  private final Map<String, Heard> heard = new ConcurrentHashMap<>();
  private final MessageConsumer<Object> consumer;
  private final long sweeper;

  private NodeDirectory(Vertx vertx, Listener listener) {
    this.vertx = vertx;
    this.listener = listener;
    this.consumer = vertx.eventBus().consumer(NodeAnnouncer.ADDRESS);
    consumer.handler(this::hear);
    this.sweeper = vertx.setPeriodic(SWEEP_MILLIS, id -> forget());
  }

  /** Begins to listen; succeeds when the whole cluster can reach it. */
  public static Future<NodeDirectory> start(Vertx vertx, Listener listener) {
    NodeDirectory directory = new NodeDirectory(vertx, listener);
    return directory.consumer.completion().map(directory);
  }

  @Override
  public Optional<NodeSighting> recent(String nodeId) {
    Heard last = heard.get(nodeId);
    return last == null || last.over() ? Optional.empty() : Optional.of(last.sighting);
  }

  private void hear(Message<Object> message) {
    NodeSighting sighting;
    long interval;
    try {
      JsonObject json = (JsonObject) message.body();
      sighting =
          new NodeSighting(
              json.getString("node_id"),
              json.getString("url"),
              json.getLong("free_bytes"),
              json.getString("state"));
      interval =
          Math.min(
              NodeAnnouncer.MAX_INTERVAL_MILLIS,
              Math.max(NodeAnnouncer.MIN_INTERVAL_MILLIS, json.getLong("interval_ms")));
    } catch (ClassCastException | NullPointerException e) {
      LOG.debug("an announcement is not understood: {}", message.body());
      return;
    }
    if (sighting.nodeId() == null
        || heard.size() >= MAX_NODES && !heard.containsKey(sighting.nodeId())) {
      return;
    }
    long expires = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(INTERVALS * interval);
    Heard before = heard.put(sighting.nodeId(), new Heard(sighting, expires));
    if (before == null) {
      listener.nodeUp(sighting);
    }
  }

  private void forget() {
    heard.forEach(
        (id, last) -> {
          if (last.over() && heard.remove(id, last)) {
            listener.nodeDown(last.sighting);
          }
        });
  }

  /** Stops listening and forgets all, without a word to the listener. */
  public Future<Void> close() {
    vertx.cancelTimer(sweeper);
    heard.clear();
    return consumer.unregister();
  }
}
