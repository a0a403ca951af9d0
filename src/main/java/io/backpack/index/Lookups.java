package io.backpack.index;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.redis.RedisLink;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleIndex.Standing;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Asks Redis for names. What is asked at about the same time goes out in one write, followed by one
 * question for epoch and shape: nothing can come between them but what the answers then show, since
 * all that changes the keyspace runs over the same connection, is refused for its old epoch, or
 * takes the epoch away.
 */
final class Lookups {
  /** Names in one write. */
  private static final int GROUP = 128;

  /** Splits move a name at most once per round of splits; this many in a row do not happen. */
  private static final int MAX_TRIES = 10;

  private final RedisLink link;
  private final Keyspace keyspace;
  private final LocationCache cache;
  private final Supplier<Session> current;
  private final BiConsumer<Session, String> doubt;
  private final int limit;
  private final AtomicInteger size = new AtomicInteger();
  private final Queue<Asked> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();

  /** One question. Its fields change on the link's event loop only. */
  private static final class Asked {
    final PhotoName name;
    final long hash;
    final boolean cached;
    final Promise<Optional<Lookup>> promise;
    boolean named;
    long stamp;
    long bucket;
    int tries;

    Asked(
        PhotoName name,
        long hash,
        boolean named,
        boolean cached,
        long stamp,
        Promise<Optional<Lookup>> promise) {
      this.name = name;
      this.hash = hash;
      this.named = named;
      this.cached = cached;
      this.stamp = stamp;
      this.promise = promise;
    }
  }

  /**
   * @param limit questions under way
   * @param doubt told when an answer shows that the session's keyspace is gone
   */
  Lookups(
      RedisLink link,
      Keyspace keyspace,
      LocationCache cache,
      Supplier<Session> current,
      BiConsumer<Session, String> doubt,
      int limit) {
    this.link = link;
    this.keyspace = keyspace;
    this.cache = cache;
    this.current = current;
    this.doubt = doubt;
    this.limit = limit;
  }

  /**
   * Asks; the future completes on the caller's context when it has one.
   *
   * @param named ask for the full name rather than for its hash
   */
  Future<Optional<Lookup>> ask(PhotoName name, long hash, boolean named) {
    return ask(name, hash, named, true);
  }

  /** What needles are to the index: very many, so the answers push nothing out of the cache. */
  Future<List<Standing>> standing(List<NeedleEntry> entries, NameHash hash) {
    List<Future<Standing>> answers = new ArrayList<>(entries.size());
    for (NeedleEntry entry : entries) {
      answers.add(
          ask(entry.name(), hash.of(entry.name()), entry.collided(), false)
              .map(found -> Lookup.standing(found, entry)));
    }
    return Future.all(answers).map(all -> all.list());
  }

  private Future<Optional<Lookup>> ask(PhotoName name, long hash, boolean named, boolean cached) {
    Session session = current.get();
    if (session == null || !session.serving()) {
      return Future.failedFuture(unknown(session));
    }
    if (size.incrementAndGet() > limit) {
      size.decrementAndGet();
      return Future.failedFuture(
          new BackpackException(
              ErrorCode.OVERLOADED, "more than " + limit + " look-ups in Redis are under way"));
    }
    ContextInternal context = ContextInternal.current();
    Promise<Optional<Lookup>> promise = context == null ? Promise.promise() : context.promise();
    waiting.add(new Asked(name, hash, named, cached, cache.stamp(hash), promise));
    schedule();
    return promise.future();
  }

  private void schedule() {
    if (scheduled.compareAndSet(false, true)) {
      link.run(this::drain);
    }
  }

  private void drain() {
    scheduled.set(false);
    List<Asked> group = new ArrayList<>();
    for (Asked next = waiting.poll(); next != null; next = waiting.poll()) {
      group.add(next);
      if (group.size() == GROUP) {
        send(group);
        group = new ArrayList<>();
      }
    }
    if (!group.isEmpty()) {
      send(group);
    }
  }

  private void send(List<Asked> group) {
    Session session = current.get();
    if (session == null || !session.serving() || session.generation() != link.generation()) {
      group.forEach(asked -> fail(asked, unknown(session)));
      return;
    }
    // Whether a miss may be believed is decided by what was known when the question went out.
    boolean ready = session.ready();
    List<Request> requests = new ArrayList<>(group.size() + 1);
    for (Asked asked : group) {
      if (asked.named) {
        requests.add(keyspace.getNamed(asked.name.utf8()));
      } else {
        asked.bucket = session.shape().bucket(asked.hash);
        requests.add(keyspace.get(asked.hash, asked.bucket));
      }
    }
    requests.add(keyspace.getMeta());
    link.batch(requests)
        .onSuccess(answers -> answered(session, ready, group, answers))
        .onFailure(
            failure -> {
              BackpackException known = Applier.unavailable(failure);
              group.forEach(asked -> fail(asked, known));
            });
  }

  private void answered(Session session, boolean ready, List<Asked> group, List<Response> answers) {
    Response meta = answers.get(group.size());
    if (meta.get(0) == null || !meta.get(0).toString().equals(session.epoch())) {
      group.forEach(asked -> fail(asked, unknown(session)));
      doubt.accept(session, "the index in Redis is not the one this node has claimed");
      return;
    }
    Keyspace.Shape old = session.shape();
    Keyspace.Shape shape =
        new Keyspace.Shape(
            meta.get(1).toInteger(),
            meta.get(2).toLong(),
            old.count(),
            old.tombstones(),
            meta.get(3).toLong());
    session.shape(shape);
    for (int i = 0; i < group.size(); i++) {
      answered(session, ready, group.get(i), answers.get(i));
    }
  }

  private void answered(Session session, boolean ready, Asked asked, Response answer) {
    boolean moved = !asked.named && session.shape().bucket(asked.hash) != asked.bucket;
    if (moved || answer == null && !asked.named && session.shape().collisions() > 0) {
      asked.named = !moved;
      askAgain(asked);
    } else if (answer == null) {
      if (ready) {
        size.decrementAndGet();
        asked.promise.complete(Optional.empty());
      } else {
        fail(asked, unknown(session));
      }
    } else if (!ready && session.isStale(asked.hash)) {
      fail(asked, unknown(session));
    } else {
      found(ready, asked, answer);
    }
  }

  private void askAgain(Asked asked) {
    if (++asked.tries == MAX_TRIES) {
      fail(asked, new BackpackException(ErrorCode.INDEX_UNAVAILABLE, "the index is in motion"));
    } else {
      waiting.add(asked);
      schedule();
    }
  }

  private void found(boolean ready, Asked asked, Response answer) {
    Lookup found;
    try {
      found = IndexValue.read(answer.toBytes());
    } catch (BackpackException e) {
      fail(asked, e);
      return;
    }
    if (ready && asked.cached && !asked.named) {
      cache.fill(asked.hash, asked.stamp, found);
    }
    size.decrementAndGet();
    asked.promise.complete(Optional.of(found));
  }

  private void fail(Asked asked, BackpackException failure) {
    size.decrementAndGet();
    asked.promise.fail(failure);
  }

  /** Why nothing is said. */
  static BackpackException unknown(Session session) {
    return new BackpackException(
        ErrorCode.INDEX_UNAVAILABLE,
        session == null || session.over() || session.phase() == Session.Phase.CLAIMING
            ? "the index in Redis cannot be asked now"
            : "the index is catching up and does not know of this photo yet");
  }
}
