package io.backpack.volume;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Brings a volume that was being written, and its index log, back to a known end. The log is
 * believed up to its last mark, which was written when the volume was synced that far; from there
 * on every needle is read and verified, and the log is written anew.
 *
 * <p>What no sound needle follows and nothing says was durable is the write that the stop cut off;
 * it is left behind the new end. Everything else that is not sound is damage.
 */
final class Recovery {
  /**
   * What was found.
   *
   * @param length end of the last needle
   * @param logLength end of the index log, which now describes all of the volume
   * @param torn bytes behind {@code length} that are no needle
   */
  record Result(long length, long needles, long logLength, long torn) {}

  private record Pending(long from, long to, Optional<NeedleEntry> entry) {}

  private final Disk disk;
  private final Volume volume;
  private final DamageReport damage;
  private final Deque<Pending> pending = new ArrayDeque<>();
  private long durable;
  private long end = Volume.START;
  private long needles;
  private IndexLogWriter log;
  private long logEnd = Superblock.SIZE;

  /**
   * @param durable what the manifest says was synced
   */
  Recovery(Disk disk, Volume volume, long durable, DamageReport damage) {
    this.disk = disk;
    this.volume = volume;
    this.durable = durable;
    this.damage = damage;
  }

  Result run() throws IOException {
    Path logFile = Volume.logFile(volume.dir(), volume.id());
    try (VolumeFile file = Files.exists(logFile) ? disk.open(logFile) : disk.create(logFile)) {
      readLog(file);
      log =
          logEnd == Superblock.SIZE
              ? IndexLogWriter.begin(file, volume.superblock())
              : new IndexLogWriter(file, volume.superblock().salt(), logEnd);
      long fileEnd = volume.fileSize() & -(long) Location.ALIGNMENT;
      new VolumeScan(volume).run(end, Math.max(end, fileEnd), durable, sink());
      settleTail();
      log.add(new IndexLogRecord.Mark(end));
      log.force();
      return new Result(end, needles, file.size(), Math.max(0, volume.fileSize() - end));
    }
  }

  /** Finds how far the log can be believed. */
  private void readLog(VolumeFile file) throws IOException {
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
        logEnd = reader.position();
      }
    }
  }

  private VolumeScan.Sink sink() {
    return new VolumeScan.Sink() {
      @Override
      public boolean needle(NeedleEntry entry, long durableBefore) throws IOException {
        durable = Math.max(durable, durableBefore);
        for (Pending gap = pending.poll(); gap != null; gap = pending.poll()) {
          settle(gap);
        }
        keep(entry);
        return true;
      }

      @Override
      public void gap(long from, long to, Optional<NeedleEntry> entry) {
        pending.add(new Pending(from, to, entry));
      }
    };
  }

  private void keep(NeedleEntry entry) throws IOException {
    log.add(new IndexLogRecord.Entry(entry));
    needles++;
    end = entry.location().end();
  }

  /** These bytes are inside the volume: a sound needle follows, or they are known to be durable. */
  private void settle(Pending gap) throws IOException {
    boolean wasDurable = gap.from < durable;
    damage.add(
        new Damage(
            volume.id(),
            volume.dir(),
            gap.from,
            gap.to - gap.from,
            wasDurable ? "damaged after it was synced" : "damaged, or a write that was cut off"));
    if (wasDurable && gap.entry.isPresent()) {
      keep(gap.entry.get()); // Known, so that the node answers "damaged" and not "no such photo".
    } else {
      log.add(new IndexLogRecord.Gap(gap.from, gap.to));
      end = gap.to;
    }
  }

  /** Nothing sound follows: up to the durable length it is damage, beyond it was never finished. */
  private void settleTail() throws IOException {
    for (Pending gap = pending.poll(); gap != null && gap.from < durable; gap = pending.poll()) {
      boolean whole = gap.entry.isPresent() || gap.to <= durable;
      settle(whole ? gap : new Pending(gap.from, durable, Optional.empty()));
    }
    if (end < durable) {
      log.add(
          new IndexLogRecord.Gap(end, durable)); // The file is too short; its opener reports it.
      end = durable;
    }
  }
}
