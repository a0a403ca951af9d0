package io.backpack.bench;

import io.backpack.testing.TestRedis;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A storage node as a process of its own, from the jar, on a store that outlives it. */
final class Node implements AutoCloseable {
  private static final long READY_SECONDS = 900;
  private static final Pattern HEAP = Pattern.compile("(?:heap|generation) .*used (\\d+)K");

  private final Processes processes;
  private final Store store;
  private final List<String> command;
  private final Map<String, String> environment;
  private final int port = TestRedis.freePort();
  private Process process;
  private long launched;

  private Node(
      Processes processes,
      Store store,
      String zooKeeper,
      List<String> settings,
      Map<String, String> environment) {
    this.processes = processes;
    this.store = store;
    this.environment = environment;
    List<String> words =
        new ArrayList<>(
            List.of(
                "./backpack",
                "node",
                "--set",
                "cluster.zookeeper=" + zooKeeper,
                "--set",
                "cluster.state-dir=" + store.directory().resolve("state"),
                "--set",
                "storage.id=" + store.id(),
                "--set",
                "storage.port=" + port,
                "--set",
                "storage.dirs=" + store.volumes(),
                "--set",
                "storage.redis=" + store.redis().uri(),
                "--set",
                "storage.reserve=100mb"));
    settings.forEach(each -> words.addAll(List.of("--set", each)));
    this.command = List.copyOf(words);
  }

  /** Begins it; {@link #awaitReady} waits until it is ready. */
  static Node launch(
      Processes processes,
      Store store,
      String zooKeeper,
      List<String> settings,
      Map<String, String> environment)
      throws IOException {
    Node node = new Node(processes, store, zooKeeper, settings, environment);
    node.launch();
    return node;
  }

  /** Starts the process again, with the same settings on the same port. */
  void launch() throws IOException {
    Files.createDirectories(store.directory().resolve("state"));
    launched = System.nanoTime();
    process = processes.start("node", environment, command);
  }

  /** When the process was started last, as {@link System#nanoTime} has it. */
  long launched() {
    return launched;
  }

  void awaitReady() throws IOException {
    Waiting.until(
        "the node is ready (see " + processes.log("node") + ")",
        READY_SECONDS,
        () -> {
          if (!process.isAlive()) {
            throw new IOException(
                "the node ended: " + Files.readString(processes.log("node")).strip());
          }
          return ready();
        });
  }

  boolean ready() {
    return Client.probe(port, "/_/health/ready") == 200;
  }

  int port() {
    return port;
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  Store store() {
    return store;
  }

  long pid() {
    return process.pid();
  }

  void stop() throws IOException {
    processes.end(process);
  }

  void kill() throws IOException {
    processes.kill(process);
  }

  @Override
  public void close() throws IOException {
    stop();
  }

  /** A page of its own, as {@code /_/stats}. */
  JsonObject page(String path) throws IOException {
    try (Client client = new Client(port)) {
      int status = client.get(path);
      if (status != 200) {
        throw new IOException(path + " says " + status + ": " + client.text());
      }
      return new JsonObject(client.text());
    }
  }

  /** Runs a command of {@code jcmd} on it. */
  String jcmd(String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of("jcmd", Long.toString(pid())));
    all.addAll(List.of(words));
    return processes.run(Map.of(), all);
  }

  /** Bytes of the heap that live, after a collection. */
  long liveHeap() throws IOException {
    jcmd("GC.run");
    jcmd("GC.run");
    return heapUsed(jcmd("GC.heap_info"));
  }

  /** Adds up what the collectors of Java 17 to 25 print. */
  static long heapUsed(String info) {
    long kib = 0;
    for (String line : info.lines().toList()) {
      // Serial and Parallel list generations; the others the whole heap.
      Matcher matcher = HEAP.matcher(line);
      if (!line.contains("Metaspace") && matcher.find()) {
        kib += Long.parseLong(matcher.group(1));
      } else if (line.contains("PSOldGen") || line.contains("PSYoungGen")) {
        Matcher used = Pattern.compile("used (\\d+)K").matcher(line);
        kib += used.find() ? Long.parseLong(used.group(1)) : 0;
      }
    }
    if (kib == 0) {
      throw new IllegalStateException("no heap in: " + info);
    }
    return kib << 10;
  }

  /** Resident bytes of the process. */
  long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid() + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst()
        .orElse(0);
  }
}
