package io.backpack.index;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
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
 *   entry:    1 flags (1 collided), 21 value, then
 *             8 hash, or for a collided one 2 length of the name, the name
 *   outcome:  1 won (1) or lost (0), 8 version that stands
 * </pre>
 */
final class BatchCodec {
  private static final int COLLIDED = 1;
  private static final int HEAD = 1 + IndexValue.BYTES;
  private static final int OUTCOME = 1 + Long.BYTES;

  /** An entry that is not collided. */
  static final int PLAIN = HEAD + Long.BYTES;

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
   * @param hashes of the entries' names
   */
  static byte[] encode(List<NeedleEntry> entries, long[] hashes) {
    int size = 0;
    for (NeedleEntry entry : entries) {
      size += HEAD + (entry.collided() ? Short.BYTES + entry.name().length() : Long.BYTES);
    }
    ByteBuffer out = ByteBuffer.allocate(size);
    for (int i = 0; i < hashes.length; i++) {
      encode(out, entries.get(i), hashes[i]);
    }
    return out.array();
  }

  /** Writes one entry; {@link #PLAIN} bytes unless it is collided. */
  static void encode(ByteBuffer out, NeedleEntry entry, long hash) {
    out.put((byte) (entry.collided() ? COLLIDED : 0));
    IndexValue.write(out, entry.version(), entry.tombstone(), entry.generation(), entry.location());
    if (entry.collided()) {
      out.putShort((short) entry.name().length());
      out.put(entry.name().utf8());
    } else {
      out.putLong(hash);
    }
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
