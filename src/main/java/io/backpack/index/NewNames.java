package io.backpack.index;

import io.backpack.redis.RedisLink;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Knows of most new names that they are new, so that their writers need not ask Redis. Each session
 * has a filter of its own, which knows nothing before all of Redis was read in that session; so
 * whatever Redis was set back to, or replaced by, is in it. Safe for use by any thread.
 */
final class NewNames {
  /** With so many names for each that it is made for, a filter claims nearly all. */
  private static final int MAX_LOAD = 4;

  private final Vertx vertx;
  private final RedisLink link;
  private final Keyspace keyspace;
  private final NameHash hash;
  private final BiConsumer<Session, String> doubt;
  private final long maxBytes;
  private final LongAdder saved = new LongAdder();
  private final LongAdder asked = new LongAdder();
  private final LongAdder claimed = new LongAdder();

  /**
   * @param doubt told when Redis shows that the session's keyspace is gone
   * @param maxBytes that a filter may take; 0 for none
   */
  NewNames(
      Vertx vertx,
      RedisLink link,
      Keyspace keyspace,
      NameHash hash,
      BiConsumer<Session, String> doubt,
      long maxBytes) {
    this.vertx = vertx;
    this.link = link;
    this.keyspace = keyspace;
    this.hash = hash;
    this.doubt = doubt;
    this.maxBytes = maxBytes;
  }

  /** Gives the session its filter, before it is ready and writes. */
  void prepare(Session session) {
    Keyspace.Shape shape = session.shape();
    long names = shape.count() + shape.collisions();
    boolean fits = names <= MAX_LOAD * HashFilter.capacity(maxBytes);
    if (maxBytes >= HashFilter.bytesFor(1) && fits && session.names() == null) {
      session.names(new NameFilter(names, maxBytes));
    }
  }

  /** Begins to read the names in Redis, once the session is ready; on the link's event loop. */
  void fill(Session session) {
    NameFilter filter = session.names();
    if (filter != null) {
      new NameWalk(vertx, link, keyspace, hash, doubt, session, filter).from(0);
    }
  }

  /**
   * What stands under a hash, for one who is about to write it.
   *
   * @param ask Redis, where the filter does not know
   */
  Future<Optional<Lookup>> find(
      Session session, long field, Supplier<Future<Optional<Lookup>>> ask) {
    if (session != null && session.excludes(field)) {
      saved.increment();
      return Future.succeededFuture(Optional.empty());
    }
    asked.increment();
    NameFilter filter = session == null ? null : session.names();
    return filter == null || !filter.isComplete()
        ? ask.get()
        : ask.get()
            .onSuccess(
                found -> {
                  if (found.isEmpty()) {
                    claimed.increment();
                  }
                });
  }

  /**
   * What {@code /_/stats} shows.
   *
   * @param session null before the first connect
   */
  JsonObject stats(Session session) {
    NameFilter filter = session == null ? null : session.names();
    JsonObject stats = new JsonObject();
    if (filter == null) {
      stats.put("state", "off");
    } else {
      stats
          .put("state", filter.isComplete() ? "complete" : "filling")
          .put("names", filter.size())
          .put("capacity", filter.capacity())
          .put("bytes", filter.bytes());
    }
    return stats
        .put("bound", maxBytes)
        .put("saved", saved.sum())
        .put("asked", asked.sum())
        .put("false_claims", claimed.sum());
  }
}
