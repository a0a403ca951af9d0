package io.backpack.volume;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Finds the end of a volume that is open for appends, without writing a byte and beside a writer:
 * what {@link Recovery} would find if the node stopped now, except that what no sound needle
 * follows is taken for a write that is under way. Blocks; for one thread.
 */
final class UnwrittenEnd implements VolumeScan.Sink {
  private final Disk disk;
  private final Volume volume;
  private long durable;
  private long end = Volume.START;
  private long needles;

  /**
   * @param durable what the manifest says was synced
   */
  UnwrittenEnd(Disk disk, Volume volume, long durable) {
    this.disk = disk;
    this.volume = volume;
    this.durable = durable;
  }

  /** Sets the volume's length and count of needles. */
  void settle() throws IOException {
    if (volume.lost()) {
      return;
    }
    readLog();
    long fileEnd = volume.fileSize() & -(long) Location.ALIGNMENT;
    new VolumeScan(volume).run(end, Math.max(end, fileEnd), durable, this);
    volume.recovered(Math.max(end, durable), needles);
  }

  private void readLog() throws IOException {
    Path logFile = Volume.logFile(volume.dir(), volume.id());
    if (!Files.exists(logFile)) {
      return;
    }
    try (VolumeFile file = disk.openForReading(logFile)) {
      Optional<IndexLogReader> opened = IndexLogReader.of(file, volume.superblock());
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
        }
      }
    }
  }

  @Override
  public boolean needle(NeedleEntry entry, long durableBefore) {
    durable = Math.max(durable, durableBefore);
    needles++;
    end = entry.location().end();
    return true;
  }

  @Override
  public void gap(long from, long to, Optional<NeedleEntry> entry) {
    // Inside the volume only if a sound needle follows: that one moves the end.
  }
}
