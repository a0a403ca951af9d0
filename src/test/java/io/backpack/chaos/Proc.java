package io.backpack.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * One process of a server, with its output in a file. When it is wanted and has ended by itself it
 * is started again, as by the system's service manager. Safe for use by several threads.
 */
final class Proc {
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final String name;
  private final List<String> command;
  private final Supplier<List<String>> more;
  private final Path log;
  private Process process;
  private boolean wanted;
  private long endedNanos;
  private int ends;

  /**
   * @param more arguments of the next start
   */
  Proc(String name, List<String> command, Supplier<List<String>> more, Path log) {
    this.name = name;
    this.command = command;
    this.more = more;
    this.log = log;
  }

  String name() {
    return name;
  }

  Path log() {
    return log;
  }

  synchronized void start() {
    wanted = true;
    endedNanos = 0;
    try {
      process =
          new ProcessBuilder(Stream.concat(command.stream(), more.get().stream()).toList())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      process.getOutputStream().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGKILL, and no new start by itself. */
  synchronized void kill() {
    wanted = false;
    if (process == null) {
      return;
    }
    process.destroyForcibly();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        throw new IllegalStateException(name + " does not die");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** SIGSTOP: connections are taken, nothing is answered. */
  void pause() {
    signal("STOP");
  }

  /** SIGCONT. */
  void resume() {
    signal("CONT");
  }

  private synchronized void signal(String signal) {
    if (process.isAlive()) {
      Shell.attempt(List.of("kill", "-" + signal, Long.toString(process.pid())), "");
    }
  }

  /** Of the process that was started last. */
  synchronized long pid() {
    return process.pid();
  }

  /** Times it ended although nobody ended it. */
  synchronized int ends() {
    return ends;
  }

  /** To be called again and again; returns whether it was found ended. */
  synchronized boolean keepUp() {
    if (!wanted || process.isAlive()) {
      return false;
    }
    if (endedNanos == 0) {
      endedNanos = System.nanoTime();
      ends++;
      return true;
    }
    if (System.nanoTime() - endedNanos > PAUSE_NANOS) {
      start();
    }
    return false;
  }

  /** The last lines of its output. */
  String tail(int lines) {
    try {
      List<String> all = Files.exists(log) ? Files.readAllLines(log) : List.of();
      return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
