package io.backpack.volume;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Directories for tests that write much and sync nothing: in memory where the system has that. */
final class Scratch {
  private static final Path MEMORY = Path.of("/dev/shm");

  private Scratch() {}

  static Path directory() throws IOException {
    return Files.isWritable(MEMORY)
        ? Files.createTempDirectory(MEMORY, "backpack-test")
        : Files.createTempDirectory("backpack-test");
  }

  static void delete(Path dir) throws IOException {
    if (!Files.exists(dir)) {
      return;
    }
    List<Path> inside;
    try (Stream<Path> files = Files.walk(dir)) {
      inside = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : inside) {
      Files.delete(each);
    }
  }
}
