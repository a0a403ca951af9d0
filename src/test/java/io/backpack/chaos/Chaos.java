package io.backpack.chaos;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.backpack.queue.QueueStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.LoggerFactory;

/** The program {@code bench/chaos}: a campaign of failures from start to report. */
public final class Chaos {
  private static final int CLIENTS = 9;
  private static final Duration HEALING = Duration.ofMinutes(3);
  private static final int WARM_UP_MILLIS = 5000;

  private final Options options;
  private final Path directory;
  private final ReadWriteLock load = new ReentrantReadWriteLock(true);
  private final long begun = System.nanoTime();

  private Chaos(Options options, Path directory) {
    this.options = options;
    this.directory = directory;
  }

  /**
   * Ends with 0 when nothing was lost, 1 when something was, 2 for wrong options. {@code
   * bench/chaos --list} shows the faults.
   */
  public static void main(String[] arguments) throws Exception {
    List<String> words = new ArrayList<>(List.of(arguments));
    boolean inside = words.remove(Sandbox.INSIDE);
    Options options;
    try {
      options = Options.parse(words);
    } catch (RuntimeException wrong) {
      System.err.println(wrong.getMessage() + "\n" + Options.USAGE);
      System.exit(2);
      return;
    }
    if (options.list()) {
      for (FaultKind kind : FaultKind.values()) {
        System.out.printf("%-18s %s%n", kind.label(), kind.words());
      }
    } else if (inside) {
      Sandbox.endWithTheOutside();
      quieten();
      System.exit(runHere(options));
    } else {
      System.exit(runInside(options, words));
    }
  }

  private static int runHere(Options options) {
    try {
      return new Chaos(options, options.dir().orElseThrow()).run() ? 0 : 1;
    } catch (Exception | AssertionError e) {
      e.printStackTrace();
      return 1;
    }
  }

  /** ZooKeeper's client has a stack trace for each server that is not up yet. */
  private static void quieten() {
    for (String logger :
        List.of(
            "org.apache.zookeeper", "org.apache.curator", "io.netty", "io.vertx", "io.backpack")) {
      ((Logger) LoggerFactory.getLogger(logger)).setLevel(Level.OFF);
    }
  }

  /** Runs it in a sandbox; removes its files unless they are of use. */
  private static int runInside(Options options, List<String> words) throws Exception {
    Path directory =
        options.dir().isPresent()
            ? Files.createDirectories(options.dir().get())
            : Files.createTempDirectory("backpack-chaos");
    List<String> all = new ArrayList<>(words);
    all.addAll(List.of("--dir", directory.toString(), "--seed", Long.toString(options.seed())));
    int code = Sandbox.run(all);
    if (code == 0 && !options.keep()) {
      Shell.run("rm", "-rf", directory.toString());
    } else {
      System.out.println("files are in " + directory);
    }
    return code;
  }

  private void say(String what) {
    System.out.printf(Locale.ROOT, "%7.1f %s%n", (System.nanoTime() - begun) / 1e9, what);
  }

  /** Returns whether all went well. */
  private boolean run() throws Exception {
    say("seed " + options.seed() + ", files in " + directory);
    Topology topology = new Topology(directory, options, this::say);
    topology.start();
    say("the cluster is ready");
    Findings findings = new Findings();
    Report report = new Report(options);
    try (Inside inside = new Inside(topology);
        History history = new History(directory.resolve("history.jsonl"))) {
      Healing healing = new Healing(topology, inside, options.careless(), HEALING);
      Campaign campaign =
          new Campaign(topology, history, healing, load.writeLock(), options, this::say);
      DegradedCount degraded = new DegradedCount(topology);
      degraded.start();
      makeTrouble(topology, history, campaign);
      say("all faults are over, waiting for the cluster to heal");
      campaign.troubles().forEach(trouble -> findings.add(Findings.Kind.STUCK, trouble));
      healing
          .await(campaign.made().containsKey(FaultKind.DAMAGE))
          .forEach(trouble -> findings.add(Findings.Kind.STUCK, trouble));
      say("checking");
      boolean clocks = campaign.made().containsKey(FaultKind.CLOCK);
      new Checker(topology, history, clocks, campaign.atRisk(), findings).check();
      findings.excuse(degraded.sum());
      for (QueueStatus.ServerStatus server : inside.queues().servers()) {
        server.letters().forEach(letter -> findings.add(Findings.Kind.DEAD_LETTER, letter + ""));
      }
      report.operations(history, findings, degraded.sum(), topology.unexpectedEnds());
      report.faults(campaign.made(), campaign.windows(), history.stored());
    }
    report.findings(findings);
    Files.writeString(directory.resolve("report.json"), report.json().encodePrettily());
    Files.writeString(directory.resolve("report.txt"), report.text());
    System.out.print(report.text());
    if (findings.failed() || options.keep()) {
      keepDisks(topology);
    }
    return !findings.failed();
  }

  private void makeTrouble(Topology topology, History history, Campaign campaign) throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    List<Thread> clients = new ArrayList<>();
    for (int id = 0; id < CLIENTS; id++) {
      Thread client =
          new Thread(
              new Client(id, options.seed(), topology, history, stop::get, load.readLock()),
              "client-" + id);
      client.start();
      clients.add(client);
    }
    try {
      Thread.sleep(WARM_UP_MILLIS);
      if (options.onceEach()) {
        campaign.onceEach();
      } else {
        campaign.run(options.seconds());
      }
    } finally {
      stop.set(true);
      for (Thread client : clients) {
        client.join();
      }
    }
  }

  /** What is on the disks in memory is looked at later. */
  private void keepDisks(Topology topology) throws IOException {
    Path kept = Files.createDirectories(directory.resolve("disks"));
    for (Topology.Node node : topology.nodes()) {
      node.server().disk(node.shard()).copyTo(kept.resolve("node-" + node.id()));
    }
  }
}
