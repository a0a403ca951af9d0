package io.backpack.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A {@code redis-server} on a socket in its directory, set as the one of {@code standalone} is. */
final class Redis {
  private final Processes processes;
  private final Path socket;
  private Process process;

  private Redis(Processes processes, Path socket) {
    this.processes = processes;
    this.socket = socket;
  }

  /** One on a port, for what must be reached over the network. */
  static Process listening(Processes processes, Path directory, int port) throws IOException {
    Files.createDirectories(directory);
    Process process =
        processes.start(
            "redis",
            Map.of(),
            List.of(
                "redis-server",
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--dir",
                directory.toString(),
                "--appendonly",
                "yes",
                "--save",
                ""));
    Waiting.until(
        "redis-server answers",
        20,
        () -> {
          try {
            return processes
                .run("redis-cli", "-p", Integer.toString(port), "PING")
                .contains("PONG");
          } catch (IOException notYet) {
            return false;
          }
        });
    return process;
  }

  static Redis start(Processes processes, Path directory) throws IOException {
    Files.createDirectories(directory);
    Redis redis = new Redis(processes, directory.resolve("s"));
    redis.process =
        processes.start(
            "redis",
            Map.of(),
            List.of(
                "redis-server",
                "--port",
                "0",
                "--unixsocket",
                redis.socket.toString(),
                "--dir",
                directory.toString(),
                "--appendonly",
                "yes",
                "--appendfsync",
                "everysec",
                "--save",
                ""));
    Waiting.until("redis-server answers", 20, redis::answers);
    return redis;
  }

  private boolean answers() {
    try {
      return command("PING").contains("PONG");
    } catch (IOException notYet) {
      return false;
    }
  }

  String uri() {
    return "unix://" + socket;
  }

  String command(String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of("redis-cli", "-s", socket.toString()));
    command.addAll(List.of(words));
    return processes.run(Map.of(), command);
  }

  long pid() {
    return process.pid();
  }

  /** Ends it; its files stay. */
  void stop() throws IOException {
    processes.end(process);
  }

  /** A number of {@code INFO memory}. */
  long memory(String field) throws IOException {
    return command("INFO", "memory")
        .lines()
        .filter(line -> line.startsWith(field + ":"))
        .mapToLong(line -> Long.parseLong(line.substring(field.length() + 1).strip()))
        .findFirst()
        .orElseThrow(() -> new IOException("INFO has no " + field));
  }
}
