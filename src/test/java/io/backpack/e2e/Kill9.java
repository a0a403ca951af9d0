package io.backpack.e2e;

import static org.awaitility.Awaitility.await;

import io.backpack.testing.BackpackProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Kills {@code backpack standalone} under load, again and again, and checks after each start that
 * all it had acknowledged is so. Between some of the rounds the data of its Redis is deleted or
 * replaced by an older copy. The volumes are small, photos are replaced and deleted as often as
 * stored, and compactions are under way most of the time, so that kills hit those as well. {@code
 * bench/kill9} runs the long form.
 */
final class Kill9 {
  /**
   * What came of it.
   *
   * @param compactions that were seen to end well
   * @param cut compactions that were seen to run when the process was killed
   */
  record Totals(
      int rounds,
      int names,
      long operations,
      long refused,
      long compactions,
      long cut,
      List<String> losses) {}

  private static final int CLIENTS = 6;
  private static final int NODES = 2;
  private static final int SHORTEST_MILLIS = 300;
  private static final int LONGEST_MILLIS = 3500;
  private static final int SAMPLE = 30;
  private static final String VOLUME_SIZE = "4mb";

  /** Slow enough for kills to find compactions at work. */
  private static final String COMPACT_RATE = "8mb";

  private enum Redis {
    KEPT,
    EMPTIED,
    ROLLED_BACK
  }

  private final Path directory;
  private final Random random;
  private final int port;
  private final List<Kill9Client> clients = new ArrayList<>();
  private final List<Kill9Compactions> compactions = new ArrayList<>();
  private final ExecutorService threads = Executors.newFixedThreadPool(CLIENTS + NODES);

  Kill9(Path directory, long seed) throws Exception {
    this.directory = directory;
    this.random = new Random(seed);
    this.port = StandaloneTest.freePorts(3);
    for (int id = 0; id < CLIENTS; id++) {
      clients.add(new Kill9Client("http://127.0.0.1:" + port, id, seed));
    }
    for (int node = 1; node <= NODES; node++) {
      compactions.add(new Kill9Compactions("http://127.0.0.1:" + (port + node), seed + node));
    }
  }

  /** Runs the rounds; stops at the first one that finds a loss. */
  Totals run(int rounds, Consumer<String> report) throws Exception {
    Path data = directory.resolve("data");
    try (BackpackProcess process =
        BackpackProcess.start(
            directory,
            "standalone",
            "standalone",
            "--data",
            data.toString(),
            "--port",
            Integer.toString(port),
            "--set",
            "storage.reserve=100mb",
            "--set",
            "storage.overwrite=true",
            "--set",
            "storage.volume-size=" + VOLUME_SIZE,
            "--set",
            "storage.max-photo-size=1mb",
            "--set",
            "storage.compact-dead-ratio=0.2",
            "--set",
            "storage.compact-rate=" + COMPACT_RATE)) {
      int round = 0;
      Redis redis = Redis.KEPT;
      for (; round < rounds && losses().isEmpty(); round++) {
        long begun = System.nanoTime();
        TestCluster.awaitReady(port);
        long ready = System.nanoTime();
        int last = round - 1;
        inParallel(client -> client.checkSince(last, SAMPLE));
        if (!losses().isEmpty()) {
          break;
        }
        int millis = random.nextInt(SHORTEST_MILLIS, LONGEST_MILLIS);
        long before = operations();
        long compacted = compacted();
        killAfter(process, millis, round);
        report.accept(
            String.format(
                "round %d: redis %s, ready after %d ms, killed after %d ms, %d operations,"
                    + " %d names, %d compactions, 0 losses",
                round + 1,
                redis.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                (ready - begun) / 1_000_000,
                millis,
                operations() - before,
                names(),
                compacted() - compacted));
        redis = disturb(data, round);
        process.restart();
      }
      TestCluster.awaitReady(port);
      inParallel(client -> client.checkSince(0, 0));
      // Each node has been told the same, up to what was not answered.
      for (int node = 1; node <= NODES; node++) {
        String url = "http://127.0.0.1:" + (port + node);
        await(url + " is ready")
            .atMost(Duration.ofSeconds(60))
            .until(() -> HttpPhotos.status(url + "/_/health/ready") == 200);
        inParallel(client -> client.checkAllOn(url));
      }
      process.terminate();
      long refused = clients.stream().mapToLong(Kill9Client::refused).sum();
      long cut = compactions.stream().mapToLong(Kill9Compactions::cut).sum();
      return new Totals(round, names(), operations(), refused, compacted(), cut, losses());
    } finally {
      threads.shutdownNow();
    }
  }

  private void killAfter(BackpackProcess process, int millis, int round) throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    List<Future<?>> working = new ArrayList<>();
    for (Kill9Client client : clients) {
      working.add(threads.submit(() -> client.work(round, stop::get)));
    }
    for (Kill9Compactions node : compactions) {
      working.add(threads.submit(() -> node.work(stop::get)));
    }
    Thread.sleep(millis);
    process.kill();
    stop.set(true);
    for (Future<?> each : working) {
      each.get();
    }
  }

  /** What else befalls the machine while the process is down. */
  private Redis disturb(Path data, int round) throws IOException {
    int what = random.nextInt(10);
    Path redis = data.resolve("redis/appendonlydir");
    Path copy = directory.resolve("older-redis");
    boolean copyDue = round % 5 == 1;
    if (what > 3 && !copyDue) {
      return Redis.KEPT;
    }
    await("no Redis stays behind")
        .atMost(Duration.ofSeconds(20))
        .until(() -> StandaloneTest.redisProcessesIn(data) == 0);
    Redis done = Redis.KEPT;
    if (what < 2) {
      delete(redis);
      done = Redis.EMPTIED;
    } else if (what < 4 && Files.exists(copy)) {
      delete(redis);
      copy(copy, redis);
      done = Redis.ROLLED_BACK;
    }
    if (copyDue && done == Redis.KEPT) {
      delete(copy);
      copy(redis, copy);
    }
    return done;
  }

  private static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private void inParallel(Consumer<Kill9Client> work) throws Exception {
    List<Future<?>> working = new ArrayList<>();
    for (Kill9Client client : clients) {
      working.add(threads.submit(() -> work.accept(client)));
    }
    for (Future<?> each : working) {
      each.get();
    }
  }

  private List<String> losses() {
    return Stream.concat(
            clients.stream().flatMap(client -> client.losses().stream()),
            compactions.stream().flatMap(node -> node.failures().stream()))
        .toList();
  }

  private long operations() {
    return clients.stream().mapToLong(Kill9Client::operations).sum();
  }

  private long compacted() {
    return compactions.stream().mapToLong(Kill9Compactions::done).sum();
  }

  private int names() {
    return clients.stream().mapToInt(Kill9Client::names).sum();
  }

  /** {@code [--rounds N] [--seed S] [--dir DIR]}. */
  public static void main(String[] args) throws Exception {
    int rounds = 100;
    long seed = System.nanoTime();
    Path directory = null;
    for (int i = 0; i < args.length; i += 2) {
      String value = i + 1 < args.length ? args[i + 1] : "";
      switch (args[i]) {
        case "--rounds" -> rounds = Integer.parseInt(value);
        case "--seed" -> seed = Long.parseLong(value);
        case "--dir" -> directory = Path.of(value);
        default -> throw new IllegalArgumentException("no option " + args[i]);
      }
    }
    if (directory == null) {
      directory = Files.createTempDirectory("backpack-kill9");
    }
    Files.createDirectories(directory);
    System.out.println("seed " + seed + ", files in " + directory);
    Totals totals = new Kill9(directory, seed).run(rounds, System.out::println);
    totals.losses().forEach(loss -> System.out.println("LOSS: " + loss));
    System.out.printf(
        "%d rounds, %d names, %d operations, %d refused, %d compactions (and %d cut off),"
            + " %d losses%n",
        totals.rounds(),
        totals.names(),
        totals.operations(),
        totals.refused(),
        totals.compactions(),
        totals.cut(),
        totals.losses().size());
    if (totals.losses().isEmpty()) {
      delete(directory);
    }
    System.exit(totals.losses().isEmpty() ? 0 : 1);
  }
}
