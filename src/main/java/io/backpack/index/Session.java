package io.backpack.index;

import io.backpack.volume.IndexBatch;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleIndex.Outcome;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One claim of the keyspace, from the connect (or the doubt) that made it necessary until the next:
 * what is known of Redis holds for this time only. Safe for use by any thread.
 */
final class Session {
  /** Names that may be stale, while catching up; beyond it all names are. */
  private static final int MAX_STALE = 4_000_000;

  /** Batches that wait for the last step of a catch-up. */
  private static final int MAX_HELD = 4096;

  private static final SecureRandom RANDOM = new SecureRandom();

  private final String epoch;
  private final long generation;
  private final long begunNanos = System.nanoTime();
  private final LongSet stale = new LongSet(MAX_STALE);
  private final Map<Integer, Long> checkpoints = new ConcurrentHashMap<>();
  private final Set<Integer> holes = ConcurrentHashMap.newKeySet();
  private final AtomicLong replayed = new AtomicLong();
  private volatile long toReplay;
  private volatile Keyspace.Shape shape = Keyspace.Shape.EMPTY;
  private volatile Phase phase = Phase.CLAIMING;
  private volatile NameFilter names;

  // Guarded by this.
  private final List<Held> held = new ArrayList<>();
  private boolean holding;
  private boolean refusedSome;

  /** How far it has come. */
  enum Phase {
    /** Nothing is known. */
    CLAIMING,
    /** The keyspace is ours; what is stale in it is not known yet. */
    CLAIMED,
    /** What is found and not stale holds. */
    SERVING,
    /** Everything is known. */
    READY,
    /** It served, and does for reads until the next claim: what it knew was stale still is. */
    LAPSED,
    /** Nothing is known any more. */
    OVER
  }

  /** A batch that came in the last step of the catch-up. */
  record Held(IndexBatch batch, CompletableFuture<List<Outcome>> answer) {}

  /** What becomes of a batch now. */
  enum Admission {
    SEND,
    HELD,
    REFUSED
  }

  /**
   * @param generation of the connection, see {@link io.backpack.redis.RedisLink#generation()}
   */
  Session(long generation) {
    byte[] random = new byte[8];
    RANDOM.nextBytes(random);
    this.epoch = HexFormat.of().formatHex(random);
    this.generation = generation;
  }

  String epoch() {
    return epoch;
  }

  long generation() {
    return generation;
  }

  long ageNanos() {
    return System.nanoTime() - begunNanos;
  }

  Phase phase() {
    return phase;
  }

  boolean over() {
    return phase == Phase.OVER || phase == Phase.LAPSED;
  }

  boolean ready() {
    return phase == Phase.READY;
  }

  boolean serving() {
    return phase == Phase.SERVING || phase == Phase.READY || phase == Phase.LAPSED;
  }

  Keyspace.Shape shape() {
    return shape;
  }

  void shape(Keyspace.Shape now) {
    shape = now;
  }

  Map<Integer, Long> checkpoints() {
    return checkpoints;
  }

  /** Redis has forgotten how far these volumes are applied, and what of them is not known. */
  void forgotten(Collection<Integer> volumes) {
    checkpoints.keySet().removeAll(volumes);
    holes.removeAll(volumes);
  }

  /** Volumes that were applied past needles of which nothing is known. */
  Set<Integer> holes() {
    return holes;
  }

  AtomicLong replayed() {
    return replayed;
  }

  long toReplay() {
    return toReplay;
  }

  void toReplay(long entries) {
    toReplay = entries;
  }

  synchronized void claimed(Keyspace.Claimed found) {
    shape = found.shape();
    checkpoints.putAll(found.checkpoints());
    holes.addAll(found.holes());
    advance(Phase.CLAIMING, Phase.CLAIMED);
  }

  /** What is stale is known now. */
  synchronized void serve() {
    advance(Phase.CLAIMED, Phase.SERVING);
  }

  private void advance(Phase from, Phase to) {
    if (phase == from) {
      phase = to;
    }
  }

  boolean isStale(long hash) {
    return stale.mayContain(hash);
  }

  /**
   * Has a filter kept of the names that may be in Redis, from now on: set before the session writes
   * anything but what catches up.
   */
  void names(NameFilter filter) {
    names = filter;
  }

  /** The filter of names; null when there is none. */
  NameFilter names() {
    return names;
  }

  /** Whether Redis certainly has nothing under the hash. */
  boolean excludes(long hash) {
    NameFilter filter = names;
    return filter != null && ready() && filter.excludes(hash);
  }

  /** Notes that names are about to be sent to Redis, whatever becomes of it. */
  void writing(long[] hashes) {
    NameFilter filter = names;
    if (filter != null) {
      filter.add(hashes);
    }
  }

  /** Notes which names an entry that Redis lacks makes stale. */
  void noteStale(NeedleEntry entry, NameHash hash) {
    if (entry.tombstone() || entry.supersedes()) {
      stale.add(hash.of(entry.name()));
    }
  }

  /**
   * Decides on a batch that the engine has made durable.
   *
   * @param answer kept when the batch is held
   */
  synchronized Admission admit(IndexBatch batch, CompletableFuture<List<Outcome>> answer) {
    if (phase == Phase.READY) {
      return Admission.SEND;
    }
    if (!over() && holding && held.size() < MAX_HELD) {
      held.add(new Held(batch, answer));
      return Admission.HELD;
    }
    refusedSome = true;
    return Admission.REFUSED;
  }

  /** From now on batches wait rather than being refused; what was refused before is forgotten. */
  synchronized void hold() {
    holding = true;
    refusedSome = false;
  }

  /**
   * Ends the catch-up, unless a batch was refused since {@link #hold}: it is durable, and the log
   * must be looked at once more.
   *
   * @return whether it has ended
   */
  synchronized boolean becomeReady() {
    if (over() || refusedSome) {
      return false;
    }
    phase = Phase.READY;
    stale.clear(); // All of it is applied; after millions of deletes it is large.
    return true;
  }

  /** The batches that waited, once. */
  synchronized List<Held> release() {
    List<Held> waited = List.copyOf(held);
    held.clear();
    holding = false;
    return waited;
  }

  /** Nothing of it holds any more. */
  synchronized void end() {
    phase = serving() ? Phase.LAPSED : Phase.OVER;
    names = null;
  }
}
