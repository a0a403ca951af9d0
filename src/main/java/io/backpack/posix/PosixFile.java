package io.backpack.posix;

import java.io.Closeable;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file that is open for reading at random by any number of threads. Interrupts do nothing to it.
 *
 * <p>Nobody ever reads from a descriptor that is closed, and may belong to another file by then:
 * each call counts itself in, and the last one out after {@link #close} closes the descriptor.
 */
public final class PosixFile implements Closeable {
  /** Not all of what was asked for is in memory, or this cannot be told. */
  public static final int NOT_NOW = -2;

  private static final int IOVEC_BYTES = 16;
  private static final int ADVICE_RANDOM = 1;
  private static final Charset NAMES =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

  /** In {@link #users}: no further call gets in. */
  private static final int CLOSING = Integer.MIN_VALUE;

  /** The same, and the descriptor is closed. Far from the others: calls go on counting. */
  private static final int CLOSED = CLOSING / 2;

  /** One {@code struct iovec}, for calls of one thread. */
  private static final class Iovec {
    private final ByteBuffer memory =
        ByteBuffer.allocateDirect(IOVEC_BYTES).order(ByteOrder.nativeOrder());
    private final long address = LibC.address(memory);

    long of(long base, int length) {
      memory.putLong(0, base).putLong(Long.BYTES, length);
      return address;
    }
  }

  private static final ThreadLocal<Iovec> IOVEC = ThreadLocal.withInitial(Iovec::new);

  private final Path path;
  private final int fd;
  private final AtomicInteger users = new AtomicInteger();
  private volatile boolean tells = true;

  private PosixFile(Path path, int fd) {
    this.path = path;
    this.fd = fd;
  }

  /**
   * Opens a file. The kernel is told that reads will be at random, so that it reads what they ask
   * for and nothing ahead.
   *
   * @return nothing where the system calls cannot be reached
   * @throws IOException when the file cannot be opened
   */
  public static Optional<PosixFile> open(Path path) throws IOException {
    if (!LibC.available()) {
      return Optional.empty();
    }
    byte[] name = path.toString().getBytes(NAMES);
    int fd = LibC.open(Arrays.copyOf(name, name.length + 1), LibC.O_RDONLY | LibC.O_CLOEXEC);
    if (fd < 0) {
      throw failure("open", path);
    }
    LibC.posix_fadvise(fd, 0, 0, ADVICE_RANDOM);
    return Optional.of(new PosixFile(path, fd));
  }

  /**
   * Reads as much as is in memory, without waiting for a disk.
   *
   * @param into a direct buffer
   * @return the bytes read, which may be fewer than are in the file; -1 at the end of the file;
   *     {@link #NOT_NOW} when none is in memory, or when the kernel or the file system cannot tell
   * @throws ClosedChannelException after {@link #close}
   */
  public int readNow(ByteBuffer into, long position) throws IOException {
    if (!tells || !into.hasRemaining()) {
      return tells ? 0 : NOT_NOW;
    }
    enter();
    try {
      long iovec = IOVEC.get().of(LibC.address(into), into.remaining());
      long count = LibC.preadv2(fd, iovec, 1, position, LibC.RWF_NOWAIT);
      if (count > 0) {
        into.position(into.position() + (int) count);
        return (int) count;
      }
      if (count == 0) {
        return -1;
      }
      int errno = LibC.errno();
      // EAGAIN is the answer; EIO is for those who wait to report. All else will not change.
      tells = errno == LibC.EAGAIN || errno == LibC.EINTR || errno == LibC.EIO;
      return NOT_NOW;
    } finally {
      Reference.reachabilityFence(into);
      leave();
    }
  }

  /** False once the kernel or the file system has refused to say what is in memory. */
  public boolean tells() {
    return tells;
  }

  /**
   * Reads once, and waits for the disk where it must.
   *
   * @param into a direct buffer
   * @return the bytes read, -1 at the end of the file
   * @throws ClosedChannelException after {@link #close}
   */
  public int read(ByteBuffer into, long position) throws IOException {
    if (!into.hasRemaining()) {
      return 0;
    }
    enter();
    try {
      while (true) {
        long count = LibC.pread(fd, LibC.address(into), into.remaining(), position);
        if (count > 0) {
          into.position(into.position() + (int) count);
          return (int) count;
        }
        if (count == 0) {
          return -1;
        }
        if (LibC.errno() != LibC.EINTR) {
          throw failure("read", path);
        }
      }
    } finally {
      Reference.reachabilityFence(into);
      leave();
    }
  }

  private void enter() throws ClosedChannelException {
    if (users.getAndIncrement() < 0) {
      leave();
      throw new ClosedChannelException();
    }
  }

  private void leave() {
    if (users.decrementAndGet() == CLOSING) {
      closeOnce();
    }
  }

  private void closeOnce() {
    if (users.compareAndSet(CLOSING, CLOSED)) {
      LibC.close(fd);
    }
  }

  /** Refuses calls from now on; the descriptor is closed when those under way have ended. */
  @Override
  public void close() {
    if (users.getAndUpdate(count -> count < 0 ? count : count | CLOSING) == 0) {
      closeOnce();
    }
  }

  private static IOException failure(String call, Path path) {
    return new IOException(path + ": " + call + " failed: " + LibC.message(LibC.errno()));
  }
}
