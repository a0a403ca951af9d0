package io.backpack.volume;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A file that is read past the page cache (O_DIRECT): what the disk holds, not what memory says it
 * will. For reading from one thread, forward: the kernel does not read ahead here, so this reads a
 * window and gives out of it. What is written into the window's part of the file later is not seen.
 */
final class DirectFile implements ReadOnlyFile {
  private static final int WINDOW = 1 << 20;

  private final FileChannel channel;
  private final int block;
  private final ByteBuffer window;
  private long windowAt;
  private int windowLength;

  private DirectFile(FileChannel channel, int block) {
    this.channel = channel;
    this.block = block;
    this.window = ByteBuffer.allocateDirect(WINDOW + 2 * block).alignedSlice(block);
  }

  /** Nothing where the file system has no such reads. */
  static Optional<VolumeFile> open(Path file) throws IOException {
    int block = (int) Files.getFileStore(file).getBlockSize();
    if (Integer.bitCount(block) != 1) { // No memory can be aligned to it.
      return Optional.empty();
    }
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ, ExtendedOpenOption.DIRECT);
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
    DirectFile direct = new DirectFile(channel, block);
    try {
      direct.loadExactly(0, 1);
      return Optional.of(direct);
    } catch (IOException e) {
      channel.close(); // Some file systems open it and refuse to read.
      return Optional.empty();
    }
  }

  @Override
  public int read(ByteBuffer into, long position) throws IOException {
    if (position < windowAt || position >= windowAt + windowLength) {
      load(position, Math.min(into.remaining(), WINDOW));
    }
    int ahead = (int) (position - windowAt);
    int length = Math.min(windowLength - ahead, into.remaining());
    if (length <= 0) {
      return windowLength > ahead ? 0 : -1;
    }
    into.put(window.slice(ahead, length));
    return length;
  }

  /** A bad sector beyond what is wanted must not be in the way of it. */
  private void load(long position, int wanted) throws IOException {
    try {
      loadExactly(position, WINDOW);
    } catch (ClosedChannelException closed) {
      throw closed;
    } catch (IOException e) {
      loadExactly(position, wanted);
    }
  }

  private void loadExactly(long position, int wanted) throws IOException {
    long from = position / block * block;
    windowLength = 0;
    window.clear().limit((int) (position - from + wanted + block - 1) / block * block);
    int count = channel.read(window, from);
    windowAt = from;
    windowLength = Math.max(0, count);
  }

  @Override
  public long size() throws IOException {
    return channel.size();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
