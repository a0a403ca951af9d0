package io.backpack.volume;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands the needles of a volume to a visitor: from the index log as far as that is whole, the rest
 * from the volume. Safe beside a writer, whose later needles it leaves out. For one thread.
 */
final class Replay {
  private static final Logger LOG = LoggerFactory.getLogger(Replay.class);
  private static final int BATCH = 2000;

  private final Disk disk;
  private final Volume volume;
  private final DamageReport damage;
  private final NeedleLog.Visitor visitor;
  private final long end;
  private final List<NeedleEntry> entries = new ArrayList<>(BATCH);
  private long visited;
  private long position = Volume.START;
  private boolean stopped;

  Replay(Disk disk, Volume volume, long from, DamageReport damage, NeedleLog.Visitor visitor) {
    this.disk = disk;
    this.volume = volume;
    this.damage = damage;
    this.visitor = visitor;
    this.visited = from;
    this.end = volume.length();
  }

  void run() throws IOException {
    if (visited >= end) {
      return;
    }
    fromLog();
    if (!stopped && position < end) {
      fromVolume(Math.max(position, Volume.START), end);
    }
    if (!stopped && visited < end) {
      visit(end);
    }
  }

  private void fromLog() throws IOException {
    Path file = Volume.logFile(volume.dir(), volume.id());
    if (!Files.exists(file)) {
      LOG.warn("{} is lost, the volume is read instead", file);
      return;
    }
    try (VolumeFile log = disk.openForReading(file)) {
      Optional<IndexLogReader> opened = IndexLogReader.of(log, volume.superblock());
      if (opened.isEmpty()) {
        LOG.warn("{} is damaged, the volume is read instead", file);
        return;
      }
      IndexLogReader reader = opened.get();
      reader.passOver(volume.torn().isEmpty() ? visited : Math.min(visited, volume.torn().from()));
      position = reader.volumeEnd();
      while (!stopped && position < end) {
        Optional<IndexLogRecord> record = reader.next();
        if (record.isEmpty()) {
          LOG.warn("{} ends at {}, the volume is read from there", file, position);
          return;
        }
        if (reader.volumeEnd() > end) {
          return; // Not what the volume holds: a write that failed after it was logged.
        }
        if (record.get() instanceof IndexLogRecord.Entry one) {
          if (one.entry().location().offset() == volume.torn().from()) {
            return; // Written before the stop; since then it would be a gap.
          }
          take(one.entry());
        }
        if (record.get() instanceof IndexLogRecord.Gap gap
            && !volume.torn().covers(gap.from(), gap.to())) {
          fromVolume(gap.from(), gap.to()); // What could not be read then may be readable now.
        }
        position = reader.volumeEnd();
      }
    } catch (IOException e) {
      if (stopped) {
        throw e;
      }
      LOG.warn("cannot read {}, the volume is read instead: {}", file, e.getMessage());
    }
  }

  private void fromVolume(long begin, long to) throws IOException {
    if (volume.lost()) {
      unknown(begin, to);
      return;
    }
    try (AsideReader source = volume.aside()) {
      scan(new VolumeScan(volume, source), begin, to);
    }
  }

  private void scan(VolumeScan volumeScan, long begin, long to) throws IOException {
    Torn torn = volume.torn();
    volumeScan.run(
        begin,
        to,
        torn.isEmpty() ? Long.MAX_VALUE : torn.from(),
        new VolumeScan.Sink() {
          @Override
          public boolean needle(NeedleEntry entry, long durableBefore) throws IOException {
            take(entry);
            return !stopped;
          }

          @Override
          public void gap(long from, long to, Optional<NeedleEntry> entry) throws IOException {
            if (torn.covers(from, to)) {
              return;
            }
            if (entry.isPresent()) {
              take(entry.get()); // Damaged, and known.
              return;
            }
            damage.add(new Damage(volume.id(), volume.dir(), from, to - from, "no sound needle"));
            unknown(from, to);
          }
        });
  }

  private void unknown(long from, long to) throws IOException {
    if (to > visited && !volume.torn().covers(from, to)) {
      try {
        visitor.unknown(volume.id(), from, to);
      } catch (IOException | RuntimeException e) {
        stopped = true;
        throw e;
      }
    }
  }

  private void take(NeedleEntry entry) throws IOException {
    if (entry.location().offset() < visited) {
      return;
    }
    entries.add(entry);
    if (entries.size() == BATCH) {
      visit(entry.location().end());
    }
  }

  private void visit(long to) throws IOException {
    IndexBatch batch = new IndexBatch(volume.id(), visited, to, entries);
    entries.clear();
    visited = to;
    boolean more;
    try {
      more = visitor.visit(batch);
    } catch (IOException e) {
      stopped = true;
      throw e;
    }
    stopped = !more;
  }
}
