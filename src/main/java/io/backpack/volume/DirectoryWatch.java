package io.backpack.volume;

import io.backpack.volume.DirectoryInfo.State;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a directory and its disk are. The writer's thread tells, any thread asks. */
final class DirectoryWatch {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryWatch.class);
  private static final long REFRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final StoreDirectory directory;
  private final long reserve;
  private final WriteGate gate;
  private final WriteProbe probe;
  private final AtomicLong usable = new AtomicLong();
  private long spaceReadAt;

  DirectoryWatch(StoreDirectory directory, long reserve, LongSupplier nanos) {
    this.directory = directory;
    this.reserve = reserve;
    this.gate = new WriteGate(directory.readOnly(), nanos);
    this.probe = directory.probe();
    refreshSpace();
  }

  WriteGate gate() {
    return gate;
  }

  /** Bytes that may still be written, the reserve included. */
  long usable() {
    return usable.get();
  }

  /** Of the directory as the others see it, with so many bytes in its queue. */
  DirectoryInfo info(long queued) {
    WriteGate.Standing now = gate.standing();
    ReadErrors reads = directory.readErrors();
    return new DirectoryInfo(
        directory.dir(),
        directory.ordinal(),
        now.state(),
        now.reason().isEmpty() ? reads.reason() : now.reason(),
        now.since(),
        gate.open() ? Math.max(0, usable.get() - queued - reserve) : 0,
        queued,
        reads.total());
  }

  /** What is done about once a second, whether or not anything is written. */
  void refresh() {
    if (System.nanoTime() - spaceReadAt >= REFRESH_NANOS) {
      refreshSpace();
      tryAgain();
    }
  }

  private void refreshSpace() {
    spaceReadAt = System.nanoTime();
    try {
      space(directory.usableSpace());
    } catch (IOException e) {
      usable.set(0);
      LOG.warn("cannot read the free space of {}: {}", directory.dir(), e.getMessage());
    }
  }

  private void space(long bytes) {
    usable.set(bytes);
    gate.space(bytes - reserve, directory.margin());
  }

  void wrote(long bytes) {
    space(usable.get() - bytes);
  }

  /** A write or a sync failed, or no volume could be made. */
  void failed(Throwable cause) {
    LOG.error("cannot write to {}: {}", directory.dir(), cause.toString());
    close(cause);
    refreshSpace();
  }

  private void close(Throwable cause) {
    String words = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    if (DiskErrors.full(cause)) {
      gate.failed(
          State.FULL,
          "a write failed ("
              + words
              + "): free space on its disk, or give the node a further directory; it is tried again"
              + " by itself");
    } else if (DiskErrors.readOnly(cause, directory.dir())) {
      gate.failed(
          State.READ_ONLY,
          "its file system became read-only: look for errors of the disk in the kernel's log; once"
              + " it is mounted for writing it is written again by itself");
    } else {
      gate.failed(
          State.FAILING,
          "a write failed ("
              + words
              + "): look for errors of the disk in the kernel's log; it is tried again by itself");
    }
  }

  /** Once the pause after a failure is over, a probe decides. */
  void tryAgain() {
    if (!gate.probeDue()) {
      return;
    }
    try {
      probe.write();
      gate.probed();
      LOG.info("{} can be written again", directory.dir());
    } catch (IOException e) {
      close(e);
      LOG.warn("{} still cannot be written: {}", directory.dir(), e.toString());
    }
  }
}
