package io.backpack.volume;

import java.io.IOException;
import java.util.Optional;

/**
 * How much of an index log can be believed after a stop: what its last mark vouches for. When the
 * disk refuses to be read on, what was read until then counts. For one thread.
 */
final class BelievedLog {
  private long durable;
  private long end = Volume.START;
  private long needles;
  private long position = Superblock.SIZE;

  /**
   * @param durable length of the volume that is known to be synced without the log
   */
  BelievedLog(long durable) {
    this.durable = durable;
  }

  void read(VolumeFile file, Superblock superblock) throws IOException {
    Optional<IndexLogReader> opened = IndexLogReader.of(file, superblock);
    if (opened.isEmpty()) {
      return;
    }
    IndexLogReader reader = opened.get();
    long seen = 0;
    for (Optional<IndexLogRecord> record = reader.next();
        record.isPresent();
        record = reader.next()) {
      if (record.get() instanceof IndexLogRecord.Entry) {
        seen++;
      } else if (record.get() instanceof IndexLogRecord.Mark mark) {
        durable = Math.max(durable, mark.durable());
      }
      if (reader.volumeEnd() <= durable) {
        needles = seen;
        end = reader.volumeEnd();
        position = reader.position();
      }
    }
  }

  /** Length of the volume that is known to be synced. */
  long durable() {
    return durable;
  }

  /** End of the last needle, or gap, that is believed. */
  long end() {
    return end;
  }

  /** Needles up to there. */
  long needles() {
    return needles;
  }

  /** End of what is believed, in the log. */
  long position() {
    return position;
  }
}
