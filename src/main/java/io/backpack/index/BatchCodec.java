package io.backpack.index;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.HeldSums;
import io.backpack.api.Version;
import io.backpack.volume.IndexBatch;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleIndex.Outcome;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes that go to {@code apply.lua} and come back.
 *
 * <pre>
 *   entry:    1 flags (1 collided, 2 counted), 21 value, 8 hash, 8 what it adds to the sum of its slot,
 *             for a collided one 2 length of the name, the name
 *   outcome:  1 won (1) or lost (0), 8 version that stands
 * </pre>
 */
final class BatchCodec {
  private static final int COLLIDED = 1;

  /** It is in the {@link SumChanges}. */
  private static final int COUNTED = 2;

  private static final int VERSION = 1;
  private static final int KIND = VERSION + Long.BYTES;
  private static final int HEAD = VERSION + IndexValue.BYTES;
  private static final int OUTCOME = 1 + Long.BYTES;

  /** Offset of the hash in an entry. */
  static final int HASH = HEAD;

  /** An entry that is not collided, without what it adds to a sum. */
  static final int KEPT = HASH + Long.BYTES;

  /** An entry that is not collided. */
  static final int PLAIN = KEPT + Long.BYTES;

  private BatchCodec() {}

  /**
   * The batch in pieces that Redis is busy with for no more than a few milliseconds each. A piece
   * ends where a needle ends, so that its end is a checkpoint.
   */
  static List<IndexBatch> pieces(IndexBatch batch, int maxEntries) {
    List<NeedleEntry> entries = batch.entries();
    if (entries.size() <= maxEntries) {
      return List.of(batch);
    }
    List<IndexBatch> pieces = new ArrayList<>();
    long from = batch.from();
    for (int first = 0; first < entries.size(); first += maxEntries) {
      int end = Math.min(entries.size(), first + maxEntries);
      long to = end == entries.size() ? batch.to() : entries.get(end - 1).location().end();
      pieces.add(new IndexBatch(batch.volume(), from, to, entries.subList(first, end)));
      from = to;
    }
    return pieces;
  }

  /**
   * Entries on their way.
   *
   * @param bytes as {@code apply.lua} takes them; who gets it owns it
   * @param sums what those among them add that are counted
   */
  @SuppressWarnings("ArrayRecordComponent") // Made to be sent once, never compared.
  record Encoded(byte[] bytes, SumChanges sums) {}

  /**
   * @param hashes of the entries' names
   */
  static Encoded encode(List<NeedleEntry> entries, long[] hashes) {
    int size = 0;
    for (NeedleEntry entry : entries) {
      size += PLAIN + (entry.collided() ? Short.BYTES + entry.name().length() : 0);
    }
    ByteBuffer out = ByteBuffer.allocate(size);
    SumChanges sums = new SumChanges();
    for (int i = 0; i < hashes.length; i++) {
      encode(out, entries.get(i), hashes[i], sums);
    }
    return new Encoded(out.array(), sums);
  }

  private static void encode(ByteBuffer out, NeedleEntry entry, long hash, SumChanges sums) {
    // A needle that was made again has the place of one that is counted, unless the index is new.
    boolean counted = entry.generation() == 0;
    long addend = HeldSums.of(hash, entry.version());
    if (counted) {
      sums.add(hash, entry.tombstone(), addend);
    }
    keep(out, entry, hash, counted);
    out.putLong(addend);
    if (entry.collided()) {
      out.putShort((short) entry.name().length());
      out.put(entry.name().utf8());
    }
  }

  /** Writes the first {@link #KEPT} bytes of an entry that will be counted. */
  static void keep(ByteBuffer out, NeedleEntry entry, long hash) {
    keep(out, entry, hash, true);
  }

  private static void keep(ByteBuffer out, NeedleEntry entry, long hash, boolean counted) {
    out.put((byte) ((entry.collided() ? COLLIDED : 0) | (counted ? COUNTED : 0)));
    IndexValue.write(out, entry.version(), entry.tombstone(), entry.generation(), entry.location());
    out.putLong(hash);
  }

  /** Completes an entry that was kept, and counts it. */
  static void complete(ByteBuffer out, byte[] kept, SumChanges sums) {
    ByteBuffer in = ByteBuffer.wrap(kept);
    long hash = in.getLong(HASH);
    long addend = HeldSums.of(hash, new Version(in.getLong(VERSION)));
    sums.add(hash, IndexValue.tombstone(kept[KIND]), addend);
    out.put(kept).putLong(addend);
  }

  static List<Outcome> outcomes(byte[] bytes, int count) {
    if (bytes.length != count * OUTCOME) {
      throw new BackpackException(ErrorCode.INDEX_UNAVAILABLE, "Redis answered with other bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    List<Outcome> outcomes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      outcomes.add(new Outcome(in.get() == 1, new Version(in.getLong())));
    }
    return outcomes;
  }
}
