package io.backpack.volume;

import io.backpack.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A file for reads at random: direct buffers are filled by the system call, others by the JDK,
 * which has a direct buffer for each thread to copy from.
 */
final class RandomReadFile implements ReadOnlyFile {
  private final VolumeFile channel;
  private final PosixFile posix;

  RandomReadFile(VolumeFile channel, PosixFile posix) {
    this.channel = channel;
    this.posix = posix;
  }

  @Override
  public int read(ByteBuffer into, long position) throws IOException {
    return into.isDirect() ? posix.read(into, position) : channel.read(into, position);
  }

  @Override
  public int readNow(ByteBuffer into, long position) throws IOException {
    return posix.readNow(into, position);
  }

  @Override
  public long size() throws IOException {
    return channel.size();
  }

  @Override
  public void close() throws IOException {
    try {
      posix.close();
    } finally {
      channel.close();
    }
  }
}
