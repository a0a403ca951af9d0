package io.backpack.volume;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The volume of a directory that takes the next needle. For one thread. After any {@link
 * IOException} of {@link #append} it must not be written again: what of the failed write is on the
 * disk is not known, and Linux reports a failed sync once and then forgets the pages.
 */
final class OpenVolume implements Closeable {
  /** How much is written between two syncs of what is not synced with each batch. */
  static final long SYNC_INTERVAL = 64L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(OpenVolume.class);

  private final Volume volume;
  private final VolumeFile file;
  private final IndexLogWriter log;
  private final boolean sync;
  private final ByteBuffer staging;
  private long end;
  private long stagedAt;
  private long durable;
  private long lastInterval;

  /**
   * Goes on at the volume's length, which must be durable.
   *
   * @param staging what is written goes through this; direct, so that the JDK does not keep a copy
   */
  OpenVolume(Volume volume, VolumeFile file, IndexLogWriter log, boolean sync, ByteBuffer staging) {
    this.volume = volume;
    this.file = file;
    this.log = log;
    this.sync = sync;
    this.staging = Bytes.view(staging);
    this.end = volume.length();
    this.durable = end;
    this.lastInterval = end;
  }

  Volume volume() {
    return volume;
  }

  /** Whether a needle of this length may follow {@code ahead} bytes that are to be written. */
  boolean hasRoom(long ahead, long length, long volumeSize) {
    return !log.broken() && end + ahead + length <= volumeSize;
  }

  /**
   * Writes needles and, if set so, syncs them.
   *
   * @return what the index must learn; one entry each, in order
   */
  IndexBatch append(List<PendingAppend> needles) throws IOException {
    long before = end;
    staging.clear();
    stagedAt = end;
    List<NeedleEntry> entries = new ArrayList<>(needles.size());
    for (PendingAppend needle : needles) {
      Location location = new Location(volume.id(), end, needle.length());
      stage(needle);
      entries.add(needle.entry(location));
      end = location.end();
    }
    flush();
    logEntries(entries);
    if (sync) {
      file.force(false);
      durable = end;
    }
    volume.advance(end, entries.size());
    if (end - lastInterval >= SYNC_INTERVAL) {
      syncInterval();
    }
    return new IndexBatch(volume.id(), before == Volume.START ? 0 : before, end, entries);
  }

  private void stage(PendingAppend needle) throws IOException {
    if (staging.remaining() < needle.headerLength()) {
      flush();
    }
    ByteBuffer data = needle.needle().data().duplicate();
    NeedleHeader.encode(
        staging,
        needle.prefix(durable),
        needle.name(),
        needle.type(),
        needle.needle().attributes(),
        needle.blockCrcs(),
        new NeedleHeader.Place(volume.superblock().salt(), end));
    while (data.hasRemaining()) {
      if (!staging.hasRemaining()) {
        flush();
      }
      int count = Math.min(staging.remaining(), data.remaining());
      staging.put(data.slice(data.position(), count));
      data.position(data.position() + count);
    }
    long padding = end + needle.length() - stagedAt - staging.position();
    for (long i = 0; i < padding; i++) {
      if (!staging.hasRemaining()) {
        flush();
      }
      staging.put((byte) 0);
    }
  }

  private void flush() throws IOException {
    int length = staging.flip().remaining();
    Bytes.writeFully(file, staging, stagedAt);
    stagedAt += length;
    staging.clear();
  }

  private void logEntries(List<NeedleEntry> entries) {
    try {
      if (durable > Volume.START && durable == volume.length()) {
        log.add(new IndexLogRecord.Mark(durable));
      }
      for (NeedleEntry entry : entries) {
        log.add(new IndexLogRecord.Entry(entry));
      }
      log.flush();
    } catch (IOException e) {
      logFailed(e);
    }
  }

  /** The volume is then left at the next needle, see {@link #hasRoom}. */
  private void logFailed(IOException e) {
    LOG.warn(
        "cannot write the index log of {}, its volume will be read instead: {}",
        Volume.file(volume.dir(), volume.id()),
        e.getMessage());
  }

  private void syncInterval() throws IOException {
    if (!sync) {
      file.force(false);
      durable = end;
    }
    lastInterval = end;
    try {
      log.force();
    } catch (IOException e) {
      logFailed(e);
    }
  }

  /** Makes everything durable, volume and log. */
  void syncAll() throws IOException {
    file.force(true);
    durable = end;
    try {
      log.add(new IndexLogRecord.Mark(durable));
      log.force();
    } catch (IOException e) {
      logFailed(e);
    }
  }

  /** After a failure, where writes are acknowledged before they are synced: saves the others. */
  void salvage() {
    if (!sync) {
      try {
        file.force(false);
      } catch (IOException e) {
        LOG.warn("cannot sync {}: {}", volume.info(), e.getMessage());
      }
    }
  }

  /** Whether a later start can go on writing here. */
  boolean logWhole() {
    return !log.broken();
  }

  @Override
  public void close() throws IOException {
    try {
      file.close();
    } finally {
      log.close();
    }
  }
}
