package io.backpack.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds a {@code redis-server} to run: the one on the PATH where it is new enough, else the one
 * that comes in the jar.
 */
final class RedisBinary {
  private static final String NAME = "redis-server";
  private static final Pattern VERSION = Pattern.compile("v=(\\d+)\\.(\\d+)\\.");

  /** Streams, scripts and the encodings that are relied on are as they should be from 6.2 on. */
  private static final int LEAST_VERSION = 602;

  private static final Map<String, String> BUNDLED =
      Map.of(
          "amd64", "redis-server-6.2.6-v5-linux-amd64",
          "x86_64", "redis-server-6.2.6-v5-linux-amd64",
          "aarch64", "redis-server-6.2.7-linux-arm64");

  private RedisBinary() {}

  /**
   * The program to run.
   *
   * @param path the directories to look in, as the variable PATH has them
   * @param directory where the bundled one is put, if it comes to that
   * @throws IOException with what to install when there is none that runs
   */
  static Path find(String path, Path directory) throws IOException {
    for (String entry : path.split(":", -1)) {
      Path candidate = Path.of(entry).resolve(NAME);
      if (!entry.isEmpty() && Files.isExecutable(candidate) && isNewEnough(candidate)) {
        return candidate;
      }
    }
    return bundled(directory)
        .orElseThrow(
            () ->
                new IOException(
                    "no redis-server 6.2 or later was found: install it (Debian:"
                        + " apt install redis-server)"));
  }

  private static Optional<Path> bundled(Path directory) throws IOException {
    boolean linux = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux");
    String resource = linux ? BUNDLED.get(System.getProperty("os.arch", "")) : null;
    if (resource == null) {
      return Optional.empty();
    }
    Path target = directory.resolve(resource);
    if (!Files.isExecutable(target)) {
      try (InputStream in = RedisBinary.class.getResourceAsStream("/" + resource)) {
        if (in == null) {
          return Optional.empty();
        }
        Path part = Files.createTempFile(directory, NAME, ".part");
        Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwx------"));
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      }
    }
    return isNewEnough(target) ? Optional.of(target) : Optional.empty();
  }

  /** Asks the program itself, so one that does not run here (a library is missing) is not it. */
  private static boolean isNewEnough(Path program) {
    try {
      Process process =
          new ProcessBuilder(program.toString(), "--version").redirectErrorStream(true).start();
      String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      Matcher version = VERSION.matcher(answer);
      return process.waitFor(10, TimeUnit.SECONDS)
          && version.find()
          && 100 * Integer.parseInt(version.group(1)) + Integer.parseInt(version.group(2))
              >= LEAST_VERSION;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
