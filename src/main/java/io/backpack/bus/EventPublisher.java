package io.backpack.bus;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageProducer;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the listeners on {@link #ADDRESS} what happened: at most once, in no order, and never in
 * the way of an answer. Safe for use by any thread; nothing here blocks or throws.
 *
 * <p>When a listener's machine is slow, events pile up in this process; from {@link #MAX_PENDING}
 * on they are dropped and counted.
 */
public final class EventPublisher {
  /** Where events are published. */
  public static final String ADDRESS = "backpack.events";

  /** Events that may be on their way out at a time. */
  public static final int MAX_PENDING = 1000;

  private static final Logger LOG = LoggerFactory.getLogger(EventPublisher.class);

  private final MessageProducer<JsonObject> producer;
  private final AtomicInteger pending = new AtomicInteger();
  private final LongAdder dropped = new LongAdder();

  public EventPublisher(Vertx vertx) {
    producer = vertx.eventBus().publisher(ADDRESS);
  }

  /** Publishes, or drops. */
  public void publish(BusEvent event) {
    if (pending.incrementAndGet() > MAX_PENDING) {
      pending.decrementAndGet();
      dropped.increment();
      return;
    }
    try {
      producer
          .write(event.toJson())
          .onComplete(
              (sent, failure) -> {
                pending.decrementAndGet();
                if (failure != null) {
                  drop(failure);
                }
              });
    } catch (RuntimeException e) {
      pending.decrementAndGet();
      drop(e);
    }
  }

  private void drop(Throwable why) {
    dropped.increment();
    LOG.debug("an event was dropped: {}", why.toString());
  }

  /** Events that were not sent since the start. */
  public long dropped() {
    return dropped.sum();
  }
}
