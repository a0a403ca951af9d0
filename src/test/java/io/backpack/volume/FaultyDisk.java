package io.backpack.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** The real disk, but told operations fail. */
final class FaultyDisk implements Disk {
  /** What may be told to fail. */
  enum Operation {
    READ,
    WRITE,
    SHORT_WRITE,
    FORCE,
    CREATE,
    REPLACE,
    SYNC_DIRECTORY
  }

  private record Fault(
      Operation operation, Predicate<Path> file, AtomicInteger countdown, boolean lasting) {}

  private final JdkDisk real = new JdkDisk();
  private volatile Fault fault =
      new Fault(Operation.READ, file -> false, new AtomicInteger(), false);
  private volatile LongSupplier usable = () -> Long.MAX_VALUE;
  private volatile CountDownLatch holdForce = new CountDownLatch(0);
  final AtomicInteger dataForces = new AtomicInteger();
  final AtomicInteger dataReads = new AtomicInteger();
  final AtomicInteger creates = new AtomicInteger();

  static boolean isData(Path file) {
    String name = file.getFileName().toString();
    return name.startsWith("data_") && !name.endsWith(".meta");
  }

  static boolean isLog(Path file) {
    return file.getFileName().toString().endsWith(".meta");
  }

  /** The n-th such operation from now on fails, once. */
  void fail(Operation operation, Predicate<Path> file, int nth) {
    fault = new Fault(operation, file, new AtomicInteger(nth), false);
  }

  /** All such operations fail until {@link #heal}. */
  void failAlways(Operation operation, Predicate<Path> file) {
    fault = new Fault(operation, file, new AtomicInteger(1), true);
  }

  void heal() {
    fault = new Fault(Operation.READ, file -> false, new AtomicInteger(), false);
  }

  void usable(long bytes) {
    usable = () -> bytes;
  }

  /** What is done instead of asking for the free space. */
  void usable(LongSupplier answer) {
    usable = answer;
  }

  void holdForce(CountDownLatch latch) {
    holdForce = latch;
  }

  private boolean fails(Operation operation, Path file) {
    Fault told = fault;
    return told.operation == operation
        && told.file.test(file)
        && (told.lasting || told.countdown.decrementAndGet() == 0);
  }

  private void check(Operation operation, Path file) throws IOException {
    if (fails(operation, file)) {
      throw new IOException("told to fail: " + operation);
    }
  }

  @Override
  public VolumeFile create(Path file) throws IOException {
    creates.incrementAndGet();
    check(Operation.CREATE, file);
    return new FaultyFile(file, real.create(file));
  }

  @Override
  public VolumeFile open(Path file) throws IOException {
    return new FaultyFile(file, real.open(file));
  }

  @Override
  public VolumeFile openForReading(Path file) throws IOException {
    return new FaultyFile(file, real.openForReading(file));
  }

  @Override
  public void replace(Path from, Path to) throws IOException {
    check(Operation.REPLACE, to);
    real.replace(from, to);
  }

  @Override
  public void delete(Path file) throws IOException {
    real.delete(file);
  }

  @Override
  public void syncDirectory(Path dir) throws IOException {
    check(Operation.SYNC_DIRECTORY, dir);
    real.syncDirectory(dir);
  }

  @Override
  public long usableSpace(Path dir) {
    return usable.getAsLong();
  }

  private final class FaultyFile implements VolumeFile {
    private final Path path;
    private final VolumeFile file;

    FaultyFile(Path path, VolumeFile file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      if (isData(path)) {
        dataReads.incrementAndGet();
      }
      check(Operation.READ, path);
      return file.read(into, position);
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
      check(Operation.WRITE, path);
      if (fails(Operation.SHORT_WRITE, path)) {
        ByteBuffer half = from.slice(from.position(), from.remaining() / 2);
        return file.write(half, position);
      }
      return file.write(from, position);
    }

    @Override
    public void force(boolean metadata) throws IOException {
      if (isData(path)) {
        await(holdForce);
        dataForces.incrementAndGet();
      }
      check(Operation.FORCE, path);
      file.force(metadata);
    }

    private void await(CountDownLatch latch) throws IOException {
      try {
        if (!latch.await(10, TimeUnit.SECONDS)) {
          throw new IOException("held for ever");
        }
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
