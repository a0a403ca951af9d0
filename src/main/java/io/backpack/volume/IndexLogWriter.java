package io.backpack.volume;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Appends to an index log. The log only saves reading the volume, which is the truth; so a failure
 * here fails no upload, it ends the log ({@link #broken()}), and readers take the rest from the
 * volume. For one thread.
 */
final class IndexLogWriter implements Closeable {
  private final VolumeFile file;
  private final long salt;
  private final ByteBuffer buffer = Bytes.allocate(64 << 10);
  private long flushed;
  private boolean broken;

  /** Goes on at {@code position}; what stands behind it is cut off. */
  IndexLogWriter(VolumeFile file, long salt, long position) throws IOException {
    this.file = file;
    this.salt = salt;
    this.flushed = position;
    if (file.size() > position) {
      file.truncate(position);
    }
  }

  /** Begins a log, or begins it anew. */
  static IndexLogWriter begin(VolumeFile file, Superblock volume) throws IOException {
    file.truncate(0);
    Bytes.writeFully(file, volume.encode(Superblock.LOG_MAGIC), 0);
    return new IndexLogWriter(file, volume.salt(), Superblock.SIZE);
  }

  void add(IndexLogRecord record) throws IOException {
    if (buffer.remaining() < IndexLogRecord.MAX_LENGTH) {
      flush();
    }
    record.encode(buffer, salt, flushed + buffer.position());
  }

  void flush() throws IOException {
    if (broken || buffer.position() == 0) {
      buffer.clear();
      return;
    }
    int length = buffer.flip().remaining();
    try {
      Bytes.writeFully(file, buffer, flushed);
      flushed += length;
    } catch (IOException e) {
      broken = true;
      throw e;
    } finally {
      buffer.clear();
    }
  }

  void force() throws IOException {
    flush();
    if (!broken) {
      try {
        file.force(false);
      } catch (IOException e) {
        broken = true;
        throw e;
      }
    }
  }

  boolean broken() {
    return broken;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
