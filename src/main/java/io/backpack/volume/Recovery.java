package io.backpack.volume;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a volume that was being written, and its index log, back to a known end. The log is
 * believed up to its last mark, which was written when the volume was synced that far; from there
 * on every needle is read and verified, and the log is written anew. A disk that is full leaves the
 * log short, which costs no reads: who replays takes the rest from the volume.
 *
 * <p>What no sound needle follows and nothing says was durable is the write that the stop cut off;
 * it is left behind the new end. Everything else that is not sound is damage.
 */
final class Recovery {
  /**
   * What was found.
   *
   * @param length end of the last needle
   * @param logLength end of the index log when it describes all of the volume now; nothing when the
   *     disk refused to take it, and it must not be gone on with
   * @param torn bytes behind {@code length} that are no needle
   */
  record Result(long length, long needles, OptionalLong logLength, long torn) {}

  private record Pending(long from, long to, Optional<NeedleEntry> entry) {}

  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private final Disk disk;
  private final Volume volume;
  private final DamageReport damage;
  private final boolean readOnly;
  private final Deque<Pending> pending = new ArrayDeque<>();
  private long durable;
  private long end = Volume.START;
  private long needles;
  private Optional<IndexLogWriter> log = Optional.empty();
  private long logEnd = Superblock.SIZE;

  /** The disk refused reads. The log ends there, so that a later replay tries them again. */
  private boolean blind;

  /**
   * @param durable what the manifest says was synced
   * @param readOnly the index log is read and not written
   */
  Recovery(Disk disk, Volume volume, long durable, DamageReport damage, boolean readOnly) {
    this.disk = disk;
    this.volume = volume;
    this.durable = durable;
    this.damage = damage;
    this.readOnly = readOnly;
  }

  Result run() throws IOException {
    Path logFile = Volume.logFile(volume.dir(), volume.id());
    try (VolumeFile file = Files.exists(logFile) ? open(logFile) : create(logFile)) {
      if (file != null) {
        readLog(file);
        log = readOnly ? Optional.empty() : goOn(file);
      }
      scan();
      write(new IndexLogRecord.Mark(end));
      OptionalLong logLength = finishLog() ? OptionalLong.of(file.size()) : OptionalLong.empty();
      return new Result(end, needles, logLength, Math.max(0, volume.fileSize() - end));
    }
  }

  private VolumeFile open(Path logFile) throws IOException {
    return readOnly ? disk.openForReading(logFile) : disk.open(logFile);
  }

  /**
   * Reads what the log does not vouch for. Not from memory, where the file system lets us: after a
   * failed sync the kernel still shows there what it will never write.
   */
  private void scan() throws IOException {
    long fileEnd = Math.max(end, volume.fileSize() & -(long) Location.ALIGNMENT);
    if (fileEnd > end) {
      try (VolumeFile file = disk.openUncached(Volume.file(volume.dir(), volume.id()))) {
        VolumeScan scan =
            new VolumeScan(volume, (into, position) -> Bytes.readFully(file, into, position));
        scan.run(end, fileEnd, durable, sink(scan));
        if (scan.blind()) {
          durable = Math.max(durable, fileEnd); // Nobody knows that it was cut off.
        }
      }
    }
    settleTail();
  }

  private VolumeFile create(Path logFile) {
    if (readOnly) {
      return null;
    }
    try {
      return disk.create(logFile);
    } catch (IOException e) {
      logFailed(e);
      return null;
    }
  }

  /** The writer behind what is believed; what cannot be believed is gone in any case. */
  private Optional<IndexLogWriter> goOn(VolumeFile file) throws IOException {
    if (logEnd > Superblock.SIZE) {
      return Optional.of(new IndexLogWriter(file, volume.superblock().salt(), logEnd));
    }
    try {
      return Optional.of(IndexLogWriter.begin(file, volume.superblock()));
    } catch (IOException e) {
      logFailed(e);
      file.truncate(0);
      return Optional.empty();
    }
  }

  private void write(IndexLogRecord record) {
    try {
      if (log.isPresent() && !blind) {
        log.get().add(record);
      }
    } catch (IOException e) {
      logFailed(e);
    }
  }

  /** Whether the log is whole. */
  private boolean finishLog() {
    try {
      if (log.isPresent()) {
        log.get().force();
      }
    } catch (IOException e) {
      logFailed(e);
    }
    return log.isPresent() && !blind && !log.get().broken();
  }

  private void logFailed(IOException e) {
    LOG.warn(
        "cannot write the index log of {}, its volume will be read instead: {}",
        Volume.file(volume.dir(), volume.id()),
        e.getMessage());
  }

  /** Finds how far the log can be believed. */
  private void readLog(VolumeFile file) {
    try {
      believe(file);
    } catch (IOException e) {
      LOG.warn(
          "cannot read all of the index log of {}, its volume is read instead: {}",
          Volume.file(volume.dir(), volume.id()),
          e.getMessage());
    }
  }

  private void believe(VolumeFile file) throws IOException {
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

  private VolumeScan.Sink sink(VolumeScan scan) {
    return new VolumeScan.Sink() {
      @Override
      public boolean needle(NeedleEntry entry, long durableBefore) {
        blind = scan.blind();
        durable = Math.max(durable, durableBefore);
        for (Pending gap = pending.poll(); gap != null; gap = pending.poll()) {
          settle(gap);
        }
        keep(entry);
        return true;
      }

      @Override
      public void gap(long from, long to, Optional<NeedleEntry> entry) {
        blind = scan.blind();
        pending.add(new Pending(from, to, entry));
      }
    };
  }

  private void keep(NeedleEntry entry) {
    write(new IndexLogRecord.Entry(entry));
    needles++;
    end = entry.location().end();
  }

  /**
   * These bytes are inside the volume: a sound needle follows, or they are known to be durable.
   * What was not durable yet when the needles behind it were written belongs to the same write as
   * they do, the one that the stop cut off: the disk took parts of it in an order of its own.
   */
  private void settle(Pending gap) {
    boolean wasDurable = gap.from < durable;
    String reason = blind ? "unreadable" : "damaged after it was synced";
    if (wasDurable && gap.entry.isPresent()) {
      NeedleEntry entry = gap.entry.get();
      damage.add(
          Damage.ofNeedle(volume.dir(), entry.location(), reason)
              .named(entry.name(), entry.version()));
      keep(entry); // Known, so that the node answers "damaged" and not "no such photo".
      return;
    }
    if (wasDurable || blind) {
      damage.add(new Damage(volume.id(), volume.dir(), gap.from, gap.to - gap.from, reason));
    } else {
      LOG.warn(
          "{}: {} bytes at {} were never synced and are not whole",
          Volume.file(volume.dir(), volume.id()),
          gap.to - gap.from,
          gap.from);
    }
    write(new IndexLogRecord.Gap(gap.from, gap.to));
    end = gap.to;
  }

  /** Nothing sound follows: up to the durable length it is damage, beyond it was never finished. */
  private void settleTail() {
    for (Pending gap = pending.poll(); gap != null && gap.from < durable; gap = pending.poll()) {
      boolean whole = gap.entry.isPresent() || gap.to <= durable;
      settle(whole ? gap : new Pending(gap.from, durable, Optional.empty()));
    }
    if (end < durable) {
      // The file is too short; its opener reports it.
      write(new IndexLogRecord.Gap(end, durable));
      end = durable;
    }
  }
}
