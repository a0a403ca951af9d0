package io.backpack.volume;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A file that is read past the page cache (O_DIRECT): what the disk holds, not what memory says it
 * will. For reading from one thread.
 */
final class DirectFile implements VolumeFile {
  private static final int WINDOW = 256 << 10;

  private final FileChannel channel;
  private final int block;
  private final ByteBuffer window;

  private DirectFile(FileChannel channel, int block) {
    this.channel = channel;
    this.block = block;
    this.window = ByteBuffer.allocateDirect(WINDOW + 2 * block).alignedSlice(block);
  }

  /** Nothing where the file system has no such reads. */
  static Optional<VolumeFile> open(Path file) throws IOException {
    int block = (int) Files.getFileStore(file).getBlockSize();
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ, ExtendedOpenOption.DIRECT);
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
    DirectFile direct = new DirectFile(channel, block);
    try {
      direct.read(ByteBuffer.allocate(1), 0);
      return Optional.of(direct);
    } catch (IOException e) {
      channel.close(); // Some file systems open it and refuse to read.
      return Optional.empty();
    }
  }

  @Override
  public int read(ByteBuffer into, long position) throws IOException {
    long from = position / block * block;
    int ahead = (int) (position - from);
    int wanted = Math.min(into.remaining(), WINDOW);
    window.clear().limit((ahead + wanted + block - 1) / block * block);
    int count = channel.read(window, from) - ahead;
    if (count <= 0) {
      return -1;
    }
    int length = Math.min(count, wanted);
    into.put(window.slice(ahead, length));
    return length;
  }

  @Override
  public int write(ByteBuffer from, long position) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void force(boolean metadata) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long size() throws IOException {
    return channel.size();
  }

  @Override
  public void truncate(long size) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
