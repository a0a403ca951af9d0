package io.backpack.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Redis server as a child of this process, on a private unix socket and no port. Its data is in a
 * directory that it has for itself.
 *
 * <p>A server that ends by itself, or is killed, is started again on the same socket; whoever uses
 * it connects anew. Only when that does not succeed for long it is given up, see {@link #lost()}.
 *
 * <p>It never outlives this process, see {@link RedisChild}. Should that fail, the next start on
 * the directory ends the orphan before it begins.
 *
 * <p>Durability is an append-only file that is written before a command is answered. An end of
 * Redis or of this process loses nothing; what a power cut takes depends on the {@link Use}.
 * Starting and stopping block.
 */
final class OwnRedis implements AutoCloseable {
  /** What a server is for, and so what of it must survive a power cut. */
  enum Use {
    /** May lose its last second: it catches up from the volumes. */
    INDEX("everysec", "the indexes are built anew from the volumes"),
    /** Loses nothing that it answered: an upload that lacks a copy counts on its task. */
    QUEUE("always", "THE TASKS IN IT ARE LOST, copies and deletions that waited may be missing");

    private final String fsync;
    private final String whenDamaged;

    Use(String fsync, String whenDamaged) {
      this.fsync = fsync;
      this.whenDamaged = whenDamaged;
    }

    /** The value of {@code appendfsync}. */
    String fsync() {
      return fsync;
    }

    /** What it means that its file was set aside; for a line in the log. */
    String whenDamaged() {
      return whenDamaged;
    }
  }

  /** Of an address in the kernel: 108 bytes with the zero behind it. */
  private static final int LONGEST_SOCKET = 107;

  /** After an end, the tries to start it again go on for this long. */
  static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
  private static final Duration MAX_BACKOFF = Duration.ofSeconds(5);
  private static final Logger LOG = LoggerFactory.getLogger(OwnRedis.class);

  private final Use use;
  private final Path home;
  private final Path socket;
  private final Path program;
  private final Duration patience;
  private final DirectoryLock lock;
  private final Thread keeper;
  private final CompletableFuture<String> lost = new CompletableFuture<>();
  private volatile RedisChild child;
  private volatile boolean closing;

  private OwnRedis(Use use, Path home, Duration patience, DirectoryLock lock) throws IOException {
    FileAttribute<Set<PosixFilePermission>> mine = mine();
    RedisOrphan.end(home);
    this.use = use;
    this.home = home;
    this.patience = patience;
    this.lock = lock;
    this.socket = RedisSocket.choose(home, LONGEST_SOCKET, mine);
    this.program = RedisBinary.find(System.getenv().getOrDefault("PATH", ""), home);
    this.child = launch();
    this.keeper = new Thread(this::keep, "redis-keeper");
    keeper.setDaemon(true);
  }

  private static FileAttribute<Set<PosixFilePermission>> mine() {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  }

  /**
   * Starts the server and waits until it has loaded its data.
   *
   * @param directory for its data; made when missing
   * @throws IOException when it cannot start; the message says why
   */
  static OwnRedis start(Path directory, Use use) throws IOException {
    return start(directory, use, PATIENCE);
  }

  static OwnRedis start(Path directory, Use use, Duration patience) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory, mine());
    }
    Path home = directory.toRealPath();
    DirectoryLock lock =
        DirectoryLock.take(home)
            .orElseThrow(() -> new IOException("the directory " + home + " is in use"));
    try {
      OwnRedis redis = new OwnRedis(use, home, patience, lock);
      redis.keeper.start();
      return redis;
    } catch (IOException e) {
      lock.close();
      throw e;
    }
  }

  private RedisChild launch() throws IOException {
    try {
      return RedisChild.launch(program, home, socket, use);
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()
          || !AppendOnlyFile.setAsideIfDamaged(home, use.whenDamaged())) {
        throw e;
      }
      return RedisChild.launch(program, home, socket, use);
    }
  }

  /** Starts it again each time it ends, until it is closed or given up. */
  private void keep() {
    try {
      while (!closing) {
        int code = child.awaitEnd();
        if (closing) {
          return;
        }
        LOG.error("redis-server ended by itself with {}, starting it again: {}", code, words());
        if (!startAgain()) {
          return;
        }
        LOG.info("redis-server in {} is back", home);
      }
    } catch (InterruptedException e) {
      // Told by close(), which ends the child.
      LOG.debug("no longer keeping redis-server in {}", home);
    }
  }

  private String words() {
    try {
      return child.lastWords();
    } catch (IOException e) {
      return "no log of it can be read";
    }
  }

  private boolean startAgain() throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    Duration backoff = FIRST_BACKOFF;
    while (true) {
      Thread.sleep(backoff.toMillis());
      try {
        child = launch();
        return true;
      } catch (IOException e) {
        if (closing) {
          return false;
        }
        LOG.error("redis-server in {} does not start again: {}", home, e.getMessage());
        if (System.nanoTime() - deadline > 0) {
          lost.complete(
              "redis-server in " + home + " ended and does not start again: " + e.getMessage());
          return false;
        }
      }
      backoff = backoff.multipliedBy(2);
      backoff = backoff.compareTo(MAX_BACKOFF) > 0 ? MAX_BACKOFF : backoff;
    }
  }

  /**
   * Completes with one line that says why, once the server ended and could not be started again for
   * long. Not before, and not when it is closed.
   */
  CompletableFuture<String> lost() {
    return lost;
  }

  /** {@code unix:///path/of/the/socket}. */
  String uri() {
    return "unix://" + socket;
  }

  /** The path of the socket. */
  Path socket() {
    return socket;
  }

  /** The process of the server; another one once it was started again. */
  ProcessHandle process() {
    return child.handle();
  }

  /** Ends the server; what it answered is in its file. */
  @Override
  public void close() throws IOException {
    closing = true;
    keeper.interrupt();
    try {
      keeper.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    child.stop();
    RedisSocket.remove(socket);
    lock.close();
  }
}
