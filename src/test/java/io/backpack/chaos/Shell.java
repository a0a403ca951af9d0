package io.backpack.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs short commands of the system to their end. */
final class Shell {
  /** How a command ended. */
  record Ended(int code, String output) {}

  private static final int SECONDS = 20;

  private Shell() {}

  /** Runs a command that must succeed. */
  static String run(String... command) {
    return run(List.of(command), "");
  }

  /** Runs a command that must succeed, with this as its standard input. */
  static String run(List<String> command, String input) {
    Ended ended = attempt(command, input);
    if (ended.code() != 0) {
      throw new IllegalStateException(
          String.join(" ", command) + " ended with " + ended.code() + ": " + ended.output());
    }
    return ended.output();
  }

  static Ended attempt(List<String> command, String input) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (var out = process.getOutputStream()) {
        out.write(input.getBytes(StandardCharsets.UTF_8));
      }
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(String.join(" ", command) + " does not end");
      }
      return new Ended(process.exitValue(), output.strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
