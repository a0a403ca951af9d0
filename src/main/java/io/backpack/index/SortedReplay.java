package io.backpack.index;

import io.backpack.volume.IndexBatch;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A long replay. Entries of one volume after the other are gathered, and go to Redis in the order
 * of their buckets: a bucket that gets several at once costs little more than one that gets a
 * single one. While one chunk is gathered, the one before it is sent. For one thread, which blocks.
 *
 * <p>The checkpoints follow when all entries of a chunk are applied. So a replay that is cut off
 * applies some entries again; that changes nothing but the count of dead bytes, in which some may
 * then be twice. Entries of one name keep their order.
 */
final class SortedReplay {
  /** Entries of a chunk; there are two: some 80 MB of heap while a replay lasts. */
  static final int CHUNK = 1 << 20;

  /** Entries in one call: a look-up waits behind at most a few of these. */
  static final int ENTRIES = 250;

  private final Applier applier;
  private final NameHash hash;
  private final Session session;
  private final CallWindow calls;
  private final int chunk;
  private ReplayChunk gathered = new ReplayChunk();
  private ReplayChunk sent = new ReplayChunk();

  /**
   * @param chunk entries that are sorted together
   */
  SortedReplay(Applier applier, NameHash hash, Session session, CallWindow calls, int chunk) {
    this.applier = applier;
    this.hash = hash;
    this.session = session;
    this.calls = calls;
    this.chunk = chunk;
  }

  /**
   * Takes the next stretch of a volume.
   *
   * @return false when the session is over
   */
  boolean add(IndexBatch batch) {
    gathered.add(batch, hash);
    // A little more than was taken: the chunk before is through when this one is full.
    boolean more = send(batch.entries().size() + ENTRIES);
    return gathered.size() < chunk ? more : turn();
  }

  /**
   * Applies what is gathered, then moves the checkpoints, and waits for both; unless the session is
   * over.
   */
  void flush() {
    if (turn()) {
      finish();
    }
  }

  private boolean turn() {
    if (!finish()) {
      return false;
    }
    ReplayChunk full = gathered;
    gathered = sent;
    sent = full;
    sent.sort(session.shape());
    return true;
  }

  /** Sends the rest of a chunk and moves the checkpoints over it. */
  private boolean finish() {
    boolean all = send(Integer.MAX_VALUE);
    calls.awaitAll();
    if (!all) {
      return false;
    }
    sent.stretches()
        .forEach(
            (volume, stretch) -> {
              IndexBatch passed = new IndexBatch(volume, stretch.from(), stretch.to(), List.of());
              calls.call(() -> applier.apply(session, passed, false), () -> {});
            });
    calls.awaitAll();
    sent.clear();
    return true;
  }

  /**
   * Sends so many entries, or all that are left.
   *
   * @return false when the session is over, and some may not have been sent
   */
  private boolean send(int entries) {
    int left = entries;
    while (left > 0) {
      if (session.over()) {
        return false;
      }
      Optional<ReplayChunk.Piece> piece = sent.next(ENTRIES, hash);
      if (piece.isEmpty()) {
        return true;
      }
      send(piece.get());
      left -= piece.get().hashes().length;
    }
    return true;
  }

  private void send(ReplayChunk.Piece piece) {
    // No checkpoint moves yet: that of any volume of the chunk tells that nothing came between.
    Map.Entry<Integer, ReplayChunk.Stretch> any = sent.stretches().entrySet().iterator().next();
    calls.call(
        () -> applier.applyAhead(session, any.getKey(), any.getValue().from(), piece),
        () -> session.replayed().addAndGet(piece.hashes().length));
  }
}
