package io.backpack.node;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * All data of a standalone process, held for it alone while it runs.
 *
 * <pre>
 * lock           held while a process uses the directory
 * write-token    only once it listened beyond loopback
 * zookeeper/     the cluster map
 * redis/         the indexes of the nodes
 * queue/         the tasks that wait, in a Redis of their own
 * state/         the last map that was seen
 * nodes/1/ ...   the volumes of the storage nodes
 * </pre>
 */
final class DataDirectory implements AutoCloseable {
  private static final int TOKEN_BYTES = 24;

  private final Path root;
  private final DirectoryLock lock;

  private DataDirectory(Path root, DirectoryLock lock) {
    this.root = root;
    this.lock = lock;
  }

  /**
   * Takes the directory.
   *
   * @throws BackpackException {@link ErrorCode#UNAVAILABLE} when another process has it
   */
  static DataDirectory open(Path directory) throws IOException {
    Optional<DirectoryLock> lock = DirectoryLock.take(directory);
    if (lock.isEmpty()) {
      String holder = DirectoryLock.holder(directory);
      throw new BackpackException(
          ErrorCode.UNAVAILABLE,
          "the directory "
              + directory
              + " is in use by "
              + (holder.isEmpty() ? "another Backpack" : "process " + holder)
              + ": end that one, or choose another with --data");
    }
    return new DataDirectory(directory.toRealPath(), lock.get());
  }

  Path root() {
    return root;
  }

  Path zookeeper() {
    return root.resolve("zookeeper");
  }

  Path redis() {
    return root.resolve("redis");
  }

  Path queue() {
    return root.resolve("queue");
  }

  Path state() {
    return root.resolve("state");
  }

  /** The volumes of a node. */
  Path node(int number) {
    return node(root, number);
  }

  private static Path node(Path root, int number) {
    return root.resolve("nodes").resolve(Integer.toString(number));
  }

  /**
   * The volumes of each node by its id, for those who only read; the directory may be in use.
   *
   * @return empty when this is no directory of a standalone process
   */
  static Map<String, Path> nodes(Path root) throws IOException {
    Map<String, Path> found = new TreeMap<>();
    for (int number = 1; number <= countNodes(root); number++) {
      found.put(Integer.toString(number), node(root, number));
    }
    return found;
  }

  /** For how many nodes the data is; 0 for a new directory. */
  int nodes() throws IOException {
    return countNodes(root);
  }

  private static int countNodes(Path root) throws IOException {
    Path nodes = root.resolve("nodes");
    if (!Files.isDirectory(nodes)) {
      return 0;
    }
    try (Stream<Path> each = Files.list(nodes)) {
      return Math.toIntExact(each.filter(Files::isDirectory).count());
    }
  }

  Path writeTokenFile() {
    return root.resolve("write-token");
  }

  /** The token of this directory, made at the first call. */
  String writeToken() throws IOException {
    Path file = writeTokenFile();
    if (!Files.exists(file)) {
      byte[] random = new byte[TOKEN_BYTES];
      new SecureRandom().nextBytes(random);
      Path part =
          Files.createTempFile(
              root,
              "token",
              ".part",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(
          part,
          Base64.getUrlEncoder().withoutPadding().encodeToString(random),
          StandardOpenOption.SYNC);
      Files.move(part, file);
    }
    return Files.readString(file).strip();
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
