package io.backpack.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Reads an index log from its start for as long as it is whole: every record has its checksum, and
 * each begins in the volume where the one before ended. Blocks; for one thread.
 */
final class IndexLogReader {
  private static final int WINDOW = 256 << 10;

  private final VolumeFile file;
  private final Superblock volume;
  private final ByteBuffer window = Bytes.allocate(WINDOW);
  private long windowAt;
  private long position = Superblock.SIZE;
  private long volumeEnd = Volume.START;
  private long entries;

  private IndexLogReader(VolumeFile file, Superblock volume) {
    this.file = file;
    this.volume = volume;
  }

  /** Nothing when the log is not that of the volume, or its first bytes are damaged. */
  static Optional<IndexLogReader> of(VolumeFile file, Superblock volume) throws IOException {
    IndexLogReader reader = new IndexLogReader(file, volume);
    reader.window.limit(0);
    boolean ours =
        reader.load(0, Superblock.SIZE)
            && Superblock.decode(reader.window, Superblock.LOG_MAGIC)
                .filter(volume::equals)
                .isPresent();
    return ours ? Optional.of(reader) : Optional.empty();
  }

  /**
   * Whether the log is that of the volume and ends with the mark that an orderly stop left there.
   * What lies between is not looked at.
   *
   * @param durable where the volume ended then
   */
  static boolean endsInOrder(VolumeFile file, Superblock volume, long durable) throws IOException {
    long last = file.size() - IndexLogRecord.MARK_LENGTH;
    if (last < Superblock.SIZE || of(file, volume).isEmpty()) {
      return false;
    }
    ByteBuffer bytes = Bytes.allocate(IndexLogRecord.MARK_LENGTH);
    Bytes.readFully(file, bytes, last);
    return IndexLogRecord.decode(bytes.flip(), volume.id(), volume.salt(), last)
        .filter(new IndexLogRecord.Mark(durable)::equals)
        .isPresent();
  }

  /** The next record; nothing at the end of what is whole. */
  Optional<IndexLogRecord> next() throws IOException {
    if (!load(position, IndexLogRecord.HEAD)) {
      return Optional.empty();
    }
    int length = window.getInt((int) (position - windowAt));
    if (length <= IndexLogRecord.HEAD + IndexLogRecord.CRC_BYTES
        || length > IndexLogRecord.MAX_LENGTH
        || !load(position, length)) {
      return Optional.empty();
    }
    Optional<IndexLogRecord> record =
        IndexLogRecord.decode(
            Bytes.slice(window, (int) (position - windowAt), length),
            volume.id(),
            volume.salt(),
            position);
    if (record.isEmpty() || !follows(record.get())) {
      return Optional.empty();
    }
    position += length;
    return record;
  }

  /**
   * Passes over the entries of needles that end at or before an offset in the volume, and over the
   * marks among them: a fraction of the work of {@link #next}, which says what follows. Ends before
   * a gap, before a mark beyond the offset, and where the log is not whole.
   */
  void passOver(long offset) throws IOException {
    while (load(position, IndexLogRecord.HEAD)) {
      int at = (int) (position - windowAt);
      int length = window.getInt(at);
      byte kind = window.get(at + IndexLogRecord.HEAD - 1);
      boolean mark = kind == IndexLogRecord.MARK && length == IndexLogRecord.MARK_LENGTH;
      boolean entry =
          (kind == IndexLogRecord.ENTRY || kind == IndexLogRecord.LATER_ENTRY)
              && length > IndexLogRecord.ENTRY_FIXED + IndexLogRecord.CRC_BYTES
              && length <= IndexLogRecord.MAX_LENGTH;
      if (!mark && !entry || !load(position, length)) {
        return;
      }
      at = (int) (position - windowAt);
      long from = entry ? IndexLogRecord.offset(window, at) : volumeEnd;
      long to = entry ? from + IndexLogRecord.length(window, at) : volumeEnd;
      boolean beyond = mark ? IndexLogRecord.durable(window, at) > offset : to > offset;
      if (beyond
          || from != volumeEnd
          || !IndexLogRecord.sound(window, at, length, volume.salt(), position)) {
        return;
      }
      volumeEnd = to;
      position += length;
      entries += entry ? 1 : 0;
    }
  }

  private boolean follows(IndexLogRecord record) {
    if (record instanceof IndexLogRecord.Entry one) {
      Location location = one.entry().location();
      if (location.offset() != volumeEnd) {
        return false;
      }
      volumeEnd = location.end();
      entries++;
    } else if (record instanceof IndexLogRecord.Gap gap) {
      if (gap.from() != volumeEnd || gap.to() <= gap.from()) {
        return false;
      }
      volumeEnd = gap.to();
    }
    return true;
  }

  /** How many entries there were up to here. */
  long entries() {
    return entries;
  }

  /** Offset in the log after the last record that was returned. */
  long position() {
    return position;
  }

  /** Offset in the volume after what the last record describes. */
  long volumeEnd() {
    return volumeEnd;
  }

  private boolean load(long from, int length) throws IOException {
    if (from >= windowAt && from + length <= windowAt + window.limit()) {
      return true;
    }
    windowAt = from;
    window.clear();
    while (window.hasRemaining()) {
      int count = file.read(window, windowAt + window.position());
      if (count < 0) {
        break;
      }
    }
    window.flip();
    return window.limit() >= length;
  }
}
