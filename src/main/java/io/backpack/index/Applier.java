package io.backpack.index;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.redis.RedisLink;
import io.backpack.volume.IndexBatch;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleIndex.Outcome;
import io.backpack.volume.NeedleLog;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Sends batches to Redis and keeps the location cache and the filter of names true to them. Who
 * calls sees to it that the calls for one volume are made in order.
 */
final class Applier {
  /**
   * Entries in one call of the script: Redis answers nobody else meanwhile, about 5 microseconds an
   * entry.
   */
  static final int MAX_ENTRIES = 500;

  private final RedisLink link;
  private final Keyspace keyspace;
  private final NameHash hash;
  private final LocationCache cache;
  private final Map<Integer, Long> starts = new ConcurrentHashMap<>();
  private volatile NeedleLog log;

  Applier(RedisLink link, Keyspace keyspace, NameHash hash, LocationCache cache) {
    this.link = link;
    this.keyspace = keyspace;
    this.hash = hash;
    this.cache = cache;
  }

  void log(NeedleLog truth) {
    log = truth;
  }

  /** Takes note of where volumes begin. */
  void learn(List<NeedleLog.Extent> extents) {
    extents.forEach(extent -> starts.put(extent.volume(), extent.start()));
  }

  /**
   * A checkpoint at or before the first needle is 0, whichever of the two the log says, since a
   * volume that Redis has not heard of stands at 0.
   */
  long normalised(int volume, long checkpoint) {
    Long start = starts.get(volume);
    if (start == null && checkpoint > 0) {
      learn(log.extents());
      start = starts.get(volume);
    }
    return start != null && checkpoint <= start ? 0 : checkpoint;
  }

  long[] hashes(IndexBatch batch) {
    List<NeedleEntry> entries = batch.entries();
    long[] hashes = new long[entries.size()];
    for (int i = 0; i < hashes.length; i++) {
      hashes[i] = hash.of(entries.get(i).name());
    }
    return hashes;
  }

  /** Forgets in the cache what a batch is about. */
  void invalidate(IndexBatch batch) {
    forget(hashes(batch));
  }

  /**
   * Applies a batch, in pieces when it is large; they follow each other on the connection, so that
   * one that fails makes the rest fail.
   *
   * @param live keep what it makes current in the cache; a replay would push the useful ones out
   * @return an outcome per entry
   */
  Future<List<Outcome>> apply(Session session, IndexBatch batch, boolean live) {
    List<Future<List<Outcome>>> pieces = new ArrayList<>();
    for (IndexBatch piece : BatchCodec.pieces(batch, MAX_ENTRIES)) {
      pieces.add(applyPiece(session, piece, live));
    }
    if (pieces.size() == 1) {
      return pieces.get(0);
    }
    return Future.all(pieces)
        .map(
            all -> {
              List<Outcome> outcomes = new ArrayList<>(batch.entries().size());
              pieces.forEach(piece -> outcomes.addAll(piece.result()));
              return outcomes;
            });
  }

  private Future<List<Outcome>> applyPiece(Session session, IndexBatch piece, boolean live) {
    int volume = piece.volume();
    long from = normalised(volume, piece.from());
    long to = normalised(volume, piece.to());
    if (from == to && piece.entries().isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    long[] hashes = hashes(piece);
    forget(hashes);
    BatchCodec.Encoded entries = BatchCodec.encode(piece.entries(), hashes);
    session.writing(hashes);
    return keyspace
        .apply(link, session.epoch(), volume, from, to, entries, true)
        .map(
            answer -> {
              List<Outcome> outcomes = BatchCodec.outcomes(answer.get(6).toBytes(), hashes.length);
              session.shape(Keyspace.Shape.of(answer, 1));
              session.checkpoints().put(volume, to);
              applied(piece, hashes, outcomes, live);
              return outcomes;
            })
        .recover(
            failure -> {
              forget(hashes);
              return Future.failedFuture(unavailable(failure));
            });
  }

  /**
   * Applies entries of any volumes, and leaves all checkpoints where they are.
   *
   * @param volume any, which stands at {@code checkpoint}
   */
  Future<Void> applyAhead(Session session, int volume, long checkpoint, ReplayChunk.Piece piece) {
    forget(piece.hashes());
    session.writing(piece.hashes());
    long at = normalised(volume, checkpoint);
    return keyspace
        .apply(link, session.epoch(), volume, at, at, piece.entries(), false)
        .<Void>map(
            answer -> {
              session.shape(Keyspace.Shape.of(answer, 1));
              return null;
            })
        .recover(failure -> Future.failedFuture(unavailable(failure)))
        // Once more: a look-up may have been answered between the two.
        .onComplete(answer -> forget(piece.hashes()));
  }

  private void forget(long[] hashes) {
    for (long each : hashes) {
      cache.invalidate(each);
    }
  }

  private void applied(IndexBatch piece, long[] hashes, List<Outcome> outcomes, boolean live) {
    for (int i = 0; i < hashes.length; i++) {
      NeedleEntry entry = piece.entries().get(i);
      if (live && outcomes.get(i).won() && !entry.collided()) {
        cache.put(
            hashes[i],
            new Lookup(entry.version(), entry.tombstone(), entry.generation(), entry.location()));
      } else {
        cache.invalidate(hashes[i]);
      }
    }
  }

  /** Any failure to ask or tell Redis, as the caller of the index sees it. */
  static BackpackException unavailable(Throwable failure) {
    if (failure instanceof BackpackException known
        && (known.code() == ErrorCode.INDEX_UNAVAILABLE || known.code() == ErrorCode.OVERLOADED)) {
      return known;
    }
    return new BackpackException(
        ErrorCode.INDEX_UNAVAILABLE, "the index cannot be asked: " + failure.getMessage(), failure);
  }
}
