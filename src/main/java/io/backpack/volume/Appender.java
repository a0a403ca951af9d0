package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.volume.DirectoryInfo.State;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The writer of one directory: one thread that takes all that waits, writes it, syncs it once and
 * hands it to the index. While the index works on one batch the next is written; the one after that
 * waits for the index.
 *
 * <p>Nobody may interrupt the thread: the JDK would close the volume under it.
 */
final class Appender {
  /** More would make one call of the index too long. */
  static final int MAX_BATCH_NEEDLES = 1024;

  private static final Logger LOG = LoggerFactory.getLogger(Appender.class);
  private static final int BATCHES_AT_INDEX = 2;
  private static final long INDEX_SECONDS_AT_CLOSE = 30;

  /** Where a needle goes when this directory cannot be written. */
  @FunctionalInterface
  interface Elsewhere {
    /**
     * Whether another directory has taken the needle, which stays counted in the queue of all. If
     * not, its writer is to be told the failure.
     */
    boolean take(PendingAppend needle);
  }

  private final StoreDirectory directory;
  private final VolumeSettings settings;
  private final NeedleIndex index;
  private final AtomicLong queuedInAll;
  private final Thread thread;
  private final Semaphore atIndex = new Semaphore(BATCHES_AT_INDEX);

  private final AppendQueue queue = new AppendQueue();
  private final Elsewhere elsewhere;
  private final DirectoryWatch watch;

  Appender(
      StoreDirectory directory,
      VolumeSettings settings,
      NeedleIndex index,
      AtomicLong queuedInAll,
      Elsewhere elsewhere,
      LongSupplier nanos) {
    this.directory = directory;
    this.settings = settings;
    this.index = index;
    this.queuedInAll = queuedInAll;
    this.elsewhere = elsewhere;
    this.watch = new DirectoryWatch(directory, settings.reserve(), nanos);
    this.thread = new Thread(this::run, "backpack-writer-" + directory.ordinal());
    thread.setDaemon(true);
  }

  /** Begins to write; before that needles only wait. */
  void start() {
    thread.start();
  }

  /** Bytes that may still be written here, the reserve included; less what waits. */
  long usable() {
    return watch.usable() - queue.bytes();
  }

  /** Bytes of needles that wait for this disk. */
  long queued() {
    return queue.bytes();
  }

  WriteGate gate() {
    return watch.gate();
  }

  StoreDirectory directory() {
    return directory;
  }

  DirectoryInfo info() {
    return watch.info(queue.bytes());
  }

  /**
   * Takes a needle whose bytes the caller has counted in the queue of all directories.
   *
   * @return false when the set is being closed
   */
  boolean add(PendingAppend needle) {
    return queue.add(needle);
  }

  /**
   * Seals the volume that is open once what waits now has been written.
   *
   * @return fails with {@link ErrorCode#STORAGE_FAILED} when the manifest could not be written
   */
  CompletableFuture<Void> roll() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    if (!queue.addRoll(done)) {
      done.completeExceptionally(
          new BackpackException(ErrorCode.NOT_READY, "the node is stopping"));
    }
    return done;
  }

  private void rollNow() {
    List<CompletableFuture<Void>> due = queue.takeRolls();
    if (due.isEmpty()) {
      return;
    }
    try {
      directory.roll();
      due.forEach(each -> each.complete(null));
    } catch (IOException | RuntimeException e) {
      BackpackException failure =
          new BackpackException(
              ErrorCode.STORAGE_FAILED,
              "cannot write the manifest of " + directory.dir() + ": " + e.getMessage(),
              e);
      due.forEach(each -> each.completeExceptionally(failure));
    }
  }

  private void run() {
    while (awaitWork()) {
      List<PendingAppend> batch = new ArrayList<>();
      try {
        watch.refresh();
        queue.take(batch, MAX_BATCH_NEEDLES, settings.maxBatchBytes());
        write(batch);
        rollNow();
        directory.saveDamage();
      } catch (RuntimeException | Error e) {
        broken(batch, e);
      }
    }
  }

  /** Whatever it is, writers are answered, and what is on the disk is not relied upon. */
  private void broken(List<PendingAppend> batch, Throwable cause) {
    try {
      LOG.error("writing to {} failed", directory.dir(), cause);
      stopWriting(cause);
      // Part of it may be on its way through the index, so it goes nowhere else.
      BackpackException failure = failure(batch, cause);
      batch.forEach(each -> answer(each, failure));
    } catch (RuntimeException | Error e) {
      // The thread goes on: without it all later writers would wait for ever.
      BackpackException failure =
          new BackpackException(ErrorCode.STORAGE_FAILED, "the write failed", cause);
      batch.forEach(each -> answer(each, failure));
    }
  }

  private boolean awaitWork() {
    try {
      return queue.awaitWork();
    } catch (InterruptedException e) {
      LOG.warn("the writer of {} must not be interrupted; it goes on", directory.dir());
      return true;
    }
  }

  private void write(List<PendingAppend> batch) {
    if (batch.isEmpty()) {
      return;
    }
    watch.tryAgain();
    if (!watch.gate().sound()) {
      leave(batch, null, false);
      return;
    }
    List<PendingAppend> part = new ArrayList<>(batch.size());
    OpenVolume volume = null;
    long bytes = 0;
    for (int i = 0; i < batch.size(); i++) {
      PendingAppend needle = batch.get(i);
      if (!needle.sound()) {
        answer(
            needle,
            new BackpackException(
                ErrorCode.CHECKSUM_MISMATCH, "the photo does not have the checksum it came with"));
        continue;
      }
      if (volume == null || !volume.hasRoom(bytes, needle.length(), settings.volumeSize())) {
        if (!writePart(volume, part)) {
          leave(batch.subList(i, batch.size()), null, false);
          return;
        }
        part = new ArrayList<>();
        bytes = 0;
        try {
          volume = directory.forNeedle(needle.length());
        } catch (IOException e) {
          stopWriting(e);
          leave(batch.subList(i, batch.size()), e, false);
          return;
        }
      }
      part.add(needle);
      bytes += needle.length();
    }
    writePart(volume, part);
  }

  private boolean writePart(OpenVolume volume, List<PendingAppend> part) {
    if (part.isEmpty()) {
      return true;
    }
    IndexBatch batch;
    try {
      batch = volume.append(part);
    } catch (IOException e) {
      stopWriting(e);
      leave(part, e, true);
      return false;
    }
    watch.wrote(batch.to() - batch.from());
    apply(batch, part);
    return true;
  }

  private void apply(IndexBatch batch, List<PendingAppend> part) {
    atIndex.acquireUninterruptibly();
    CompletableFuture<List<NeedleIndex.Outcome>> applied;
    try {
      applied = index.apply(batch);
    } catch (RuntimeException | Error e) {
      applied = CompletableFuture.failedFuture(e);
    }
    applied.whenComplete(
        (outcomes, failure) -> {
          atIndex.release();
          if (failure == null && outcomes.size() == part.size()) {
            for (int i = 0; i < part.size(); i++) {
              Location location = batch.entries().get(i).location();
              answer(part.get(i), new Appended(location, outcomes.get(i)));
            }
            return;
          }
          BackpackException unknown =
              new BackpackException(
                  ErrorCode.INDEX_UNAVAILABLE,
                  "on the disk, but the index has not confirmed it",
                  failure);
          part.forEach(each -> answer(each, unknown));
        });
  }

  /** A write or a sync failed, or no volume could be made. The volume is left behind. */
  private void stopWriting(Throwable cause) {
    directory.abandonOpen();
    watch.failed(cause);
  }

  /**
   * The needles go to another directory, else their writers are told.
   *
   * @param written something of them may be on this disk
   */
  private void leave(List<PendingAppend> needles, Throwable cause, boolean written) {
    BackpackException failure = failure(needles, cause);
    for (PendingAppend each : needles) {
      if (!each.leaveQueue()) {
        continue;
      }
      queue.left(each);
      if (!elsewhere.take(each.elsewhere(directory.ordinal(), written))) {
        queuedInAll.addAndGet(-each.length());
        each.fail(failure);
      }
    }
  }

  private BackpackException failure(List<PendingAppend> needles, Throwable cause) {
    long needed = needles.stream().mapToLong(PendingAppend::length).sum();
    return watch.gate().standing().state() == State.FULL || watch.usable() < needed
        ? new BackpackException(ErrorCode.NO_SPACE, "the disk is full", cause)
        : new BackpackException(ErrorCode.STORAGE_FAILED, "the disk refused the write", cause);
  }

  private void answer(PendingAppend needle, Appended appended) {
    if (release(needle)) {
      needle.complete(appended);
    }
  }

  private void answer(PendingAppend needle, BackpackException failure) {
    if (release(needle)) {
      needle.fail(failure);
    }
  }

  /** False when it was answered before, or went to another directory. */
  private boolean release(PendingAppend needle) {
    boolean mine = needle.leaveQueue();
    if (mine) {
      queue.left(needle);
      queuedInAll.addAndGet(-needle.length());
    }
    return mine;
  }

  /** Writes what waits, waits for the index, leaves the directory in order. Blocks. */
  void close() {
    queue.close();
    boolean interrupted = joinWriter();
    try {
      if (!atIndex.tryAcquire(BATCHES_AT_INDEX, INDEX_SECONDS_AT_CLOSE, TimeUnit.SECONDS)) {
        LOG.warn("the index did not answer before the end; it catches up at the next start");
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    directory.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits even when interrupted: the writer's disk operations end by themselves. */
  private boolean joinWriter() {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        return interrupted;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }
}
