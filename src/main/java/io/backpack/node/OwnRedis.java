package io.backpack.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Redis server as a child of this process, on a private unix socket and no port. Its data is in a
 * directory that it has for itself.
 *
 * <p>It never outlives this process, however that ends: the child's shell leaves a watcher behind
 * that reads from a pipe of which only this process holds the other end, so the kernel tells it.
 * Should that fail too, the next start on the directory ends the orphan before it begins.
 *
 * <p>Durability is an append-only file that is written before a command is answered and synced each
 * second. An end of Redis or of this process loses nothing; a power cut may lose the last second.
 * That is enough: the index catches up from the volumes, and the copies whose tasks were lost are
 * found by anti-entropy. Starting and stopping block.
 */
final class OwnRedis implements AutoCloseable {
  /**
   * Arguments: the program and its options. The watcher is a child of the shell, and the shell
   * becomes Redis by exec, so the process that is started here is Redis itself. With a session of
   * its own, Redis is not reached by a Ctrl-C, and ends after what uses it and not before. The
   * second look at /proc is because the number of a process that ended is used again.
   */
  private static final String SCRIPT =
      """
      echo $$ > redis.pid
      exec 3<&0 </dev/null
      (
        exec 0<&3 3<&-
        read -r nothing
        mine() { [ "$(readlink /proc/$$/cwd)" = "$(readlink -f .)" ]; }
        if mine; then kill -TERM $$; fi
        tries=0
        while mine && [ $tries -lt 100 ]; do
          tries=$((tries + 1))
          sleep 0.1
        done
        if mine; then kill -KILL $$; fi
      ) >/dev/null 2>&1 &
      exec 3<&-
      if command -v setsid >/dev/null 2>&1; then exec setsid "$@"; fi
      exec "$@"
      """;

  /** Of an address in the kernel: 108 bytes with the zero behind it. */
  private static final int LONGEST_SOCKET = 107;

  private static final Duration START = Duration.ofMinutes(10);
  private static final Duration STOP = Duration.ofSeconds(20);
  private static final Logger LOG = LoggerFactory.getLogger(OwnRedis.class);

  private final DirectoryLock lock;
  private final Process process;
  private final Path socket;
  private volatile boolean closing;

  private OwnRedis(DirectoryLock lock, Process process, Path socket) {
    this.lock = lock;
    this.process = process;
    this.socket = socket;
  }

  /**
   * Starts the server and waits until it has loaded its data.
   *
   * @param directory for its data; made when missing
   * @throws IOException when it cannot start; the message says why
   */
  static OwnRedis start(Path directory) throws IOException {
    FileAttribute<Set<PosixFilePermission>> mine =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory, mine);
    }
    Path home = directory.toRealPath();
    DirectoryLock lock =
        DirectoryLock.take(home)
            .orElseThrow(() -> new IOException("the directory " + home + " is in use"));
    try {
      RedisOrphan.end(home);
      Path socket = RedisSocket.choose(home, LONGEST_SOCKET, mine);
      Path program = RedisBinary.find(System.getenv().getOrDefault("PATH", ""), home);
      OwnRedis redis;
      try {
        redis = launch(lock, program, home, socket);
      } catch (IOException e) {
        if (!AppendOnlyFile.setAsideIfDamaged(home)) {
          throw e;
        }
        redis = launch(lock, program, home, socket);
      }
      redis.reportEnd();
      return redis;
    } catch (IOException e) {
      lock.close();
      throw e;
    }
  }

  private static OwnRedis launch(DirectoryLock lock, Path program, Path home, Path socket)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", SCRIPT, "redis"));
    command.addAll(
        List.of(
            program.toString(),
            "--dir",
            home.toString(),
            "--unixsocket",
            socket.toString(),
            "--unixsocketperm",
            "700",
            "--port",
            "0",
            "--appendonly",
            "yes",
            "--appendfsync",
            "everysec",
            "--save",
            "",
            "--maxmemory",
            "0",
            "--maxmemory-policy",
            "noeviction",
            "--databases",
            "1",
            "--logfile",
            "redis.log",
            "--always-show-logo",
            "no"));
    Files.deleteIfExists(home.resolve("redis.log"));
    Process process =
        new ProcessBuilder(command)
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("redis.out").toFile())
            .start();
    OwnRedis redis = new OwnRedis(lock, process, socket);
    redis.awaitReady(home);
    return redis;
  }

  private void awaitReady(Path home) throws IOException {
    long deadline = System.nanoTime() + START.toNanos();
    try {
      while (!RedisSocket.answersPing(socket)) {
        if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
          throw new IOException("redis-server ended at its start: " + lastWords(home));
        }
        if (System.nanoTime() > deadline) {
          stop();
          throw new IOException("redis-server was not ready in " + START.toMinutes() + " minutes");
        }
      }
    } catch (InterruptedException e) {
      stop();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while redis-server started", e);
    }
  }

  private static String lastWords(Path home) throws IOException {
    StringBuilder words = new StringBuilder();
    for (String name : List.of("redis.out", "redis.log")) {
      Path file = home.resolve(name);
      if (Files.exists(file)) {
        List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        lines
            .subList(Math.max(0, lines.size() - 3), lines.size())
            .forEach(line -> words.append(line.strip()).append(" | "));
      }
    }
    return words + "see " + home.resolve("redis.log");
  }

  private void reportEnd() {
    process
        .onExit()
        .thenAccept(
            ended -> {
              if (!closing) {
                LOG.error("redis-server ended by itself with {}", ended.exitValue());
              }
            });
  }

  /** {@code unix:///path/of/the/socket}. */
  String uri() {
    return "unix://" + socket;
  }

  /** The path of the socket. */
  Path socket() {
    return socket;
  }

  /** The process of the server. */
  ProcessHandle process() {
    return process.toHandle();
  }

  /** Ends the server; what it answered is in its file. */
  @Override
  public void close() throws IOException {
    closing = true;
    stop();
    RedisSocket.remove(socket);
    lock.close();
  }

  private void stop() {
    process.destroy();
    try {
      if (!process.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
