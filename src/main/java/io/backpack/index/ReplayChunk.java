package io.backpack.index;

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
 * Entries of a long replay, gathered in the order of the volumes and given out in the order of the
 * buckets; those of one name stay in their order. 38 bytes an entry. For one thread.
 */
final class ReplayChunk {
  private static final int FIRST_CAPACITY = 1 << 14;

  private final Map<Integer, Stretch> stretches = new LinkedHashMap<>();
  private final List<NeedleEntry> collided = new ArrayList<>();
  private ByteBuffer plain = ByteBuffer.allocate(FIRST_CAPACITY * BatchCodec.PLAIN);
  private long[] order = {};
  private int given;

  /** What of a volume is in the chunk. */
  record Stretch(long from, long to) {}

  /** Some entries on their way; who gets it owns it. */
  static final class Piece {
    private final byte[] entries;
    private final long[] hashes;

    private Piece(byte[] entries, long[] hashes) {
      this.entries = entries;
      this.hashes = hashes;
    }

    /** As {@code apply.lua} takes them. */
    byte[] entries() {
      return entries;
    }

    /** Of their names. */
    long[] hashes() {
      return hashes;
    }
  }

  /** Takes the next stretch of a volume. */
  void add(IndexBatch batch, NameHash hash) {
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
  }

  private void grow() {
    if (plain.remaining() < BatchCodec.PLAIN) {
      plain = ByteBuffer.allocate(plain.capacity() * 2).put(plain.flip());
    }
  }

  int size() {
    return count() + collided.size();
  }

  private int count() {
    return plain.position() / BatchCodec.PLAIN;
  }

  Map<Integer, Stretch> stretches() {
    return stretches;
  }

  /** Nothing more is added: sorts it by the buckets of a shape. */
  void sort(Keyspace.Shape shape) {
    order = new long[count()];
    for (int i = 0; i < order.length; i++) {
      order[i] = shape.bucket(hashAt(i)) << Integer.SIZE | i;
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
    byte[] bytes = new byte[size * BatchCodec.PLAIN];
    long[] hashes = new long[size];
    for (int i = 0; i < size; i++) {
      int entry = (int) order[first + i];
      plain.get(entry * BatchCodec.PLAIN, bytes, i * BatchCodec.PLAIN, BatchCodec.PLAIN);
      hashes[i] = hashAt(entry);
    }
    return new Piece(bytes, hashes);
  }

  private long hashAt(int entry) {
    return plain.getLong((entry + 1) * BatchCodec.PLAIN - Long.BYTES);
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
