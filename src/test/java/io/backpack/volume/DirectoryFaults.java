package io.backpack.volume;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiPredicate;

/** The real disk, but directories can have their own free space, and fail in the system's words. */
final class DirectoryFaults extends StepDisk {
  private final Map<Path, Long> usable = new ConcurrentHashMap<>();
  private volatile BiPredicate<Step, Path> failing = (step, file) -> false;
  private volatile String words = "";
  private volatile boolean readsFail;
  private volatile Path slow = Path.of("/nowhere");
  private volatile CountDownLatch slowUntil = new CountDownLatch(0);

  DirectoryFaults() {
    hook(this::before);
  }

  void usable(Path dir, long bytes) {
    usable.put(dir, bytes);
  }

  /** Such changes fail; reads never do. */
  void fail(String saying, BiPredicate<Step, Path> changes) {
    words = saying;
    failing = changes;
  }

  /** Every change in the directory fails. */
  void fail(String saying, Path dir) {
    fail(saying, (step, file) -> file.startsWith(dir));
  }

  void heal() {
    failing = (step, file) -> false;
    readsFail = false;
  }

  void failReads() {
    readsFail = true;
  }

  /** Syncs of volumes in the directory take until then. */
  void slow(Path dir, CountDownLatch until) {
    slowUntil = until;
    slow = dir;
  }

  private void before(Step step, Path file) throws IOException {
    switch (step) {
      case OPEN_FOR_READING -> {}
      case READ -> {
        if (readsFail) {
          throw new IOException("Input/output error");
        }
      }
      default -> {
        if (step == Step.FORCE && file.startsWith(slow) && FaultyDisk.isData(file)) {
          awaitSlow();
        }
        if (failing.test(step, file)) {
          throw new IOException(words);
        }
      }
    }
  }

  private void awaitSlow() throws IOException {
    try {
      slowUntil.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Override
  public long usableSpace(Path dir) {
    return usable.getOrDefault(dir, 1L << 40);
  }
}
