package io.backpack.volume;

import io.backpack.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** The disk as the JDK reaches it, and as the kernel does where that is to be had. */
final class JdkDisk implements Disk {
  /**
   * A channel that is interrupted during an operation closes itself, so threads that read or write
   * volumes are never interrupted by the engine; see {@link SharedReader} for those of others.
   */
  private record ChannelFile(FileChannel channel) implements VolumeFile {
    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      return channel.read(into, position);
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
      return channel.write(from, position);
    }

    @Override
    public void force(boolean metadata) throws IOException {
      channel.force(metadata);
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  @Override
  public VolumeFile create(Path file) throws IOException {
    return new ChannelFile(
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE));
  }

  @Override
  public VolumeFile open(Path file) throws IOException {
    return new ChannelFile(
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  @Override
  public VolumeFile openForReading(Path file) throws IOException {
    return new ChannelFile(FileChannel.open(file, StandardOpenOption.READ));
  }

  @Override
  public VolumeFile openForRandomReads(Path file) throws IOException {
    VolumeFile channel = openForReading(file);
    boolean done = false;
    try {
      Optional<PosixFile> posix = PosixFile.open(file);
      done = true;
      return posix.isPresent() ? new RandomReadFile(channel, posix.get()) : channel;
    } finally {
      if (!done) {
        channel.close();
      }
    }
  }

  @Override
  public VolumeFile openUncached(Path file) throws IOException {
    Optional<VolumeFile> direct = DirectFile.open(file);
    return direct.isPresent() ? direct.get() : openForReading(file);
  }

  @Override
  public void replace(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void delete(Path file) throws IOException {
    Files.delete(file);
  }

  @Override
  public void syncDirectory(Path dir) throws IOException {
    try (FileChannel channel = FileChannel.open(dir, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public long usableSpace(Path dir) throws IOException {
    return Files.getFileStore(dir).getUsableSpace();
  }
}
