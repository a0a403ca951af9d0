package io.backpack.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiPredicate;

/** The real disk, but directories can have their own free space, and fail in the system's words. */
final class DirectoryFaults implements Disk {
  /** What changes something. */
  enum Change {
    CREATE,
    OPEN,
    WRITE,
    FORCE,
    TRUNCATE,
    REPLACE,
    DELETE,
    SYNC_DIRECTORY
  }

  private final JdkDisk real = new JdkDisk();
  private final Map<Path, Long> usable = new ConcurrentHashMap<>();
  private volatile BiPredicate<Change, Path> failing = (change, file) -> false;
  private volatile String words = "";
  private volatile boolean readsFail;
  private volatile Path slow = Path.of("/nowhere");
  private volatile CountDownLatch slowUntil = new CountDownLatch(0);

  void usable(Path dir, long bytes) {
    usable.put(dir, bytes);
  }

  void fail(String saying, BiPredicate<Change, Path> changes) {
    words = saying;
    failing = changes;
  }

  /** Every change in the directory fails. */
  void fail(String saying, Path dir) {
    fail(saying, (change, file) -> file.startsWith(dir));
  }

  void heal() {
    failing = (change, file) -> false;
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

  private void check(Change change, Path file) throws IOException {
    if (failing.test(change, file)) {
      throw new IOException(words);
    }
  }

  @Override
  public VolumeFile create(Path file) throws IOException {
    check(Change.CREATE, file);
    return new Checked(file, real.create(file));
  }

  @Override
  public VolumeFile open(Path file) throws IOException {
    check(Change.OPEN, file);
    return new Checked(file, real.open(file));
  }

  @Override
  public VolumeFile openForReading(Path file) throws IOException {
    return new Checked(file, real.openForReading(file));
  }

  @Override
  public void replace(Path from, Path to) throws IOException {
    check(Change.REPLACE, to);
    real.replace(from, to);
  }

  @Override
  public void delete(Path file) throws IOException {
    check(Change.DELETE, file);
    real.delete(file);
  }

  @Override
  public void syncDirectory(Path dir) throws IOException {
    check(Change.SYNC_DIRECTORY, dir);
    real.syncDirectory(dir);
  }

  @Override
  public long usableSpace(Path dir) {
    return usable.getOrDefault(dir, 1L << 40);
  }

  private final class Checked implements VolumeFile {
    private final Path path;
    private final VolumeFile file;

    Checked(Path path, VolumeFile file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      if (readsFail) {
        throw new IOException("Input/output error");
      }
      return file.read(into, position);
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
      check(Change.WRITE, path);
      return file.write(from, position);
    }

    @Override
    public void force(boolean metadata) throws IOException {
      if (path.startsWith(slow) && FaultyDisk.isData(path)) {
        try {
          slowUntil.await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
      check(Change.FORCE, path);
      file.force(metadata);
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      check(Change.TRUNCATE, path);
      file.truncate(size);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
