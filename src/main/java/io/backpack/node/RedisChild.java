package io.backpack.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One run of a Redis server as a child of this process, which it never outlives, however that ends:
 * the child's shell leaves a watcher behind that reads from a pipe of which only this process holds
 * the other end, so the kernel tells it. Starting and stopping block.
 */
final class RedisChild {
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

  private static final Duration START = Duration.ofMinutes(10);
  private static final Duration STOP = Duration.ofSeconds(20);

  private final Process process;
  private final Path home;

  private RedisChild(Process process, Path home) {
    this.process = process;
    this.home = home;
  }

  /**
   * Starts the server and waits until it has loaded its data.
   *
   * @throws IOException when it cannot start; the message says why
   */
  static RedisChild launch(Path program, Path home, Path socket, OwnRedis.Use use)
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
            use.fsync(),
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
    RedisChild child = new RedisChild(process, home);
    child.awaitReady(socket);
    return child;
  }

  private void awaitReady(Path socket) throws IOException {
    long deadline = System.nanoTime() + START.toNanos();
    try {
      while (!RedisSocket.answersPing(socket)) {
        if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
          throw new IOException("redis-server ended at its start: " + lastWords());
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

  /** The ends of what it printed and logged. */
  String lastWords() throws IOException {
    StringBuilder words = new StringBuilder();
    for (String name : List.of("redis.out", "redis.log")) {
      Path file = home.resolve(name);
      if (Files.exists(file)) {
        // Any byte is a character of it: what is damaged may be quoted there.
        List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        lines
            .subList(Math.max(0, lines.size() - 3), lines.size())
            .forEach(line -> words.append(line.strip()).append(" | "));
      }
    }
    return words + "see " + home.resolve("redis.log");
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /** Waits for its end; returns the exit code. */
  int awaitEnd() throws InterruptedException {
    return process.waitFor();
  }

  /** Ends the server; what it answered is in its file. */
  void stop() {
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
