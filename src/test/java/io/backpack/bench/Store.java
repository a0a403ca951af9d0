package io.backpack.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntPredicate;

/** The volumes of one node and its Redis, made from a photo set. */
record Store(String id, Photos photos, Path directory, Redis redis) {
  static final long VOLUME_SIZE = 3500L << 20;

  /** Writes the photos; the index is made when a node is started on it. */
  static Store make(
      Processes processes,
      String id,
      Photos photos,
      Path directory,
      long volumeSize,
      IntPredicate deleted)
      throws IOException {
    Store store = empty(processes, id, photos, directory);
    EngineWriter.write(photos, id, store.volumes(), volumeSize, deleted);
    return store;
  }

  /** One without photos. */
  static Store empty(Processes processes, String id, Photos photos, Path directory)
      throws IOException {
    Files.createDirectories(directory);
    return new Store(id, photos, directory, Redis.start(processes, directory.resolve("redis")));
  }

  Path volumes() {
    return directory.resolve("volumes");
  }
}
