package io.backpack.chaos;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** The disk of one storage node: a small file system of its own, in memory. */
final class Disk {
  private static final String SIZE = "1g";
  private static final int SUPERBLOCK = 64;
  private static final long SPARE = 64 << 10;
  private static final long MOST_SPARE = 4 << 20;

  private final Path mount;

  Disk(Path mount) throws IOException {
    this.mount = Files.createDirectories(mount);
    Shell.run("mount", "-t", "tmpfs", "-o", "size=" + SIZE, "none", mount.toString());
  }

  /** Where the node keeps its volumes. */
  Path directory() {
    return mount.resolve("backpack");
  }

  /** Takes all that is free but about this many bytes. */
  void fill(long left) throws IOException {
    for (long spare = 0; spare <= MOST_SPARE; spare += SPARE) {
      long room = Files.getFileStore(mount).getUsableSpace() - left - spare;
      // All or nothing, and the node may take some of it meanwhile.
      List<String> command = List.of("fallocate", "-l", "" + room, filler().toString());
      if (room <= 0 || Shell.attempt(command, "").code() == 0) {
        return;
      }
    }
    throw new IllegalStateException("cannot fill " + mount);
  }

  void free() throws IOException {
    Files.deleteIfExists(filler());
  }

  private Path filler() {
    return mount.resolve("filler");
  }

  /** Deletes every file of the node. */
  void wipe() throws IOException {
    if (!Files.exists(directory())) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory())) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Turns over some bits somewhere in a volume; says where. */
  String damage(Random random) throws IOException {
    if (!Files.exists(directory())) {
      return "nothing yet";
    }
    List<Path> volumes;
    try (Stream<Path> files = Files.list(directory())) {
      volumes =
          files
              .filter(file -> file.getFileName().toString().matches("data_[0-9]+"))
              .filter(file -> file.toFile().length() > 2 * SUPERBLOCK)
              .sorted()
              .toList();
    }
    if (volumes.isEmpty()) {
      return "nothing yet";
    }
    Path volume = volumes.get(random.nextInt(volumes.size()));
    try (RandomAccessFile file = new RandomAccessFile(volume.toFile(), "rw")) {
      long at = random.nextLong(SUPERBLOCK, file.length());
      int length = (int) Math.min(random.nextInt(1, 32), file.length() - at);
      byte[] bytes = new byte[length];
      file.seek(at);
      file.readFully(bytes);
      for (int i = 0; i < length; i++) {
        bytes[i] ^= (byte) random.nextInt(1, 256);
      }
      file.seek(at);
      file.write(bytes);
      return volume + " at " + at + ", " + length + " bytes";
    }
  }

  /** Copies what is on it to a directory that outlives the sandbox. */
  void copyTo(Path target) {
    Shell.attempt(List.of("cp", "-a", mount.toString(), target.toString()), "");
  }
}
