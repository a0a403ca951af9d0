package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Holds a directory for one engine at a time. The operating system releases it with the process.
 */
final class DirectoryLock implements Closeable {
  static final String FILE = "backpack.lock";

  /**
   * What this process holds. Closing any channel of a file gives up the process's POSIX locks on
   * it, so a second attempt in the same process must not even open the file.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path dir;
  private final FileChannel channel;

  private DirectoryLock(Path dir, FileChannel channel) {
    this.dir = dir;
    this.channel = channel;
  }

  /**
   * Takes the lock.
   *
   * @throws BackpackException {@link ErrorCode#STORAGE_FAILED} when another engine holds it
   */
  static DirectoryLock take(Path dir) throws IOException {
    Path real = dir.toRealPath();
    if (!HELD.add(real)) {
      throw inUse(dir, "by this process, " + ProcessHandle.current().pid());
    }
    boolean taken = false;
    FileChannel channel = null;
    try {
      channel =
          FileChannel.open(
              dir.resolve(FILE),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      if (channel.tryLock() == null) {
        String pid = Files.readString(dir.resolve(FILE), StandardCharsets.ISO_8859_1).strip();
        throw inUse(dir, pid.isEmpty() ? "by another process" : "by process " + pid);
      }
      String pid = ProcessHandle.current().pid() + "\n";
      channel.truncate(0);
      try {
        channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.ISO_8859_1)), 0);
      } catch (IOException e) {
        // A full disk: the lock is taken all the same, the file only does not say by whom.
        channel.truncate(0);
      }
      taken = true;
      return new DirectoryLock(real, channel);
    } finally {
      if (!taken) {
        HELD.remove(real);
        if (channel != null) {
          channel.close();
        }
      }
    }
  }

  private static BackpackException inUse(Path dir, String by) {
    return new BackpackException(
        ErrorCode.STORAGE_FAILED,
        "the directory " + dir + " is in use " + by + ": stop that one, or give this another one");
  }

  @Override
  public void close() throws IOException {
    channel.close();
    HELD.remove(dir);
  }
}
