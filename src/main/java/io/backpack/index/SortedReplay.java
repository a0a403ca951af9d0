package io.backpack.index;

import io.backpack.volume.IndexBatch;
import io.backpack.volume.NeedleEntry;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A long replay. Entries of one volume after the other are gathered, and go to Redis in the order
 * of their buckets: a bucket that gets several at once costs little more than one that gets a
 * single one. For one thread, which blocks.
 *
 * <p>The checkpoints follow when all entries of a chunk are applied. So a replay that is cut off
 * applies some entries again; that changes nothing but the count of dead bytes, in which some may
 * then be twice. Entries of one name keep their order.
 */
final class SortedReplay {
  /** Entries of a chunk: at 30 and 8 bytes each, some 40 MB of heap while a replay lasts. */
  static final int CHUNK = 1 << 20;

  /** Entries in one call: a look-up waits behind at most a few of these. */
  static final int ENTRIES = 250;

  private static final int FIRST_CAPACITY = 1 << 14;

  private final Applier applier;
  private final NameHash hash;
  private final Session session;
  private final CallWindow calls;
  private final int chunk;
  private final Map<Integer, Stretch> stretches = new LinkedHashMap<>();
  private final List<NeedleEntry> collided = new ArrayList<>();
  private ByteBuffer plain = ByteBuffer.allocate(FIRST_CAPACITY * BatchCodec.PLAIN);

  /** What of a volume is gathered. */
  private record Stretch(long from, long to) {}

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
    for (NeedleEntry entry : batch.entries()) {
      if (entry.collided()) {
        collided.add(entry);
      } else {
        grow();
        BatchCodec.encode(plain, entry, hash.of(entry.name()));
      }
    }
    stretches.merge(
        batch.volume(),
        new Stretch(batch.from(), batch.to()),
        (known, next) -> new Stretch(known.from, next.to));
    if (count() + collided.size() >= chunk) {
      flush();
    }
    return !session.over();
  }

  private void grow() {
    if (plain.remaining() < BatchCodec.PLAIN) {
      plain = ByteBuffer.allocate(plain.capacity() * 2).put(plain.flip());
    }
  }

  private int count() {
    return plain.position() / BatchCodec.PLAIN;
  }

  /**
   * Applies what is gathered, then moves the checkpoints, and waits for both; unless the session is
   * over.
   */
  void flush() {
    if (stretches.isEmpty()) {
      return;
    }
    boolean all = sendPlain() && sendCollided();
    calls.awaitAll();
    if (!all) {
      return;
    }
    stretches.forEach(
        (volume, stretch) -> {
          IndexBatch passed = new IndexBatch(volume, stretch.from, stretch.to, List.of());
          calls.call(() -> applier.apply(session, passed, false), () -> {});
        });
    calls.awaitAll();
    stretches.clear();
    collided.clear();
    plain.clear();
  }

  private boolean sendPlain() {
    int count = count();
    Keyspace.Shape shape = session.shape();
    long[] order = new long[count];
    for (int i = 0; i < count; i++) {
      order[i] = shape.bucket(hashAt(i)) << Integer.SIZE | i;
    }
    Arrays.sort(order);
    for (int first = 0; first < count; first += ENTRIES) {
      if (session.over()) {
        return false;
      }
      int size = Math.min(ENTRIES, count - first);
      byte[] bytes = new byte[size * BatchCodec.PLAIN];
      long[] hashes = new long[size];
      for (int i = 0; i < size; i++) {
        int from = (int) order[first + i];
        plain.get(from * BatchCodec.PLAIN, bytes, i * BatchCodec.PLAIN, BatchCodec.PLAIN);
        hashes[i] = hashAt(from);
      }
      send(bytes, hashes);
    }
    return true;
  }

  private long hashAt(int entry) {
    return plain.getLong((entry + 1) * BatchCodec.PLAIN - Long.BYTES);
  }

  private boolean sendCollided() {
    for (int first = 0; first < collided.size(); first += ENTRIES) {
      if (session.over()) {
        return false;
      }
      List<NeedleEntry> some = collided.subList(first, Math.min(collided.size(), first + ENTRIES));
      long[] hashes = some.stream().mapToLong(entry -> hash.of(entry.name())).toArray();
      send(BatchCodec.encode(some, hashes), hashes);
    }
    return true;
  }

  private void send(byte[] entries, long[] hashes) {
    Map.Entry<Integer, Stretch> any = stretches.entrySet().iterator().next();
    calls.call(
        () -> ahead(any.getKey(), any.getValue().from, entries, hashes),
        () -> session.replayed().addAndGet(hashes.length));
  }

  private Future<Void> ahead(int volume, long checkpoint, byte[] entries, long[] hashes) {
    return applier.applyAhead(session, volume, checkpoint, entries, hashes);
  }
}
