package io.backpack.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that the own Redis keeps its data in. A torn end of it Redis mends by itself; with
 * damage in the middle it refuses to start. Then the file is set aside, never deleted, and Redis
 * begins with an empty one: an index is built anew from the volumes, and copies whose tasks are
 * lost are found by a comparison of the nodes.
 */
final class AppendOnlyFile {
  private static final List<String> NAMES = List.of("appendonlydir", "appendonly.aof");
  private static final String COMPLAINT = "reading the append only file";
  private static final Logger LOG = LoggerFactory.getLogger(AppendOnlyFile.class);

  private AppendOnlyFile() {}

  /**
   * Sets the file aside if the log of the server says that it ended because of damage in it.
   *
   * @param meaning what follows from it; for the log
   */
  static boolean setAsideIfDamaged(Path home, String meaning) throws IOException {
    Path log = home.resolve("redis.log");
    if (!Files.exists(log)
        || !Files.readString(log, StandardCharsets.ISO_8859_1).contains(COMPLAINT)) {
      return false;
    }
    Path aside = Files.createTempDirectory(home, "damaged-");
    for (String name : NAMES) {
      if (Files.exists(home.resolve(name))) {
        Files.move(home.resolve(name), aside.resolve(name));
      }
    }
    LOG.error("the append-only file of Redis is damaged and set aside in {}: {}", aside, meaning);
    return true;
  }
}
