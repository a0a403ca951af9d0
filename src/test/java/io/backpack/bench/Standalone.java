package io.backpack.bench;

import io.backpack.testing.TestRedis;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code backpack standalone} with two nodes, in a directory of its own that goes with it. */
final class Standalone implements AutoCloseable {
  private static final int NODES = 2;

  private final Bench bench;
  private final Path directory;
  private final int port;
  private final Process process;

  private Standalone(Bench bench, Path directory, int port, Process process) {
    this.bench = bench;
    this.directory = directory;
    this.port = port;
    this.process = process;
  }

  static Standalone start(Bench bench, String name, String... settings) throws IOException {
    bench.stopNode();
    Path directory = bench.path("standalone-" + name);
    int port = ports();
    List<String> command =
        new ArrayList<>(
            List.of(
                "./backpack",
                "standalone",
                "--data",
                directory.toString(),
                "--port",
                "" + port,
                "--nodes",
                "" + NODES,
                "--set",
                "storage.reserve=100mb"));
    List<String> all = new ArrayList<>(bench.options().settings);
    all.addAll(List.of(settings));
    all.forEach(each -> command.addAll(List.of("--set", each)));
    Process process = bench.processes().start("standalone", Map.of(), command);
    Standalone started = new Standalone(bench, directory, port, process);
    Waiting.until(
        "standalone is ready",
        60,
        () -> {
          if (!process.isAlive()) {
            throw new IOException(
                "standalone ended: "
                    + Files.readString(bench.processes().log("standalone")).strip());
          }
          return Client.probe(port, "/_/health/ready") == 200
              && Client.probe(port + 1, "/_/health/ready") == 200
              && Client.probe(port + 2, "/_/health/ready") == 200;
        });
    return started;
  }

  /** A port that is free with those of the nodes after it. */
  private static int ports() {
    while (true) {
      int first = TestRedis.freePort();
      if (first < 65_000 && free(first + 1) && free(first + 2)) {
        return first;
      }
    }
  }

  private static boolean free(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }

  int port() {
    return port;
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  String nodeUrl(int number) {
    return "http://127.0.0.1:" + (port + number);
  }

  long pid() {
    return process.pid();
  }

  @Override
  public void close() throws IOException {
    bench.processes().end(process);
    bench.delete(directory);
  }
}
