package io.backpack.index;

import io.backpack.api.Held;
import io.backpack.volume.IndexBatch;
import io.backpack.volume.NeedleEntry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Entries of a long replay, gathered in the order of the volumes and given out so that those of one
 * bucket, and those of one slot of the sums, follow each other; those of one name stay in their
 * order. 38 bytes an entry. For one thread.
 */
final class ReplayChunk {
  private static final int FIRST_CAPACITY = 1 << 14;
  private static final int SLOT_BITS = Integer.numberOfTrailingZeros(Held.SLOTS);

  /** As many as the number of a bucket has at most. */
  private static final int MAX_BUCKET_BITS = 31;

  private final Map<Integer, Stretch> stretches = new LinkedHashMap<>();
  private final List<NeedleEntry> collided = new ArrayList<>();
  private ByteBuffer plain = ByteBuffer.allocate(FIRST_CAPACITY * BatchCodec.KEPT);
  private long[] order = {};
  private int given;

  /** What of a volume is in the chunk. */
  record Stretch(long from, long to) {}

  /**
   * Some entries on their way.
   *
   * @param hashes of their names
   */
  @SuppressWarnings("ArrayRecordComponent") // Made to be sent once, never compared.
  record Piece(BatchCodec.Encoded entries, long[] hashes) {}

  /** Takes the next stretch of a volume. */
  void add(IndexBatch batch, NameHash hash) {
    for (NeedleEntry entry : batch.entries()) {
      if (entry.collided()) {
        collided.add(entry);
      } else {
        grow();
        BatchCodec.keep(plain, entry, hash.of(entry.name()));
      }
    }
    stretches.merge(
        batch.volume(),
        new Stretch(batch.from(), batch.to()),
        (known, next) -> new Stretch(known.from, next.to));
  }

  private void grow() {
    if (plain.remaining() < BatchCodec.KEPT) {
      plain = ByteBuffer.allocate(plain.capacity() * 2).put(plain.flip());
    }
  }

  int size() {
    return count() + collided.size();
  }

  private int count() {
    return plain.position() / BatchCodec.KEPT;
  }

  Map<Integer, Stretch> stretches() {
    return stretches;
  }

  /** Nothing more is added: sorts it by the slots and the buckets of a shape. */
  void sort(Keyspace.Shape shape) {
    boolean slotsHaveBuckets = shape.buckets() >= Held.SLOTS;
    order = new long[count()];
    for (int i = 0; i < order.length; i++) {
      long hash = hashAt(i);
      long bucket = shape.bucket(hash);
      int slot = Held.slot(hash);
      // Whichever of the two is divided into the other comes first; 31 bits are enough for both.
      long place =
          slotsHaveBuckets
              ? (long) slot << MAX_BUCKET_BITS - SLOT_BITS | bucket >>> SLOT_BITS
              : bucket << SLOT_BITS | slot;
      order[i] = place << Integer.SIZE | i;
    }
    Arrays.sort(order);
  }

  /** The next entries, each once, after {@link #sort}; nothing when all were given. */
  Optional<Piece> next(int most, NameHash hash) {
    int first = given;
    int size = Math.min(most, first < order.length ? order.length - first : size() - first);
    given += size;
    if (size == 0) {
      return Optional.empty();
    }
    return Optional.of(
        first < order.length
            ? plainPiece(first, size)
            : collidedPiece(first - order.length, size, hash));
  }

  private Piece plainPiece(int first, int size) {
    ByteBuffer out = ByteBuffer.allocate(size * BatchCodec.PLAIN);
    SumChanges sums = new SumChanges();
    byte[] kept = new byte[BatchCodec.KEPT];
    long[] hashes = new long[size];
    for (int i = 0; i < size; i++) {
      int entry = (int) order[first + i];
      plain.get(entry * BatchCodec.KEPT, kept);
      BatchCodec.complete(out, kept, sums);
      hashes[i] = hashAt(entry);
    }
    return new Piece(new BatchCodec.Encoded(out.array(), sums), hashes);
  }

  private long hashAt(int entry) {
    return plain.getLong(entry * BatchCodec.KEPT + BatchCodec.HASH);
  }

  private Piece collidedPiece(int first, int size, NameHash hash) {
    List<NeedleEntry> some = collided.subList(first, first + size);
    long[] hashes = some.stream().mapToLong(entry -> hash.of(entry.name())).toArray();
    return new Piece(BatchCodec.encode(some, hashes), hashes);
  }

  /** Makes it empty, for the next entries. */
  void clear() {
    stretches.clear();
    collided.clear();
    plain.clear();
    order = new long[0];
    given = 0;
  }
}
