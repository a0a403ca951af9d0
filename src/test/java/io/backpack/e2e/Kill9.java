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
 * replaced by an older copy. {@code bench/kill9} runs the long form.
 */
final class Kill9 {
  /** What came of it. */
  record Totals(int rounds, int names, long operations, long refused, List<String> losses) {}

  private static final int CLIENTS = 6;
  private static final int SHORTEST_MILLIS = 200;
  private static final int LONGEST_MILLIS = 2500;
  private static final int SAMPLE = 30;

  private enum Redis {
    KEPT,
    EMPTIED,
    ROLLED_BACK
  }

  private final Path directory;
  private final Random random;
  private final int port;
  private final List<Kill9Client> clients = new ArrayList<>();
  private final ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);

  Kill9(Path directory, long seed) throws Exception {
    this.directory = directory;
    this.random = new Random(seed);
    this.port = StandaloneTest.freePorts(3);
    for (int id = 0; id < CLIENTS; id++) {
      clients.add(new Kill9Client("http://127.0.0.1:" + port, id, seed));
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
            "storage.reserve=100mb")) {
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
        killAfter(process, millis, round);
        report.accept(
            String.format(
                "round %d: redis %s, ready after %d ms, killed after %d ms, %d operations,"
                    + " %d names, 0 losses",
                round + 1,
                redis.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                (ready - begun) / 1_000_000,
                millis,
                operations() - before,
                names()));
        redis = disturb(data, round);
        process.restart();
      }
      TestCluster.awaitReady(port);
      inParallel(client -> client.checkSince(0, 0));
      // Each node has been told the same, up to what was not answered.
      for (int node = 1; node <= 2; node++) {
        String url = "http://127.0.0.1:" + (port + node);
        await(url + " is ready")
            .atMost(Duration.ofSeconds(60))
            .until(() -> HttpPhotos.status(url + "/_/health/ready") == 200);
        inParallel(client -> client.checkAllOn(url));
      }
      process.terminate();
      long refused = clients.stream().mapToLong(Kill9Client::refused).sum();
      return new Totals(round, names(), operations(), refused, losses());
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
    return clients.stream().flatMap(client -> client.losses().stream()).toList();
  }

  private long operations() {
    return clients.stream().mapToLong(Kill9Client::operations).sum();
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
        "%d rounds, %d names, %d operations, %d refused, %d losses%n",
        totals.rounds(),
        totals.names(),
        totals.operations(),
        totals.refused(),
        totals.losses().size());
    if (totals.losses().isEmpty()) {
      delete(directory);
    }
    System.exit(totals.losses().isEmpty() ? 0 : 1);
  }
}
