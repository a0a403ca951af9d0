package io.backpack.index;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.redis.Backoff;
import io.backpack.redis.RedisLink;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fills the filter of a session with the hashes of all names in Redis: bucket by bucket, one call
 * of {@code names.lua} at a time on the connection that all others use, with a rest after each. For
 * the link's event loop.
 *
 * <p>It misses none. A split moves names only to the bucket behind the last one, so a name that
 * leaves a bucket before the walk comes there is met later; and no script takes a name out. What is
 * written meanwhile the {@link Applier} adds. Each call checks the epoch, so that all it reads is
 * the keyspace of this session.
 */
final class NameWalk {
  private static final Logger LOG = LoggerFactory.getLogger(NameWalk.class);

  /** Some 1,000 names: Redis answers nobody else for about a tenth of a millisecond. */
  private static final int BUCKETS = 16;

  /** After each call it rests for so many times what the call took, so that Redis is not busy. */
  private static final int REST = 2;

  private static final long FIRST_RETRY_MILLIS = 100;
  private static final long MAX_RETRY_MILLIS = 10_000;

  private final Vertx vertx;
  private final RedisLink link;
  private final Keyspace keyspace;
  private final NameHash hash;
  private final BiConsumer<Session, String> doubt;
  private final Session session;
  private final NameFilter filter;
  private final Backoff backoff = new Backoff(FIRST_RETRY_MILLIS, MAX_RETRY_MILLIS);
  private final long begunNanos = System.nanoTime();

  NameWalk(
      Vertx vertx,
      RedisLink link,
      Keyspace keyspace,
      NameHash hash,
      BiConsumer<Session, String> doubt,
      Session session,
      NameFilter filter) {
    this.vertx = vertx;
    this.link = link;
    this.keyspace = keyspace;
    this.hash = hash;
    this.doubt = doubt;
    this.session = session;
    this.filter = filter;
  }

  /** Reads the buckets from this one on. */
  void from(long bucket) {
    if (session.over()) {
      return;
    }
    long asked = System.nanoTime();
    keyspace
        .names(link, session.epoch(), bucket, BUCKETS)
        .map(
            page -> {
              while (page.hashes().hasRemaining()) {
                filter.add(page.hashes().getLong());
              }
              backoff.reset();
              if (page.next() == 0) {
                collided(bucket);
              } else {
                long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - asked);
                later(Math.max(1, REST * took), page.next());
              }
              return page;
            })
        .onFailure(failure -> failed(failure, bucket));
  }

  /** Names whose place another one had: there is none, or next to none. */
  private void collided(long bucket) {
    Future<List<PhotoName>> names =
        session.shape().collisions() == 0
            ? Future.succeededFuture(List.of())
            : keyspace.collided(link, session.epoch());
    names
        .onSuccess(
            all -> {
              all.forEach(name -> filter.add(hash.of(name)));
              filter.complete();
              LOG.info(
                  "{} names are known after {} ms: new ones are written without a look-up",
                  filter.size(),
                  TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begunNanos));
            })
        .onFailure(failure -> failed(failure, bucket));
  }

  private void failed(Throwable failure, long bucket) {
    if (session.over()) {
      return;
    }
    if (BackpackException.of(failure).code() == ErrorCode.INDEX_UNAVAILABLE) {
      doubt.accept(session, failure.getMessage());
      return;
    }
    LOG.debug("the names in the index cannot be read now", failure);
    later(backoff.next(), bucket);
  }

  private void later(long millis, long bucket) {
    vertx.setTimer(millis, id -> link.run(() -> from(bucket)));
  }
}
