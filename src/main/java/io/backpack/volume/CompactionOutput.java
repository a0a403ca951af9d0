package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where a compaction moves needles to: ordinary volumes, one after the other, whose every batch is
 * on the disk before the index hears of it. For one thread.
 */
final class CompactionOutput {
  /** Room that is left for deletes and the manifest, whatever a compaction needs. */
  static final long SPARE_BYTES = 8L << 20;

  private static final int BATCH_BYTES = 4 << 20;
  private static final int STAGING = 1 << 20;

  private final StoreDirectory directory;
  private final long volumeSize;
  private final PatientIndex index;
  private final ByteBuffer staging = ByteBuffer.allocateDirect(STAGING);
  private final List<Integer> made = new ArrayList<>();
  private List<PendingAppend> batch = new ArrayList<>();
  private long batchBytes;
  private Optional<OpenVolume> open = Optional.empty();
  private long needles;
  private long bytes;

  CompactionOutput(StoreDirectory directory, long volumeSize, PatientIndex index) {
    this.directory = directory;
    this.volumeSize = volumeSize;
    this.index = index;
  }

  /**
   * Takes a needle; it is moved with its batch, at the latest by {@link #flush}.
   *
   * @return bytes that were written
   */
  long add(Needle needle) throws IOException {
    PendingAppend pending = new PendingAppend(needle);
    long written = 0;
    if (batch.size() == Appender.MAX_BATCH_NEEDLES
        || !batch.isEmpty() && batchBytes + pending.length() > BATCH_BYTES) {
      written = flush();
    }
    batch.add(pending);
    batchBytes += pending.length();
    return written;
  }

  /**
   * Moves what was taken.
   *
   * @return bytes that were written
   */
  long flush() throws IOException {
    if (batch.isEmpty()) {
      return 0;
    }
    List<PendingAppend> taken = batch;
    long length = batchBytes;
    batch = new ArrayList<>();
    batchBytes = 0;
    checkSpace(length);
    List<PendingAppend> part = new ArrayList<>();
    long partBytes = 0;
    for (PendingAppend each : taken) {
      if (!fits(partBytes, each.length())) {
        append(part);
        part = new ArrayList<>();
        partBytes = 0;
        roll();
      }
      part.add(each);
      partBytes += each.length();
    }
    append(part);
    return length;
  }

  /** A volume without a needle takes any: it may be larger than volumes are set to be today. */
  private boolean fits(long ahead, long length) {
    return open.isPresent()
        && (open.get().hasRoom(ahead, length, volumeSize)
            || ahead == 0 && open.get().volume().length() == Volume.START && open.get().logWhole());
  }

  private void checkSpace(long length) throws IOException {
    long usable = directory.usableSpace();
    if (usable < length + SPARE_BYTES) {
      throw new BackpackException(
          ErrorCode.NO_SPACE,
          "the disk of "
              + directory.dir()
              + " is full: "
              + usable
              + " bytes are free, "
              + SPARE_BYTES
              + " of them are kept for deletes; free some space and compact again, what was moved"
              + " stays moved");
    }
  }

  private void roll() throws IOException {
    endOpen(true);
    OpenVolume created = directory.createOutput(staging);
    open = Optional.of(created);
    made.add(created.volume().id());
  }

  private void append(List<PendingAppend> part) throws IOException {
    if (part.isEmpty()) {
      return;
    }
    IndexBatch moved;
    try {
      moved = open.orElseThrow().append(part);
    } catch (IOException e) {
      endOpen(false);
      throw e;
    }
    needles += part.size();
    bytes += part.stream().mapToLong(PendingAppend::length).sum();
    index.apply(moved);
  }

  private void endOpen(boolean sound) throws IOException {
    if (open.isPresent()) {
      OpenVolume done = open.get();
      open = Optional.empty();
      if (done.volume().length() == Volume.START) {
        made.remove((Integer) done.volume().id());
      }
      directory.endOutput(done, sound);
    }
  }

  /** Seals what is open, synced and listed; without what was taken and not moved. */
  void end() throws IOException {
    batch = new ArrayList<>();
    batchBytes = 0;
    endOpen(true);
  }

  List<Integer> made() {
    return made;
  }

  long needles() {
    return needles;
  }

  long bytes() {
    return bytes;
  }
}
