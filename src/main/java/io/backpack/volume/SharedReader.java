package io.backpack.volume;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;

/**
 * A file that any number of threads read at the same time. The JDK closes a channel when a thread
 * is interrupted while it reads; this opens it again, so that one cancelled reader does not take
 * the volume from the others. Writers have channels of their own.
 */
final class SharedReader implements Closeable {
  private final Disk disk;
  private final Path path;
  private volatile VolumeFile file;
  private volatile boolean closed;

  SharedReader(Disk disk, Path path) throws IOException {
    this.disk = disk;
    this.path = path;
    this.file = disk.openForRandomReads(path);
  }

  /** Fills the buffer up to its limit. */
  void readFully(ByteBuffer into, long position) throws IOException {
    int start = into.position();
    while (true) {
      VolumeFile current = file;
      try {
        Bytes.readFully(current, into.position(start), position);
        return;
      } catch (ClosedByInterruptException mine) {
        throw mine;
      } catch (ClosedChannelException byAnother) {
        reopen(current, byAnother);
      }
    }
  }

  /**
   * Fills the buffer up to its limit, if all of it is in memory.
   *
   * @return false when it is not, or that cannot be told; part of the buffer may be filled then
   */
  boolean readNow(ByteBuffer into, long position) throws IOException {
    int wanted = into.remaining();
    return file.readNow(into, position) == wanted;
  }

  private synchronized void reopen(VolumeFile broken, ClosedChannelException cause)
      throws IOException {
    if (closed) {
      throw cause;
    }
    if (file == broken) {
      file = disk.openForRandomReads(path);
      Quietly.close(broken);
    }
  }

  long size() throws IOException {
    return file.size();
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    file.close();
  }
}
