package io.backpack.volume;

import java.io.IOException;
import java.util.Optional;

/**
 * How far the index log of a volume that was being written can be believed: up to its last mark,
 * which was written when the volume was synced that far. Used once, by one thread.
 */
final class BelievedLog {
  private long durable;
  private long end = Volume.START;
  private long needles;
  private long logEnd = Superblock.SIZE;
  private Torn torn = Torn.NONE;

  /**
   * @param durable length of the volume that is known to be synced
   */
  BelievedLog(long durable) {
    this.durable = durable;
  }

  /** What was believed before the log could not be read stays. */
  void read(VolumeFile file, Superblock volume) throws IOException {
    Optional<IndexLogReader> opened = IndexLogReader.of(file, volume);
    if (opened.isEmpty()) {
      return;
    }
    IndexLogReader reader = opened.get();
    try {
      reader.passOver(durable);
    } finally {
      believe(reader);
    }
    Torn seenTorn = Torn.NONE;
    for (Optional<IndexLogRecord> record = reader.next();
        record.isPresent();
        record = reader.next()) {
      if (record.get() instanceof IndexLogRecord.Mark mark) {
        durable = Math.max(durable, mark.durable());
      } else if (record.get() instanceof IndexLogRecord.Gap gap && gap.from() >= durable) {
        seenTorn = seenTorn.and(gap.from(), gap.to()); // Damage follows a mark beyond it.
      }
      if (reader.volumeEnd() <= durable) {
        believe(reader);
        torn = seenTorn;
      }
    }
  }

  private void believe(IndexLogReader reader) {
    needles = reader.entries();
    end = reader.volumeEnd();
    logEnd = reader.position();
  }

  /** What is known to be synced now. */
  long durable() {
    return durable;
  }

  /** Up to here the log describes the volume. */
  long end() {
    return end;
  }

  long needles() {
    return needles;
  }

  /** End of what is believed, in the log. */
  long logEnd() {
    return logEnd;
  }

  /** What an earlier recovery found torn. */
  Torn torn() {
    return torn;
  }
}
