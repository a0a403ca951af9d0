package io.backpack.volume;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Goes through the index log of a volume in step with a scan of the volume. Blocks; for one thread.
 */
final class LogComparison implements Closeable {
  private final long end;
  private Optional<VolumeFile> file = Optional.empty();
  private Optional<IndexLogReader> reader = Optional.empty();
  private Optional<NeedleEntry> next = Optional.empty();
  private boolean over;
  private long position = Volume.START;
  private VerifyReport.Log state = VerifyReport.Log.WHOLE;

  /**
   * @param end where the volume ends; what the log says beyond is not looked at
   */
  LogComparison(Disk disk, Volume volume, long end) {
    this.end = end;
    Path log = Volume.logFile(volume.dir(), volume.id());
    try {
      if (Files.exists(log)) {
        file = Optional.of(disk.openForReading(log));
        reader = IndexLogReader.of(file.get(), volume.superblock());
      }
    } catch (IOException e) {
      reader = Optional.empty();
    }
    if (reader.isEmpty()) {
      over = true;
      state = VerifyReport.Log.LOST;
    }
  }

  /** A sound needle was found; the log should say the same. */
  void sound(NeedleEntry entry) {
    boolean[] same = {false};
    boolean[] other = {false};
    within(
        entry.location().offset(),
        entry.location().end(),
        logged -> {
          same[0] |= logged.equals(entry);
          other[0] |= !logged.equals(entry);
        });
    boolean described = position >= entry.location().end();
    if (other[0] || described && !same[0]) {
      differs();
    }
  }

  /** Takes the entries of the log that begin in a stretch of the volume. */
  void within(long from, long to, Consumer<NeedleEntry> taker) {
    advance();
    while (next.isPresent() && next.get().location().offset() < to) {
      NeedleEntry entry = next.get();
      next = Optional.empty();
      if (entry.location().offset() >= from) {
        taker.accept(entry);
      } else {
        differs();
      }
      advance();
    }
  }

  private void differs() {
    if (state != VerifyReport.Log.LOST) {
      state = VerifyReport.Log.DIFFERS;
    }
  }

  private void advance() {
    while (next.isEmpty() && !over) {
      try {
        Optional<IndexLogRecord> record = reader.get().next();
        if (record.isEmpty() || reader.get().volumeEnd() > end) {
          over = true;
          return;
        }
        if (record.get() instanceof IndexLogRecord.Entry one) {
          next = Optional.of(one.entry());
        }
        position = reader.get().volumeEnd();
      } catch (IOException e) {
        over = true;
      }
    }
  }

  /**
   * What the log was like.
   *
   * @param complete the scan has come to the end of the volume
   */
  VerifyReport.Log state(boolean complete) {
    advance();
    boolean early = complete && position < end && state == VerifyReport.Log.WHOLE;
    return early ? VerifyReport.Log.ENDS_EARLY : state;
  }

  @Override
  public void close() throws IOException {
    if (file.isPresent()) {
      file.get().close();
    }
  }
}
