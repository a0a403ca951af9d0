package io.backpack.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The disk under a directory: how many reads it did, and how to forget what the kernel has of it.
 */
final class Disk {
  private static final Path DISKSTATS = Path.of("/proc/diskstats");

  private final Processes processes;
  private final long major;
  private final long minor;

  Disk(Processes processes, Path directory) throws IOException {
    this.processes = processes;
    long device = (Long) Files.getAttribute(directory, "unix:dev");
    major = (device >>> 8) & 0xfff;
    minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  }

  /** Reads that the disk has completed. */
  long reads() throws IOException {
    return column(Files.readAllLines(DISKSTATS), 3);
  }

  /** Its name, as {@code vda}. */
  String name() throws IOException {
    for (String line : Files.readAllLines(DISKSTATS)) {
      String[] words = line.strip().split("\\s+");
      if (isOurs(words)) {
        return words[2];
      }
    }
    return "unknown";
  }

  private long column(List<String> lines, int column) throws IOException {
    for (String line : lines) {
      String[] words = line.strip().split("\\s+");
      if (isOurs(words)) {
        return Long.parseLong(words[column]);
      }
    }
    throw new IOException("/proc/diskstats has no device " + major + ":" + minor);
  }

  private boolean isOurs(String[] words) {
    return Long.parseLong(words[0]) == major && Long.parseLong(words[1]) == minor;
  }

  /** Writes back what is dirty, so that one slice does not pay for another. */
  void settle() throws IOException {
    processes.run("sync");
  }

  /** Drops the page cache, with names and inodes. Needs root. */
  void dropCaches() throws IOException {
    processes.run("sync");
    Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "3\n");
  }
}
