package io.backpack.index;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.redis.Backoff;
import io.backpack.redis.RedisLink;
import io.backpack.redis.RedisLinkSettings;
import io.backpack.volume.IndexBatch;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleIndex;
import io.backpack.volume.NeedleLog;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The index of one node in its Redis. All methods may be called on any thread and none blocks.
 *
 * <p>It says that a name is unknown only while it is {@link State#READY} and Redis confirms in the
 * same round trip that the keyspace is the one this process has claimed. Whenever that is in doubt
 * (a reconnect, a call without an answer, a keyspace that was emptied) it claims the keyspace anew
 * and replays what Redis lacks from the {@link NeedleLog}; until that is done it answers for the
 * names it can be sure of, refuses to apply batches, and fails the rest with {@link
 * ErrorCode#INDEX_UNAVAILABLE}. Only writers are told of a new name without Redis, see {@link
 * #lookupToWrite}: what they write Redis has to take before anybody is answered.
 */
public final class RedisIndex implements NeedleIndex {
  private static final Logger LOG = LoggerFactory.getLogger(RedisIndex.class);

  private static final long FIRST_RETRY_MILLIS = 50;
  private static final long MAX_RETRY_MILLIS = 1000;

  /** A session that lasted this long is no sign that the next one will fail at once. */
  private static final long CALM_NANOS = 5_000_000_000L;

  /** Commands beside look-ups: batches, replays, claims. */
  private static final int SPARE_COMMANDS = 4096;

  private final Vertx vertx;
  private final RedisIndexSettings settings;
  private final NameHash hash;
  private final RedisLink link;
  private final Keyspace keyspace;
  private final LocationCache cache;
  private final Applier applier;
  private final Lookups lookups;
  private final HeldIndex held;
  private final NewNames newNames;
  private final Promise<Void> started = Promise.promise();
  private volatile Session session;
  private volatile Session lapsed;
  private volatile State state = State.DISCONNECTED;
  private volatile String detail = "not connected to Redis yet";
  private volatile boolean closed;
  private final AtomicBoolean caughtUp = new AtomicBoolean();
  private volatile NeedleLog log;
  private volatile Executor blocking;
  // Touched on the link's event loop only.
  private final Backoff backoff = new Backoff(FIRST_RETRY_MILLIS, MAX_RETRY_MILLIS);
  private String lastReason = "";

  /** Batches of one volume go out in the order of the calls: held while one is put on its way. */
  private final Object order = new Object();

  /** What the index can do now. */
  public enum State {
    /** Redis is away: nothing but what is cached is known. */
    DISCONNECTED,
    /** Redis is being brought up to date: much is known, nothing can be applied. */
    RECOVERING,
    /** Everything is known. */
    READY,
    /** Redis or its contents cannot be used; {@link #detail} says what to do. */
    REFUSED
  }

  private RedisIndex(Vertx vertx, RedisIndexSettings settings, NameHash hash) {
    this.vertx = vertx;
    this.settings = settings;
    this.hash = hash;
    this.keyspace = new Keyspace(settings.nodeId(), settings.cookie());
    this.cache = new LocationCache(settings.locationCacheEntries());
    this.link =
        RedisLink.create(
            vertx,
            new RedisLinkSettings(
                settings.uri(), settings.timeout(), 2 * settings.maxInFlight() + SPARE_COMMANDS));
    this.applier = new Applier(link, keyspace, hash, cache);
    this.lookups =
        new Lookups(link, keyspace, cache, this::readable, this::doubt, settings.maxInFlight());
    this.held = new HeldIndex(link, keyspace, hash, () -> session);
    this.newNames =
        new NewNames(vertx, link, keyspace, hash, this::doubt, settings.nameFilterBytes());
  }

  /** An index that has begun to connect; {@link #start} lets it work. */
  public static RedisIndex create(Vertx vertx, RedisIndexSettings settings) {
    return new RedisIndex(vertx, settings, SipHash.NAMES);
  }

  /** The same with another hash, for tests that want collisions. */
  static RedisIndex create(Vertx vertx, RedisIndexSettings settings, NameHash hash) {
    return new RedisIndex(vertx, settings, hash);
  }

  /**
   * Lets it claim the keyspace and catch up.
   *
   * @param truth what the index is made from
   * @param executor runs replays, which block; one thread at a time is enough
   * @return succeeds when the keyspace was found to be this node's, or empty, or when Redis is away
   *     (it is then looked for in the background); catching up goes on after that. Fails with
   *     {@link ErrorCode#INDEX_UNAVAILABLE} and what to do when the keyspace belongs to another
   *     store or Redis may evict entries
   */
  public Future<Void> start(NeedleLog truth, Executor executor) {
    log = truth;
    blocking = executor;
    applier.log(truth);
    link.onConnected(l -> begin());
    link.onDisconnected(l -> disconnected());
    link.firstAttempt()
        .onComplete(
            attempt -> {
              if (!link.connected()) {
                started.tryComplete();
              }
            });
    return started.future();
  }

  /**
   * The 64 bits under which the index keeps a name, the same for ever. Writes of names with equal
   * ones must not run at the same time.
   */
  public long fieldHash(PhotoName name) {
    return hash.of(name);
  }

  /** What it has, for who compares that with another node. */
  public HeldIndex held() {
    return held;
  }

  /** Where Redis has the entry of a name as of now: a bucket that is split gives entries away. */
  public IndexPlace place(PhotoName name, boolean collided) {
    return keyspace.place(name, hash.of(name), collided, readable());
  }

  /**
   * What is current under the hash of a name; empty when it is known that nothing is. Whether it is
   * this name the needle tells.
   *
   * <p>Fails with {@link ErrorCode#INDEX_UNAVAILABLE} when it is not known, {@link
   * ErrorCode#OVERLOADED} when too much is being asked.
   */
  public Future<Optional<Lookup>> lookup(PhotoName name) {
    if (state == State.REFUSED) {
      return Future.failedFuture(new BackpackException(ErrorCode.INDEX_UNAVAILABLE, detail));
    }
    long field = hash.of(name);
    // What is cached was current when Redis went away, and nothing is applied until it is back.
    Lookup cached = cache.find(field);
    return cached != null
        ? Future.succeededFuture(Optional.of(cached))
        : lookups.ask(name, field, false);
  }

  /**
   * The same for one who writes the name next, whatever he finds, and who alone does so: of most
   * names that are new it is known here that Redis has nothing, and it is not asked.
   */
  public Future<Optional<Lookup>> lookupToWrite(PhotoName name) {
    return newNames.find(session, hash.of(name), () -> lookup(name));
  }

  /**
   * What {@link #lookup} would find in this process, without asking Redis.
   *
   * @return null when Redis has to be asked
   */
  public Lookup cached(PhotoName name) {
    return state == State.REFUSED ? null : cache.find(hash.of(name));
  }

  /**
   * The same for a name whose hash is that of another one, which {@link #lookup} has found in its
   * place. Never cached.
   */
  public Future<Optional<Lookup>> lookupCollided(PhotoName name) {
    return lookups.ask(name, hash.of(name), true);
  }

  /**
   * The same as {@link #lookup} past the cache, for one who found nothing where a look-up had sent
   * him: the needle may have been moved since.
   */
  public Future<Optional<Lookup>> lookupAgain(PhotoName name) {
    long field = hash.of(name);
    cache.invalidate(field);
    return lookup(name);
  }

  @Override
  public CompletableFuture<List<Outcome>> apply(IndexBatch batch) {
    CompletableFuture<List<Outcome>> answer = new CompletableFuture<>();
    synchronized (order) {
      Session now = session;
      Session.Admission admission =
          now == null ? Session.Admission.REFUSED : now.admit(batch, answer);
      if (admission == Session.Admission.SEND) {
        send(now, batch, answer);
      } else {
        // Durable, but not in the index yet: what is cached of these names may be behind.
        applier.invalidate(batch);
        if (admission == Session.Admission.REFUSED) {
          noteStale(now, batch);
          noteStale(lapsed, batch);
          answer.completeExceptionally(Lookups.unknown(now));
        }
      }
    }
    return answer;
  }

  @Override
  public CompletableFuture<List<Standing>> standing(List<NeedleEntry> entries) {
    if (state != State.READY) {
      return CompletableFuture.failedFuture(Lookups.unknown(session));
    }
    return lookups.standing(entries, hash).toCompletionStage().toCompletableFuture();
  }

  @Override
  public CompletableFuture<Map<Integer, Long>> deadBytes() {
    Session now = session;
    if (now == null || !now.ready()) {
      return CompletableFuture.failedFuture(Lookups.unknown(now));
    }
    return keyspace.deadBytes(link, now.epoch()).toCompletionStage().toCompletableFuture();
  }

  @Override
  public CompletableFuture<Void> forget(Collection<Integer> volumes) {
    Session now = session;
    if (now == null || !now.ready()) {
      return CompletableFuture.failedFuture(Lookups.unknown(now));
    }
    return keyspace
        .forget(link, now.epoch(), volumes)
        .onSuccess(
            done -> {
              now.forgotten(volumes);
              boolean listed =
                  log.extents().stream().anyMatch(each -> volumes.contains(each.volume()));
              if (listed) {
                doubt(now, "volumes are to be replayed: " + volumes);
              }
            })
        .toCompletionStage()
        .toCompletableFuture();
  }

  private void send(Session now, IndexBatch batch, CompletableFuture<List<Outcome>> answer) {
    applier
        .apply(now, batch, true)
        .onSuccess(answer::complete)
        .onFailure(
            failure -> {
              noteStale(now, batch);
              // First the doubt, so that who hears of the failure finds it in effect.
              doubt(now, failure.getMessage());
              answer.completeExceptionally(failure);
            });
  }

  /** Redis may lack a batch that is durable: what it says of these names is not to be believed. */
  private void noteStale(Session known, IndexBatch batch) {
    if (known != null) {
      batch.entries().forEach(entry -> known.noteStale(entry, hash));
    }
  }

  /**
   * Whether the index was made past needles of which nothing is known: a name that a look-up does
   * not find may have been among them. So it stays until their volume is read again, at a start of
   * the node or by {@link #forget}, and tells everything.
   */
  public boolean hasHoles() {
    Session known = readable();
    return known != null && !known.holes().isEmpty();
  }

  public State state() {
    return state;
  }

  /** Why the state is what it is; empty when all is well. */
  public String detail() {
    return detail;
  }

  /** What {@code /_/stats} shows of the index. */
  public JsonObject stats() {
    return IndexStats.of(state, detail, session, log, cache)
        .put("name_filter", newNames.stats(session));
  }

  /** Whether Redis is there, claimed or not; for tests. */
  boolean connected() {
    return link.connected();
  }

  /** Ends it; look-ups and batches fail from then on. */
  public Future<Void> close() {
    closed = true;
    return link.close();
  }

  private void begin() {
    if (closed || !link.connected()) {
      return;
    }
    Session fresh = new Session(link.generation());
    Session last = session;
    session = fresh;
    if (last != null) {
      over(last);
    }
    if (state != State.REFUSED) {
      become(State.RECOVERING, "asking Redis what it has");
    }
    keyspace
        .claim(link, fresh.epoch())
        .onSuccess(claimed -> claimed(fresh, claimed))
        .onFailure(failure -> notClaimed(fresh, failure));
  }

  private void claimed(Session now, Keyspace.Claimed found) {
    if (session != now || now.over()) {
      return;
    }
    lapsed = null;
    if (!found.whole() && !log.complete()) {
      notClaimed(
          now,
          new Keyspace.RefusedException(
              "the index in Redis at "
                  + link.server()
                  + " is empty or was not made to its end, and an index made from only some of the"
                  + " node's directories would forget photos and deletes ("
                  + String.join("; ", log.missing())
                  + "): bring the directory back, or restore Redis, and start the node again"));
      return;
    }
    now.claimed(found);
    become(State.RECOVERING, "catching up with the volumes");
    started.tryComplete();
    try {
      blocking.execute(() -> catchUp(now));
    } catch (RejectedExecutionException e) {
      again(now, "no thread to catch up on");
    }
  }

  private void notClaimed(Session now, Throwable failure) {
    if (session != now || now.over()) {
      return;
    }
    if (failure instanceof Keyspace.RefusedException) {
      if (state != State.REFUSED) {
        LOG.error("the index is refused: {}", failure.getMessage());
      }
      become(State.REFUSED, failure.getMessage());
      started.tryFail(new BackpackException(ErrorCode.INDEX_UNAVAILABLE, failure.getMessage()));
    } else {
      started.tryComplete();
    }
    again(now, failure.getMessage());
  }

  private void catchUp(Session now) {
    CatchUp work = new CatchUp(link, keyspace, applier, hash, log, now, settings.timeout());
    try {
      work.run(caughtUp.compareAndSet(false, true), () -> finish(now));
    } catch (IOException | RuntimeException e) {
      // Whatever it is, the only way on is to look again later, and to say so.
      LOG.debug("catching up failed", e);
      doubt(now, "catching up failed: " + e.getMessage());
    } catch (Throwable e) {
      LOG.error("catching up failed", e);
      doubt(now, "catching up failed: " + e);
    }
  }

  private boolean finish(Session now) {
    newNames.prepare(now);
    synchronized (order) {
      if (!now.becomeReady()) {
        return false;
      }
      for (Session.Held held : now.release()) {
        IndexBatch batch = held.batch();
        long from = applier.normalised(batch.volume(), batch.from());
        if (from < now.checkpoints().getOrDefault(batch.volume(), 0L)) {
          // It came in time to be replayed, but what became of it was not kept.
          held.answer().completeExceptionally(Lookups.unknown(now));
        } else {
          send(now, batch, held.answer());
        }
      }
    }
    link.run(
        () -> {
          if (session == now && now.ready()) {
            become(State.READY, "");
            LOG.info("the index is ready: {} photos", now.shape().photos());
            newNames.fill(now);
          }
        });
    return true;
  }

  private void disconnected() {
    // Also when Redis froze before it answered the claim: the node starts without it.
    started.tryComplete();
    Session last = session;
    if (last != null) {
      over(last);
    }
    if (state != State.REFUSED) {
      become(State.DISCONNECTED, "Redis at " + link.server() + " is away");
    }
  }

  /** Something shows that Redis is not what this session takes it for. */
  private void doubt(Session now, String reason) {
    link.run(() -> again(now, reason));
  }

  private void again(Session now, String reason) {
    if (session != now || now.over()) {
      return;
    }
    over(now);
    if (state != State.REFUSED) {
      if (!reason.equals(lastReason)) {
        LOG.warn("the index must catch up again: {}", reason);
        lastReason = reason;
      }
      become(State.RECOVERING, reason);
    }
    if (now.ageNanos() > CALM_NANOS && state != State.REFUSED) {
      backoff.reset();
    }
    // Also right after a long calm: a Redis that is in trouble is not helped by haste.
    vertx.setTimer(
        backoff.next(),
        id ->
            link.run(
                () -> {
                  if (session == now) {
                    begin();
                  }
                }));
  }

  /** A Redis that takes no writes (out of memory, no room to save) refuses the claim, not reads. */
  private Session readable() {
    Session now = session;
    Session last = lapsed;
    return last == null || now.serving() ? now : last;
  }

  private void over(Session last) {
    last.end();
    if (last.serving()) {
      lapsed = last;
    }
    last.release().forEach(held -> held.answer().completeExceptionally(Lookups.unknown(last)));
  }

  private void become(State next, String why) {
    state = next;
    detail = why;
  }
}
